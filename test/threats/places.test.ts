/**
 * Row 5: the last place, asked for by many at once; and `kill -9` around an answer. Real processes, a real file: never one
 * device more than there are places, and a place that was taken is counted once, whoever was killed.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fromHex } from '../../src/core/bytes.ts'
import { machineDevice } from '../../src/core/device.ts'
import { formatRelease, releaseAnchor, releaseSecret } from '../../src/core/release.ts'
import { requestText, writeRequest } from '../../src/core/request.ts'
import { counted } from '../ledger/book.ts'
import { type Crew, crew } from './crew.ts'
import { type Ended, type Home, lic, licData, makeHome, SLOW, start } from './process.ts'

const [AT_ONCE, ROUNDS] = SLOW ? [50, 200] : [10, 2]
const KILLS = SLOW ? 200 : 6
const LONG = SLOW ? 7_200_000 : 240_000

interface Sold {
  readonly key: string
  readonly id: string
}

interface Answer {
  readonly activation: string
  readonly code: string
  readonly places: { readonly used: number; readonly of: number }
}

let at: Home
const random = counted('places')
beforeEach(async () => {
  at = await makeHome()
})
afterEach(() => at.remove())

const sold = (devices: number): Promise<Sold> =>
  licData<Sold>(
    [
      ...['issue', '--customer', 'acme', '--product', 'editor', '--tier', 'basic', '--expires', '1y'],
      ...['--devices', String(devices), '--activation', 'required'],
    ],
    at,
  )

/** What a machine of this name asks, and the code with which it gives the place up. */
const asked = ({ id }: Sold, name: string): { readonly text: string; readonly release: string } => {
  const cti = fromHex(id)
  const r = releaseSecret(random)
  const device = machineDevice(
    cti,
    ['machine', 'disk', 'mac', 'board', 'cpu'].map((slot) => `${slot} of ${name}`),
  )
  const anchor = releaseAnchor(cti, r)
  const bytes = writeRequest({ clock: false, line: 0, ctiPrefix: cti.subarray(0, 5), device, anchor })
  return { text: requestText(bytes), release: formatRelease(r) }
}

const query = <T>(sql: string): readonly T[] => {
  const db = new Database(join(at.home, 'ledger.db'), { readonly: true, timeout: 15_000 })
  try {
    return db.prepare(sql).all() as T[]
  } finally {
    db.close()
  }
}

const HELD = 'select * from activations where ended is null and place is not null'

const answerOf = ({ stdout }: Ended): Answer => (JSON.parse(stdout) as { data: Answer }).data

/** Asks again while the ledger is busy, as it is told to. */
const answered = async (desks: Crew, desk: number, text: string): Promise<Ended> => {
  for (;;) {
    const ended = await desks.ask(desk, ['respond', text, '--json'])
    if (ended.status !== 9) return ended
  }
}

describe('row 5: many devices, one place', () => {
  test(`${AT_ONCE} at once for the last place, ${ROUNDS} rounds: one gets it`, { timeout: LONG }, async () => {
    const desks = await crew(AT_ONCE, at)
    for (let round = 0; round < ROUNDS; round++) {
      const license = await sold(2)
      await licData(['respond', asked(license, 'the first').text], at)
      const requests = Array.from({ length: AT_ONCE }, (_, n) => asked(license, `${round}/${n}`))
      const ended = await Promise.all(requests.map(({ text }, desk) => answered(desks, desk, text)))
      expect(ended.map(({ status }) => status).sort()).toEqual([0, ...Array(AT_ONCE - 1).fill(6)])
      for (const { status, stdout, stderr } of ended) {
        if (status === 0) continue
        expect(stdout).toBe('')
        expect(JSON.parse(stderr).error.code).toBe('SEATS_EXHAUSTED')
      }
      const { places } = await licData<{ places: readonly { used: number; of: number }[] }>(
        ['activation', 'list', license.key],
        at,
      )
      expect(places).toMatchObject([{ used: 2, of: 2 }])
      // Only who holds a place has a row.
      expect(query(HELD).length).toBe(2 * (round + 1))
      expect(query('select anchor from activations').length).toBe(2 * (round + 1))
    }
    await desks.end()
  })

  test('the same request sent many times at once is one activation, and the same bytes', {
    timeout: LONG,
  }, async () => {
    const license = await sold(3)
    const { text } = asked(license, 'press')
    const ended = await Promise.all(Array.from({ length: 8 }, () => lic(['respond', text, '--json'], at)))
    expect(ended.map(({ status }) => status)).toEqual(Array(8).fill(0))
    expect(new Set(ended.map((each) => answerOf(each).code)).size).toBe(1)
    expect(query('select anchor from activations').length).toBe(1)
  })
})

describe('row 20: kill -9 around an answer', () => {
  test(`${KILLS} kills: the place is counted once, and what was printed is answered again`, {
    timeout: LONG,
  }, async () => {
    const license = await sold(0)
    const began = performance.now()
    await licData(['respond', asked(license, 'undisturbed').text], at)
    const whole = performance.now() - began
    let interrupted = 0
    for (let i = 0; i < KILLS; i++) {
      const { text } = asked(license, `press ${i}`)
      const { child, ended } = start(['respond', text, '--json'], at)
      const timer = setTimeout(() => child.kill('SIGKILL'), Math.random() * whole * 1.2)
      const { signal, stdout } = await ended
      clearTimeout(timer)
      if (signal === 'SIGKILL') interrupted++
      const before = query('select anchor from activations').length
      const again = await licData<Answer>(['respond', text], at)
      if (stdout.endsWith('\n')) expect(again.code).toBe((JSON.parse(stdout) as { data: Answer }).data.code)
      expect(before === i + 1 || before === i + 2).toBe(true)
      expect(again.places).toEqual({ used: i + 2, of: 0 })
      expect(query('select anchor from activations').length).toBe(i + 2)
      expect(query('pragma integrity_check')).toEqual([{ integrity_check: 'ok' }])
    }
    expect(interrupted).toBeGreaterThan(0)
  })

  test('a release that was cut short is released once, and its code is taken or told to be used', {
    timeout: LONG,
  }, async () => {
    const license = await sold(0)
    const kills = SLOW ? 50 : 5
    for (let i = 0; i < kills; i++) {
      const { text, release } = asked(license, `press ${i}`)
      await licData(['respond', text], at)
      const words = ['activation', 'release', license.key, '--code', release, '--idempotency-key', `r${i}`]
      const { child, ended } = start(words, at)
      const timer = setTimeout(() => child.kill('SIGKILL'), Math.random() * 200)
      await ended
      clearTimeout(timer)
      expect(await licData(words, at)).toMatchObject({ state: 'released' })
      expect(query(HELD)).toEqual([])
      const events = query('select id from events where entity_kind = 8')
      expect(events.length).toBe(2 * (i + 1))
    }
  })
})

describe('what is handed to respond', () => {
  const HOSTILE: readonly (readonly [string, string | Uint8Array, readonly string[]])[] = [
    ['nothing', '', ['INVALID_INPUT', 'CODE_MISTYPED', 'UNREADABLE']],
    ['a URL', 'https://example.com/?q=$(reboot)', ['CODE_MISTYPED', 'INVALID_INPUT', 'UNREADABLE']],
    ['control characters in a code', 'LIC1-\u001b[2J\u0007000', ['INVALID_INPUT', 'CODE_MISTYPED', 'LICENSE_INVALID']],
    ['a cut request', 'LIC1-B0F000', ['LICENSE_INVALID', 'CODE_MISTYPED']],
    ['a megabyte of zeros', '0'.repeat(1 << 20), ['CODE_MISTYPED', 'INVALID_INPUT']],
    ['bytes that are nothing', Uint8Array.of(0xff, 0, 1, 2, 3), ['LICENSE_INVALID']],
    ['a release code', formatRelease(releaseSecret(random)), ['CODE_KIND']],
  ]

  test.each(HOSTILE)('%s is refused, and nothing is written', async (_, content, codes) => {
    await sold(1)
    const file = join(at.dir, 'request')
    writeFileSync(file, content)
    const before = query('select id from events').length
    const { status, stdout, stderr } = await lic(['respond', file, '--json'], at)
    expect(stdout).toBe('')
    expect(status).not.toBe(0)
    expect(status).not.toBe(1)
    expect(codes).toContain(JSON.parse(stderr).error.code)
    expect(query('select id from events').length).toBe(before)
    expect(readFileSync(file).length).toBe(Buffer.from(content).length)
  })
})
