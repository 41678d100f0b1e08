/**
 * Trials taken in: overlapping journals in any order end in the same ledger; what is forged, foreign or contradicts what is
 * known is named, and touches nothing else.
 */

import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Authority } from '../../src/authority/authority.ts'
import { delegate } from '../../src/authority/delegate.ts'
import { type DelegatedKey, delegatedKey } from '../../src/authority/delegated-key.ts'
import { ephemeralAuthority } from '../../src/authority/ephemeral.ts'
import { type Found, importTrials, type TakenIn, trialDesk } from '../../src/authority/import-trials.ts'
import { issue } from '../../src/authority/issue.ts'
import { move } from '../../src/authority/move.ts'
import { publishRevocations } from '../../src/authority/publish-revocations.ts'
import { type TrialInput, trial } from '../../src/authority/trial.ts'
import { trialReport } from '../../src/authority/trial-report.ts'
import { toHex } from '../../src/core/bytes.ts'
import { formatKey } from '../../src/core/codes/license-key.ts'
import { readRevocationList } from '../../src/core/revocation.ts'
import { verify } from '../../src/core/verify.ts'
import { openLedger } from '../../src/ledger/open.ts'
import { rebuild } from '../../src/ledger/rebuild.ts'
import { seeded } from '../harness/world.ts'
import { everything } from '../ledger/book.ts'
import { size } from '../property/size.ts'

const NOW = 1_800_000_000
const HOUR = 3600
let work = ''
let founded: Authority
let keys: readonly DelegatedKey[] = []
let foreign: DelegatedKey

const delegated = async (authority: Authority, name: string, count?: number): Promise<DelegatedKey> => {
  const asked = { name, products: ['editor'], tiers: ['trial', 'basic'], maxTerm: '30d', expires: '90d', count }
  return delegatedKey((await delegate(authority, asked)).contents)
}

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'lic-import-'))
  const founding = { products: ['editor'], now: () => NOW, random: seeded('import') }
  const made = await ephemeralAuthority({ ...founding, file: join(work, 'founded.db') })
  keys = [await delegated(made, 'ci', 10), await delegated(made, 'shop')]
  await issue(made, {
    customer: 'own',
    newCustomer: { id: 'own', name: 'Own', email: 'own@own.example' },
    lines: [{ product: 'editor', tier: 'basic' }],
    expires: '1y',
  })
  await made.close()
  founded = made
  const other = await ephemeralAuthority({ ...founding, random: seeded('other') })
  foreign = await delegated(other, 'theirs')
  await other.close()
})
afterAll(() => rmSync(work, { recursive: true, force: true }))

let copies = 0
/** The same authority with a ledger of its own, two days later. */
const opened = async (): Promise<Authority> => {
  const file = join(work, `${copies++}.db`)
  copyFileSync(join(work, 'founded.db'), file)
  const ledger = await openLedger({ file })
  return { ...founded, ledger, source: 'import', now: () => NOW + 48 * HOUR, random: seeded(file) }
}

const keyAt = (which: number): DelegatedKey => keys[which % keys.length] as DelegatedKey
const make = (which: number, input: Partial<TrialInput>, after = 0): Uint8Array =>
  trial(
    keyAt(which),
    { product: 'editor', tier: 'trial', ...input },
    { now: NOW + after, random: seeded(`${which} ${after}`) },
  ).handed.bytes

const forged = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = Uint8Array.from(bytes)
  copy[copy.length - 1 - (at % 64)] = (copy[copy.length - 1 - (at % 64)] ?? 0) ^ 1
  return copy
}

/** As a runner would leave them: each a trial of one customer, some signed twice or thrice, some damaged since. */
const poolOf = (): readonly Found[] =>
  Array.from({ length: 24 }, (_, n): readonly Found[] => {
    const whose: Partial<TrialInput> =
      n % 4 === 0
        ? { customer: `c${n % 8}`, licensee: `Customer ${n % 8}` }
        : n % 4 === 1
          ? { email: `p${n % 6}@firm${n % 3}.example` }
          : n % 4 === 2
            ? { email: 'own@own.example' }
            : {}
    const asked = { ...whose, idempotencyKey: `job ${n}`, ...(n % 5 === 0 && { seats: 3 }) }
    const once = make(n, asked, n)
    return [
      { bytes: once },
      ...(n % 3 === 0 ? [{ bytes: make(n, asked, n + HOUR) }, { bytes: make(n, asked, n + 2 * HOUR) }] : []),
      ...(n % 7 === 0 ? [{ bytes: forged(once, n) }] : []),
    ]
  }).flat()

const take = async (authority: Authority, journals: readonly (readonly Found[])[]): Promise<readonly TakenIn[]> => {
  const taken: TakenIn[] = []
  for (const journal of journals)
    taken.push(...(await importTrials(authority, await trialDesk(authority), journal, undefined)))
  return taken
}

/** The tables without what hangs on the order in which things came: numbers of rows, random ids of customers. */
const contentOf = async ({ ledger: { db } }: Authority): Promise<unknown> => {
  const customers = await db.selectFrom('customers').selectAll().execute()
  const who = new Map(customers.map(({ id, email }) => [id, email ?? id]))
  const licenses = await db
    .selectFrom('licenses')
    .innerJoin('revisions', (join) =>
      join.onRef('revisions.license', '=', 'licenses.id').onRef('revisions.number', '=', 'licenses.revision'),
    )
    .innerJoin('lines', 'lines.license', 'licenses.id')
    .innerJoin('status_indexes', 'status_indexes.license', 'licenses.id')
    .select(['licenses.cti', 'licenses.customer', 'licenses.state', 'licenses.expires', 'licenses.issued_at'])
    .select(['licenses.ends', 'licenses.test', 'licenses.source', 'revisions.signer', 'revisions.expires as until'])
    .select(['lines.product', 'lines.tier', 'lines.seats', 'status_indexes.index', 'status_indexes.status'])
    .execute()
  const taken = await db.selectFrom('keys').select(['kid', 'taken']).execute()
  const sorted = (rows: readonly string[]): readonly string[] => [...rows].sort()
  return {
    customers: sorted(customers.map(({ id, name, email, brand }) => JSON.stringify([who.get(id), name, email, brand]))),
    licenses: sorted(
      licenses.map(({ cti, signer, customer, ...row }) =>
        JSON.stringify([toHex(cti), toHex(signer), who.get(customer), row]),
      ),
    ),
    taken: sorted(taken.map((row) => `${toHex(row.kid)} ${row.taken}`)),
  }
}

describe('journals that overlap', () => {
  test('end in the same ledger, however they come', { timeout: 300_000 }, async () => {
    const pool = poolOf()
    const index = fc.nat(pool.length - 1)
    const journals = fc.array(fc.array(index, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 5 })
    let extended = 0
    await fc.assert(
      fc.asyncProperty(journals, fc.array(fc.nat(), { maxLength: 4 }), async (split, twice) => {
        const fed = [...split, ...twice.map((n) => split[n % split.length] ?? [])]
        const all = [...new Set(split.flat())].sort((a, b) => a - b)
        const found = (numbers: readonly number[]) => numbers.map((n) => pool[n] as Found)
        const [random, straight] = [await opened(), await opened()]
        const taken = await take(random, fed.map(found))
        await take(straight, [found(all)])
        expect(await contentOf(random)).toEqual(await contentOf(straight))
        extended += taken.filter((each) => each.ok && each.state === 'extended').length
        // Once more, and nothing new.
        const again = await take(random, [found(all)])
        expect(again.filter((each) => each.ok && each.state !== 'again')).toEqual([])
        await random.ledger.close()
        await straight.ledger.close()
      }),
      { numRuns: size(12, 100) },
    )
    expect(extended).toBeGreaterThan(0)
  })

  test('and what was written can be made again from the events', async () => {
    const authority = await opened()
    await take(authority, [poolOf()])
    const before = await everything(authority.ledger)
    await authority.ledger.transaction(rebuild)
    expect(await everything(authority.ledger)).toEqual(before)
    await authority.ledger.close()
  })
})

describe('what is not taken in', () => {
  const refused = async (founds: readonly Found[]): Promise<readonly string[]> => {
    const authority = await opened()
    const taken = await take(authority, [founds])
    await authority.ledger.close()
    return taken.map((each) => (each.ok ? each.state : each.error.code))
  }

  test('is named, one by one, and the rest is taken', async () => {
    const good = make(0, { idempotencyKey: 'good' })
    const alien = trial(foreign, { product: 'editor', tier: 'trial' }, { now: NOW, random: seeded('f') }).handed.bytes
    const own = await opened()
    const { bytes } = await own.ledger.db
      .selectFrom('signed_objects')
      .select('bytes')
      .where('type', '=', 1)
      .executeTakeFirstOrThrow()
    await own.ledger.close()
    const codes = await refused([
      { bytes: forged(good, 3) },
      { bytes: good.subarray(0, 99) },
      { bytes: new Uint8Array() },
      { bytes: alien },
      { bytes: bytes ?? new Uint8Array() },
      { bytes: good },
    ])
    expect(codes).toEqual([
      'BAD_SIGNATURE',
      'LICENSE_INVALID',
      'LICENSE_INVALID',
      'UNKNOWN_KEY',
      'NOT_IN_LEDGER',
      'taken',
    ])
  })

  test('an id that is known under another key, and one with other words under the same', async () => {
    const mine = make(0, { idempotencyKey: 'same' })
    const thief = { ...keyAt(1), idSeed: keyAt(0).idSeed }
    const stolen = trial(
      thief,
      { product: 'editor', tier: 'trial', idempotencyKey: 'same' },
      { now: NOW, random: seeded('s') },
    )
    expect(stolen.handed.id).toBe(toHex(verifiedId(mine)))
    expect(await refused([{ bytes: mine }, { bytes: stolen.handed.bytes }])).toEqual(['taken', 'CONFLICT'])
    expect(await refused([{ bytes: stolen.handed.bytes }, { bytes: mine }])).toEqual(['taken', 'CONFLICT'])
    // The same key, the same id by its own random number, and other words.
    const [one, other] = [3, 4].map(
      (seats) =>
        trial(keyAt(0), { product: 'editor', tier: 'trial', seats }, { now: NOW, random: seeded('id') }).handed.bytes,
    ) as [Uint8Array, Uint8Array]
    expect(await refused([{ bytes: one }, { bytes: other }])).toEqual(['taken', 'CONFLICT'])
  })

  test('an id that begins as another one does', async () => {
    const begun = (last: number) => (length: number) => Uint8Array.from({ length }, (_, i) => (i < 5 ? 1 : last))
    const [one, two] = [2, 3].map(
      (last) => trial(keyAt(0), { product: 'editor', tier: 'trial' }, { now: NOW, random: begun(last) }).handed.bytes,
    ) as [Uint8Array, Uint8Array]
    expect(await refused([{ bytes: one }, { bytes: two }])).toEqual(['taken', 'CONFLICT'])
  })

  test('what a key made that is compromised', async () => {
    const authority = await opened()
    await authority.ledger.db
      .updateTable('keys')
      .set({ state: 'compromised' })
      .where('kid', '=', keyAt(0).kid)
      .execute()
    const taken = await take(authority, [[{ bytes: make(0, {}) }, { bytes: make(1, {}) }]])
    expect(taken.map((each) => (each.ok ? each.state : each.error.code))).toEqual(['KEY_COMPROMISED', 'taken'])
    await authority.ledger.close()
  })
})

const rootsOf = () => keyAt(0).issuer.keys.slice(-1)
const verifiedId = (bytes: Uint8Array): Uint8Array =>
  verify(bytes, { roots: rootsOf(), product: 'editor', now: NOW }).license.cti

describe('what the vendor is told', () => {
  test('over-use, and who has had several; a mail provider is no domain', async () => {
    const authority = await opened()
    const jobs = Array.from({ length: 12 }, (_, n) => ({
      bytes: make(0, {
        idempotencyKey: `n${n}`,
        email: ['a@firm.example', 'b@firm.example', `p${n}@gmail.com`][n % 3] as string,
      }),
    }))
    const taken = await take(authority, [jobs])
    const customers = new Set(taken.flatMap((each) => (each.ok ? [each.customer] : [])))
    const report = await trialReport(authority, new Set([toHex(keyAt(0).kid)]), customers)
    expect(report.keys).toEqual([{ kid: toHex(keyAt(0).kid), name: 'ci', taken: 12, count: 10, over: true }])
    expect(report.addresses.map(({ email, licenses }) => [email, licenses]).sort()).toEqual([
      ['a@firm.example', 4],
      ['b@firm.example', 4],
    ])
    expect(report.domains).toEqual([{ domain: 'firm.example', product: 'editor', addresses: 2, licenses: 8 }])
    await authority.ledger.close()
  })
})

describe('lists', () => {
  test('name a trial by its key until a year after its end', async () => {
    const authority = await opened()
    const bytes = make(0, { idempotencyKey: 'listed' })
    await take(authority, [[{ bytes }]])
    const key = (
      await authority.ledger.db.selectFrom('licenses').selectAll().where('source', '=', 'import').execute()
    )[0]
    await move(authority, 'revoke', {
      key: formatKey(key?.prefix ?? '', key?.cti ?? new Uint8Array(10)),
      reason: 'test',
    })
    const published = await publishRevocations(authority)
    const roots = rootsOf()
    const now = authority.now()
    const list = readRevocationList(published.bytes, { roots, now })
    expect(verify(bytes, { roots, product: 'editor', now, revocations: [list] })).toMatchObject({
      code: 'LICENSE_REVOKED',
    })
    const later = NOW + (30 + 366) * 86_400 + 1
    const late = await publishRevocations({ ...authority, now: () => later, confirmClock: async () => undefined })
    expect(late.byKey).toBe(0)
    expect(published.byKey).toBe(1)
    await authority.ledger.close()
  })
})
