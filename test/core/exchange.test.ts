/** The vectors of the activation exchange: devices, requests, answers in both forms, release and emergency codes. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type AnswerName, openAnswer, readAnswer } from '../../src/core/answers.ts'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import { decode } from '../../src/core/cbor.ts'
import { spell } from '../../src/core/codes/spoken.ts'
import { open } from '../../src/core/cose.ts'
import { deviceMatches, deviceValue, machineDevice, namedDevice, readDevice } from '../../src/core/device.ts'
import { emergencyCode, openEmergency } from '../../src/core/emergency.ts'
import { LicError } from '../../src/core/errors.ts'
import { importPublicKey } from '../../src/core/keys.ts'
import { ANCHOR, type Anchor } from '../../src/core/license.ts'
import { activationId, formatRelease, openRelease, releaseAnchor } from '../../src/core/release.ts'
import {
  parseRequest,
  readAsked,
  readRequest,
  requestText,
  writeDetails,
  writeRequest,
} from '../../src/core/request.ts'
import {
  openTyped,
  parseTyped,
  readTyped,
  rebuilt,
  termOf,
  typedActivation,
  typedExtension,
  typedLines,
} from '../../src/core/typed-response.ts'
import { fittingUsage, isUsage, parseUsage, readUsage, usageText, writeUsage } from '../../src/core/usage.ts'
import { authenticate } from '../../src/core/verify.ts'

interface Vector {
  readonly name: string
  readonly kind: string
  readonly valid: boolean
  readonly hex: string
  readonly throws?: string
  // The fields of each kind are told by the README of the vectors.
  readonly [member: string]: unknown
}
const load = (name: string): Vector[] =>
  JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')).vectors
const OBJECTS = load('objects')
const of = (kind: string): Vector[] => {
  const found = OBJECTS.filter((each) => each.kind === kind)
  if (found.length === 0) throw new Error(`no vectors of ${kind}`)
  return found
}
const fields = (vector: Vector) => vector.fields as Record<string, never>

const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof LicError) return error.code
    throw error
  }
  return 'accepted'
}
const refusedAs = (vector: Vector, work: () => unknown): void =>
  expect(codeOf(work)).toBe(vector.throws ?? 'LICENSE_INVALID')

describe('device', () => {
  it.each(of('device'))('$name', (vector) => {
    const bytes = fromHex(vector.hex)
    if (!vector.valid) return refusedAs(vector, () => readDevice(bytes))
    const { cti, kind, values, value } = fields(vector) as unknown as Record<string, never> & {
      cti: string
      kind: number
      values: (string | null)[]
      value: string
    }
    const id = fromHex(cti)
    const made =
      kind === 0
        ? machineDevice(
            id,
            values.map((each) => each ?? undefined),
          )
        : namedDevice(id, (['hostname', 'url', 'id'] as const)[kind - 1] ?? 'id', value)
    expect(toHex(made)).toBe(vector.hex)
    expect(readDevice(bytes).binding).toBe(['machine', 'hostname', 'url', 'id'][kind])
  })
  it.each(of('device value'))('$name', (vector) => {
    const { read, value } = fields(vector) as unknown as { read: string; value: string }
    expect(deviceValue(read)).toBe(value)
  })
  it.each(of('match'))('$name', (vector) => {
    const { signed, live, exact, leased, match } = fields(vector) as unknown as Record<string, string> & {
      exact: boolean
      leased: boolean
      match: boolean
    }
    expect(deviceMatches(fromHex(signed as string), fromHex(live as string), { exact, leased })).toBe(match)
  })
})

describe('release', () => {
  it.each(of('release'))('$name', (vector) => {
    const { cti, r, code, anchor, activationId: id } = fields(vector) as unknown as Record<string, string>
    const secret = fromHex(r as string)
    expect(toHex(releaseAnchor(fromHex(cti as string), secret))).toBe(anchor)
    expect(formatRelease(secret)).toBe(code)
    expect(activationId(fromHex(anchor as string))).toBe(id)
    expect(toHex(openRelease(code as string, fromHex(cti as string), fromHex(anchor as string)))).toBe(r)
    expect(codeOf(() => openRelease(code as string, fromHex('ff'.repeat(10)), fromHex(anchor as string)))).toBe(
      'BAD_SIGNATURE',
    )
  })
})

describe('request', () => {
  it.each(of('request'))('$name', (vector) => {
    const bytes = fromHex(vector.hex)
    if (!vector.valid) return refusedAs(vector, () => readRequest(bytes))
    const request = readRequest(bytes)
    expect(toHex(writeRequest(request))).toBe(vector.hex)
    expect(spell('request', bytes)).toEqual(vector.lines)
    expect(requestText(bytes)).toBe(vector.code)
    expect(parseRequest(vector.code as string).request).toEqual(request)
    expect(parseRequest((vector.lines as string[]).map((line, i) => `${i + 1}. ${line}`).join('\n')).request).toEqual(
      request,
    )
    const { clock, line, ctiPrefix, device, releaseAnchor: anchor } = fields(vector) as unknown as Record<string, never>
    expect({ clock: request.clock, line: request.line }).toEqual({ clock, line })
    expect([request.ctiPrefix, request.device, request.anchor].map(toHex)).toEqual([ctiPrefix, device, anchor])
  })
  it.each(of('request details'))('$name', (vector) => {
    const bytes = fromHex(vector.hex)
    if (!vector.valid) return refusedAs(vector, () => readAsked(bytes))
    const { details, bytes: request } = readAsked(bytes)
    expect(toHex(request)).toBe(vector.request)
    const names = ['label', 'machineName', 'os', 'appVersion', 'binding', 'at'] as const
    const wanted = Object.entries(fields(vector)).map(([key, value]) => [names[Number(key)], value])
    expect(details).toEqual(Object.fromEntries(wanted))
    if (!vector.name.includes('64')) expect(toHex(writeDetails(request, details))).toBe(vector.hex)
  })
})

describe('usage report', () => {
  it.each(of('usage report'))('$name', (vector) => {
    const bytes = fromHex(vector.hex)
    if (!vector.valid) return refusedAs(vector, () => readUsage(bytes))
    const report = readUsage(bytes)
    expect(isUsage(bytes)).toBe(true)
    expect(toHex(writeUsage(report))).toBe(vector.hex)
    expect(parseUsage(usageText(bytes))).toEqual(report)
    const told = fields(vector) as unknown as Record<string, unknown>
    expect(toHex(report.cti)).toBe(told['0'])
    expect([report.line, report.from, report.until, report.number]).toEqual([
      told['1'],
      told['2'],
      told['3'],
      told['8'],
    ])
    expect(Object.fromEntries(report.totals)).toEqual(told['4'])
    expect(report.peaks && Object.fromEntries(report.peaks)).toEqual(told['5'])
    expect(report.days && Object.fromEntries(report.days)).toEqual(told['7'])
  })

  it('tells of as many of the latest days as an object has room for', () => {
    const [vector] = of('usage report')
    const { days: _, ...report } = readUsage(fromHex(vector?.hex ?? ''))
    const days = new Map(
      Array.from({ length: 40 }, (_, i): [string, [number, readonly number[]]] => [
        `name_${i}`,
        [20_000 + i, Array.from({ length: 90 }, (_, day) => 1_000 + day)],
      ]),
    )
    const fitted = readUsage(fittingUsage({ ...report, days }))
    expect(fitted.totals).toEqual(report.totals)
    const left = [...(fitted.days ?? [])]
    expect(left.length).toBeGreaterThan(0)
    for (const [name, [first, counts]] of left) {
      const [was, all] = days.get(name) ?? [0, []]
      expect(counts).toEqual(all.slice(first - was))
      expect(first + counts.length).toBe(was + all.length)
    }
    expect(codeOf(() => writeUsage({ ...report, days }))).toBe('LICENSE_INVALID')
  })
})

const trustOf = (vector: Vector) => {
  const trust = vector.trust as { roots: string[]; certificates?: string[] }
  return {
    roots: trust.roots.map((hex) => importPublicKey(fromHex(hex))),
    certificates: trust.certificates?.map(fromHex),
  }
}

/** The license that the answer is for; the one of the first activation where the vector brings none. */
const installedOf = (vector: Vector) => {
  const [first] = of('activation')
  const own = vector.license === undefined ? first : vector
  return authenticate(fromHex(own?.license as string), trustOf(own as Vector)).license
}

describe('answers', () => {
  const named: readonly (readonly [AnswerName, string])[] = [
    ['activation', 'activation'],
    ['extension', 'extension'],
    ['deviceAnchor', 'device anchor'],
  ]
  it.each(named.flatMap(([name, kind]) => of(kind).map((vector) => [vector.name, name, vector] as const)))(
    '%s',
    (_, name, vector) => {
      const bytes = fromHex(vector.hex)
      const installed = installedOf(vector)
      const trust = trustOf(vector)
      const read = () => openAnswer(name, bytes, trust, installed)
      if (!vector.valid) return refusedAs(vector, read)
      const { answer, signed } = read()
      expect(toHex(signed.payload)).toBe(vector.payload ?? toHex(open(bytes).payload))
      const own = (fields(vector).fields ?? {}) as Record<string, unknown>
      expect(toHex(answer.cti)).toBe(own[1])
      expect(answer.issuedAt).toBe(fields(vector).iat)
      expect(answer.expires ?? null).toBe(fields(vector).exp)
      if ('device' in answer) {
        const told = own[64]
        const is = typeof told === 'number' && told >= 1 && told <= 1023
        expect(answer.place).toBe(is ? told : undefined)
      }
      expect(readAnswer(name, open(bytes))).toEqual(answer)
    },
  )
})

describe('typed responses', () => {
  it.each(of('typed response'))('$name', (vector) => {
    const lines = vector.lines as string[] | undefined
    if (!vector.valid) {
      const trust = { ...trustOf(vector), certificates: [fromHex(vector.certificate as string)] }
      const pending = [readRequest(fromHex(vector.request as string))]
      return refusedAs(vector, () => openTyped(readTyped(fromHex(vector.hex)), trust, installedOf(vector), pending))
    }
    const typed = readTyped(fromHex(vector.hex))
    expect(parseTyped((lines ?? []).join('\n'))).toEqual(typed)
    expect(typedLines(typed).map((line) => line.replace(/^\d\. /, '').replaceAll(' ', ''))).toEqual(lines)
    const { protected: header, payload } = vector.rebuilt as { protected: string; payload: string }
    const kid = fromHex(header).slice(-8)
    const cti = fromHex(vector.cti as string)
    const object = vector.request
      ? rebuilt(typed, kid, {
          name: 'activation',
          value: typedActivation(typed, cti, readRequest(fromHex(vector.request as string))),
        })
      : rebuilt(typed, kid, { name: 'extension', value: typedExtension(typed, cti, 1) })
    expect(toHex(object.protected)).toBe(header)
    expect(toHex(object.payload)).toBe(payload)
    expect(typed.term).toBe(termOf(typed.issuedAt, typed.term === 0 ? undefined : typed.issuedAt + typed.term * 3600))
  })
})

describe('emergency codes', () => {
  const anchorIn = (hex: string): Anchor => ANCHOR.read(decode(fromHex(hex)), 'anchor')
  it.each(load('emergency').filter((each) => 'hour' in each))('$name', (vector) => {
    const {
      anchor,
      cti,
      revision,
      releaseAnchor: device,
      text,
      hour,
      deadEpochs,
      highestAccepted,
    } = vector as never as {
      anchor: string
      cti: string
      revision: number
      releaseAnchor: string
      text: string
      hour: number
      deadEpochs?: number[]
      highestAccepted?: number
    }
    const subject = { cti: fromHex(cti), revision, releaseAnchor: fromHex(device) }
    const check = () => openEmergency(text, anchorIn(anchor), subject, { hour, deadEpochs, highestAccepted })
    if (vector.valid) expect(check()).toEqual({ codeHour: vector.codeHour, until: vector.until })
    else expect(codeOf(check)).toBe('NO_EMERGENCY')
  })
  it.each(load('emergency').filter((each) => 'codes' in each && each.valid))('codes of $name', (vector) => {
    const {
      epoch,
      secret,
      cti,
      revision,
      releaseAnchor: device,
      baseHour,
      n,
    } = vector as unknown as Record<'secret' | 'cti' | 'releaseAnchor', string> &
      Record<'epoch' | 'revision' | 'baseHour' | 'n', number>
    for (const { hour, text } of vector.codes as { hour: number; text: string }[]) {
      const made = emergencyCode(
        { epoch, secret: fromHex(secret) },
        { cti: fromHex(cti), revision, releaseAnchor: fromHex(device) },
        { baseHour, length: n },
        hour,
      )
      expect(made.join('-')).toBe(text)
    }
  })
})
