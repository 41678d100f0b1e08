/**
 * Row 1: clocks that are wrong. At the verifier, random clocks against random licenses, judged a second time by a model
 * that knows nothing of the code; at the vendor, what no command may do when its clock disagrees with the book; and the
 * real program on days that calendars stumble over.
 */

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { zlibSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importPublicKey } from '../../src/core/keys.ts'
import { OBJECTS } from '../../src/core/objects.ts'
import { type RevocationList, readRevocationList, writeRevocationList } from '../../src/core/revocation.ts'
import { verify } from '../../src/core/verify.ts'
import { certified, LINE, license, newKey, sealed } from './by-hand.ts'
import { type Home, ISSUE, lic, licData, makeHome, SLOW } from './process.ts'
import { type Handed, type Room, room, START } from './room.ts'

const [MINUTE, HOUR, DAY, YEAR] = [60, 3600, 86_400, 365 * 86_400]
const WALKS = SLOW ? 10_000 : 600
const STEPS = 12

/** Numbers that look random and repeat (mulberry32). */
const numbers = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * below)
  }
}

interface Terms {
  readonly iat: number
  readonly exp?: number
  readonly nbf?: number
  readonly lineEnd?: number
  readonly grace: number
  readonly fresh?: number
}

const BEGIN = 1_750_000_000
const root = newKey()
const window = { starts: BEGIN - YEAR, expires: BEGIN + 9 * YEAR }
const issuing = certified(newKey(), { ...window, perpetual: true }, root)
const listing = certified(newKey(), { ...window, types: [OBJECTS.revocationList.type] }, root)
const roots = [importPublicKey(root.publicKey)]

const termsFrom = (below: (n: number) => number): Terms => {
  const iat = BEGIN + below(YEAR)
  const length = 1 + below(40) * HOUR + below(300) * DAY
  const exp = below(5) === 0 ? undefined : iat + length
  const nbf = below(3) === 0 ? iat - DAY + below(Math.min(length, 30 * DAY)) : undefined
  const lineEnd = below(4) === 0 ? iat + 1 + below(length - 1 || 1) : undefined
  return {
    iat,
    grace: [0, 1, 48, 720][below(4)] ?? 0,
    ...(exp !== undefined && { exp }),
    ...(nbf !== undefined && (exp === undefined || nbf < exp) && { nbf }),
    ...(lineEnd !== undefined && (exp === undefined || lineEnd < exp) && { lineEnd }),
    ...(below(3) === 0 && { fresh: 1 + below(30) }),
  }
}

const signed = ({ iat, exp, nbf, lineEnd, grace, fresh }: Terms): Uint8Array =>
  sealed(
    'license',
    license({
      issuedAt: iat,
      expires: exp,
      starts: nbf,
      grace,
      fresh,
      lines: new Map([[0, { ...LINE, expires: lineEnd }]]),
    }),
    issuing,
  )

const listAt = (at: number): RevocationList => {
  const zlib = zlibSync(new Uint8Array(1), { level: 9 })
  const content = { list: 0, issuedAt: at, number: at, zlib, compromised: [], anchors: [], deadEpochs: [] }
  return readRevocationList(sealed('revocationList', writeRevocationList(content), listing), { roots, now: at })
}

/** What a reasonable person says of it; written from the specification, not from the code. */
const model = (terms: Terms, clock: number, floor: number, list: number | undefined): string => {
  const { iat, exp, nbf, lineEnd, grace, fresh } = terms
  const timeless = exp === undefined && nbf === undefined && lineEnd === undefined && fresh === undefined
  const known = Math.max(iat, floor, list ?? 0)
  if (!timeless && known - clock > HOUR) return 'CLOCK_ROLLED_BACK'
  const time = Math.max(clock, known)
  if (nbf !== undefined && time < nbf) return 'LICENSE_NOT_YET_VALID'
  let end = exp
  if (lineEnd !== undefined && (end === undefined || lineEnd < end)) end = lineEnd
  if (end !== undefined && time >= end + grace * HOUR) return 'LICENSE_EXPIRED'
  if (fresh !== undefined) {
    const word = Math.max(iat, list ?? 0)
    if (time > word + fresh * DAY) return 'REVOCATION_CHECK_OVERDUE'
  }
  return end !== undefined && time >= end ? 'grace' : 'active'
}

/** Times at which something turns, and their neighbours. */
const edgesOf = ({ iat, exp, nbf, lineEnd, grace, fresh }: Terms): readonly number[] =>
  [
    iat,
    iat - HOUR,
    exp,
    nbf,
    lineEnd,
    exp && exp + grace * HOUR,
    lineEnd && lineEnd + grace * HOUR,
    fresh && iat + fresh * DAY,
  ]
    .filter((time) => time !== undefined)
    .flatMap((time) => [time - 1, time, time + 1])

describe('row 1: the verifier', () => {
  const said = (bytes: Uint8Array, now: number, floor: number, list: RevocationList | undefined): string => {
    const verdict = verify(bytes, { roots, product: 'editor', now, floor, revocations: list ? [list] : [] })
    return verdict.ok ? verdict.state : verdict.code
  }

  test(`${WALKS} walks of ${STEPS} steps are judged as the model judges them`, {
    timeout: SLOW ? 3_600_000 : 60_000,
  }, () => {
    for (let seed = 1; seed <= WALKS; seed++) {
      const below = numbers(seed)
      const terms = termsFrom(below)
      const bytes = signed(terms)
      const edges = edgesOf(terms)
      const list = below(2) === 0 ? listAt(terms.iat - 10 * DAY + below(60 * DAY)) : undefined
      for (let step = 0; step < STEPS; step++) {
        const clock = below(2) === 0 ? (edges[below(edges.length)] ?? 0) : terms.iat - 30 * DAY + below(2 * YEAR)
        const floor = below(2) === 0 ? 0 : clock - 2 * HOUR + below(4 * HOUR)
        const wanted = model(terms, clock, floor, list?.issuedAt)
        expect({ seed, step, said: said(bytes, clock, floor, list) }).toEqual({ seed, step, said: wanted })
      }
    }
  })

  test('a device that remembers: never valid once the end was seen; an honest drift of an hour is never denied', () => {
    for (let seed = 1; seed <= WALKS; seed++) {
      const below = numbers(seed + 1_000_000)
      const { fresh: _, nbf: __, ...terms } = termsFrom(below)
      const bytes = signed(terms)
      const end =
        Math.min(terms.exp ?? Number.POSITIVE_INFINITY, terms.lineEnd ?? Number.POSITIVE_INFINITY) + terms.grace * HOUR
      let floor = terms.iat
      let real = terms.iat
      for (let step = 0; step < STEPS; step++) {
        real += below(60 * DAY)
        const jumps = [0, -1, -59 * MINUTE, -61 * MINUTE, -DAY, -YEAR, YEAR, below(2 * HOUR) - HOUR]
        const clock = real + (jumps[below(jumps.length)] ?? 0)
        const verdict = said(bytes, clock, floor, undefined)
        const valid = verdict === 'active' || verdict === 'grace'
        const seen = Math.max(floor, clock)
        if (seen >= end) expect({ seed, step, valid }).toEqual({ seed, step, valid: false })
        else if (clock >= floor - HOUR) expect({ seed, step, valid }).toEqual({ seed, step, valid: true })
        floor = seen
      }
    }
  })

  test.each([-1, -59 * MINUTE, -HOUR])('%d seconds behind what is known is an honest clock', (drift) => {
    const bytes = signed({ iat: BEGIN, exp: BEGIN + YEAR, grace: 0 })
    expect(said(bytes, BEGIN + DAY + drift, BEGIN + DAY, undefined)).toBe('active')
  })

  test.each([-HOUR - 1, -61 * MINUTE, -DAY, -YEAR])(
    '%d seconds behind is not, unless nothing depends on it',
    (drift) => {
      const [timed, timeless] = [signed({ iat: BEGIN, exp: BEGIN + YEAR, grace: 0 }), signed({ iat: BEGIN, grace: 0 })]
      expect(said(timed, BEGIN + DAY + drift, BEGIN + DAY, undefined)).toBe('CLOCK_ROLLED_BACK')
      expect(said(timeless, BEGIN + DAY + drift, BEGIN + DAY, undefined)).toBe('active')
    },
  )
})

describe('row 1: the vendor', () => {
  let at: Room
  let key = ''
  beforeAll(async () => {
    at = await room()
    key = (
      await at.data<Handed>([
        'issue',
        '--customer',
        'acme',
        '--product',
        'editor',
        '--tier',
        'basic',
        '--expires',
        '2y',
      ])
    ).key
    const team = 'code = "team"\nkind = "subscription"\nmetric = "seat"\ntitle = "Team"\n'
    writeFileSync(`${at.dir}/team.toml`, team)
  })
  afterAll(() => at.remove())

  /** Every command that writes. */
  const mutating = (): readonly (readonly string[])[] => [
    [...ISSUE],
    ['renew', key, '--until', '2031-01-01'],
    ['suspend', key, '--reason', 'r'],
    ['revoke', key, '--reason', 'r', '--yes'],
    ['cancel', key, '--reason', 'r', '--yes'],
    ['customer', 'add', '--name', 'N'],
    ['product', 'add', 'viewer', '--name', 'V'],
    ['brand', 'add', 'other', '--name', 'O', '--prefix', 'OTH'],
    ['revocations', 'publish'],
    ['tier', 'add', 'team.toml'],
  ]
  const NAMES = [
    'issue',
    'renew',
    'suspend',
    'revoke',
    'cancel',
    'customer add',
    'product add',
    'brand add',
    'revocations publish',
    'tier add',
  ]

  test.each(NAMES.map((name, i) => [name, i] as const))('lic %s', async (_, i) => {
    const words = mutating()[i] ?? []
    const before = await at.state()
    const rehearsed = [...words, '--dry-run']
    for (const now of [START - 5 * MINUTE, START, START + 90 * DAY]) await at.data(rehearsed, { now })
    for (const now of [START - 5 * MINUTE - 1, START - DAY, START - 20 * YEAR]) {
      await at.refused('CLOCK_SUSPECT', 6, words, { now })
      await at.refused('CLOCK_SUSPECT', 6, rehearsed, { now })
      // A clock that is behind is wrong, whatever anybody says.
      await at.refused('CLOCK_SUSPECT', 6, [...words, '--clock-ok'], { now })
    }
    for (const now of [START + 90 * DAY + 1, START + 2 * YEAR]) {
      await at.refused('CLOCK_SUSPECT', 6, words, { now })
      await at.data([...rehearsed, '--clock-ok'], { now })
      const asked = await at.run(
        words.filter((word) => word !== '--yes'),
        { now, answers: ['no'] },
      )
      // What takes something away asks about that first.
      const status = words[0] === 'revoke' || words[0] === 'cancel' ? 2 : 6
      expect({ status: asked.status, out: asked.out }).toEqual({ status, out: '' })
    }
    expect(await at.state()).toEqual(before)
  })

  test('reinstate', async () => {
    const other = await room()
    const { key: own } = await other.data<Handed>([...ISSUE])
    await other.data(['suspend', own, '--reason', 'r'])
    await other.refused('CLOCK_SUSPECT', 6, ['reinstate', own, '--reason', 'r'], { now: START - DAY })
    await other.refused('CLOCK_SUSPECT', 6, ['reinstate', own, '--reason', 'r'], { now: START + YEAR })
    await other.data(['reinstate', own, '--reason', 'r', '--clock-ok'], { now: START + YEAR })
    other.remove()
  })

  test('reading asks no clock', async () => {
    for (const now of [START - 20 * YEAR, START + 20 * YEAR]) {
      for (const words of [
        ['list'],
        ['show', key],
        ['customer', 'list'],
        ['key', 'list'],
        ['trust', 'export'],
        ['tier', 'list'],
      ]) {
        await at.data(words, { now })
      }
    }
  })

  test('a clock that creeps back, each time by less than is tolerated, is noticed', async () => {
    const other = await room()
    await other.data(['customer', 'add', '--name', 'N'], { now: START - 4 * MINUTE })
    await other.refused('CLOCK_SUSPECT', 6, ['customer', 'add', '--name', 'N'], { now: START - 8 * MINUTE })
    other.remove()
  })
})

describe('row 1: the real program on days that calendars stumble over', () => {
  const has = spawnSync('faketime', ['--version']).status === 0
  const skipped = has ? '' : ' (skipped: there is no faketime here)'
  const on = (time: string): readonly string[] => ['faketime', '--exclude-monotonic', '-f', `@${time}`]
  const zone = { TZ: 'UTC' }

  test.runIf(has).each([
    ['after 32 bits of seconds', '2038-01-19 03:14:08', '2038-01-19T03:14', '2039-01-19T03:14'],
    ['just before', '2038-01-19 03:14:05', '2038-01-19T03:14', '2039-01-19T03:14'],
    ['on a leap day', '2028-02-29 12:00:00', '2028-02-29T12:00', '2029-02-28T12:00'],
    ['on the last second of a year', '2027-12-31 23:59:59', '20', '20'],
  ])(`%s${skipped}`, async (_, time, issued, expires) => {
    const home: Home = await makeHome({ under: on(time), env: zone })
    const launch = { under: on(time), env: { ...home.env, ...zone } }
    const made = await licData<Handed & { issued: string; expires: string }>([...ISSUE], launch)
    expect([made.issued.startsWith(issued), made.expires.startsWith(expires)]).toEqual([true, true])
    const input = Buffer.from(made.license, 'base64')
    expect((await lic(['verify', '-'], { ...launch, input })).status).toBe(0)
    const before = new Date(Date.parse(`${time.replace(' ', 'T')}Z`) - DAY * 1000).toISOString()
    const early = await lic([...ISSUE, '--json'], { ...launch, under: on(before.slice(0, 19).replace('T', ' ')) })
    expect(early).toMatchObject({ status: 6, stdout: '' })
    expect(JSON.parse(early.stderr).error.code).toBe('CLOCK_SUSPECT')
    const late = await lic(['verify', '-', '--json'], { ...launch, input, under: on('2060-06-01 00:00:00') })
    expect(late.status).toBe(7)
    home.remove()
  })
})
