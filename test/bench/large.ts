/**
 * `node .ci/bench.js large [LICENSES] [DIR]`: a ledger of ten million licenses, made by the code that `lic issue --from` runs, in one
 * process; and what commands take in it against what they take, turn by turn, in one of ten thousand. Stopped, it goes on
 * where it was. Hours, and some 20 GB; so it is no part of `npm run bench`.
 */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Authority, addCustomer, write } from '../../src/authority/index.ts'
import { issue } from '../../src/authority/issue.ts'
import { issueMany } from '../../src/authority/issue-many.ts'
import { openAuthority } from '../../src/authority/open.ts'
import { openSigningKey } from '../../src/authority/sealing.ts'
import { keepFlat } from '../../src/cli/batch/flat.ts'
import { formatKey } from '../../src/core/codes/license-key.ts'
import { findByWords } from '../../src/ledger/find.ts'
import { theLicense } from '../../src/ledger/find-license.ts'
import { listLicenses } from '../../src/ledger/list-licenses.ts'
import { showLicense } from '../../src/ledger/show-license.ts'
import { atMost, median, type Row, table } from './row.ts'

const SMALL = 10_000
const PER_CUSTOMER = 20
const TRANSACTION = 256
const SAMPLES = 41
const COMMANDS = 21
const SLOWER = 1.2
const MEMORY = 200 * 1024 * 1024

/** A ledger of so many licenses, and the commands in it. */
interface Ledger {
  readonly authority: Authority
  readonly home: string
  readonly lic: (...words: readonly string[]) => string
}

export const run = async (root: string, [count = '10000000', given]: readonly string[]): Promise<void> => {
  const licenses = Number(count)
  const dir = given ?? mkdtempSync(join(tmpdir(), 'lic-large-'))
  console.error(`in ${dir}`)
  const large = await founded(root, join(dir, 'home'))
  const from = await counted(large.authority)
  const before = bytesOf(large)
  await grow(large, licenses)
  large.authority.ledger.fold()
  const added = (await counted(large.authority)) - from
  const { rss } = process.memoryUsage()
  const small = await founded(root, join(dir, 'small'))
  await grow(small, SMALL)
  const times = await measured(large, small)
  for (const { authority } of [small, large]) await authority.ledger.close()
  const rows = times.map(([what, time, limit]): Row => {
    const said = {
      what,
      measured: `${time.toFixed(2)} ms`,
      limit: `${limit.toFixed(2)} ms at ${SMALL}`,
      ratio: time / limit,
    }
    // What a person waits for is the command; the query alone is shown beside it.
    return what.startsWith('lic ') ? atMost(said, SLOWER) : atMost(said, Number.POSITIVE_INFINITY)
  })
  rows.push(
    atMost(
      {
        what: 'memory of the process that issued',
        measured: `${(rss / 2 ** 20).toFixed(0)} MiB`,
        limit: '200 MiB',
        ratio: rss / MEMORY,
      },
      1,
    ),
  )
  const each = added === 0 ? '' : `, ${((bytesOf(large) - before) / added).toFixed(0)} bytes of ledger each`
  console.log(`${licenses} licenses${each}, with a customer for every ${PER_CUSTOMER}`)
  console.log(table(rows))
}

const founded = async (root: string, home: string): Promise<Ledger> => {
  const lic = (...words: readonly string[]): string =>
    execFileSync(process.execPath, [join(root, 'bin/lic.js'), ...words, '--home', home], {
      encoding: 'utf8',
      stdio: 'pipe',
    })
  if (!existsSync(home)) {
    lic('init', '--name', 'Large', '--no-passphrase')
    lic('product', 'add', 'editor', '--name', 'Editor', '--prefix', 'EDIT')
  }
  return { authority: await opened(home), home, lic }
}

const fileOf = ({ home }: Ledger): string => join(home, 'ledger.db')
const bytesOf = (ledger: Ledger): number => statSync(fileOf(ledger)).size

const opened = (home: string): Promise<Authority> =>
  openAuthority(home, {
    now: () => Math.floor(Date.now() / 1000),
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    actor: 'bench',
    brand: null,
    passphrase: async () => undefined,
  })

const counted = async ({ ledger }: Authority): Promise<number> => {
  const newest = await ledger.db.selectFrom('licenses').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst()
  if (newest === undefined) return 0
  const { n } = await ledger.db
    .selectFrom('licenses')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow()
  return Number(n)
}

/** Customers first, each block of them with its licenses; a block that was interrupted is issued once more and adds nothing. */
const grow = async (ledger: Ledger, to: number): Promise<void> => {
  const { authority } = ledger
  keepFlat()
  const key = await openSigningKey(authority, 'issuing')
  const began = performance.now()
  const start = await counted(authority)
  let told = began
  for (let at = start; at < to; ) {
    const block = Math.floor(at / TRANSACTION)
    const size = Math.min(TRANSACTION, to - at)
    const customers = await write(authority, async (tx) => {
      const ids: string[] = []
      for (let i = 0; i < Math.ceil(size / PER_CUSTOMER); i++) {
        const number = block * TRANSACTION + i
        const name = `${WORDS[number % WORDS.length]} ${WORDS[Math.floor(number / 7) % WORDS.length]} ${number.toString(36)} Ltd`
        ids.push((await addCustomer(tx, authority, { name, email: `it@c${number}.example`, brand: 'large' })).id)
      }
      return ids
    })
    const inputs = Array.from({ length: size }, (_, i) => ({
      customer: customers[Math.floor(i / PER_CUSTOMER)] as string,
      lines: [{ product: 'editor', tier: 'basic' }],
      expires: `${30 + ((at + i) % 700)}d`,
      emergency: false,
    }))
    for (const each of await issueMany(authority, key, inputs)) if (!each.ok) throw each.error
    at += size
    if (performance.now() - told > 10_000 || at >= to) {
      told = performance.now()
      const rate = (at - start) / ((told - began) / 1000)
      console.error(
        `${at} of ${to}, ${rate.toFixed(0)}/s, ${((to - at) / rate / 60).toFixed(0)} min left, ${(bytesOf(ledger) / 2 ** 30).toFixed(2)} GiB, ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB of memory`,
      )
    }
  }
}

const WORDS =
  'Acme Globex Initech Umbrella Hooli Vehement Massive Soylent Wonka Stark Tyrell Cyber Aperture Blue Orion Delta'.split(
    ' ',
  )

type Work = (i: number) => Promise<unknown>

/** What is measured in a ledger: its queries, and whole commands. */
const workIn = async ({ authority, lic }: Ledger): Promise<Readonly<Record<string, Work>>> => {
  const { db } = authority.ledger
  const now = authority.now()
  const total = await counted(authority)
  const ids = Array.from({ length: SAMPLES }, (_, i) => 1 + Math.floor(((i + 0.5) / SAMPLES) * total))
  const keys: string[] = []
  for (const offset of ids) {
    const near = await db
      .selectFrom('licenses')
      .select(['prefix', 'cti', 'customer'])
      .where('id', '>=', offset)
      .orderBy('id')
      .limit(1)
      .executeTakeFirst()
    if (near) keys.push(formatKey(near.prefix, near.cti))
  }
  const key = (i: number): string => keys[i % keys.length] ?? ''
  const { customer } = await theLicense(db, null, key(SAMPLES >> 1))
  const name =
    (await db.selectFrom('customers').select('name').where('id', '=', customer).executeTakeFirstOrThrow()).name ?? ''
  const rare = name.split(' ')[2] ?? ''
  const queries: Readonly<Record<string, Work>> = {
    show: async (i) => showLicense(db, await theLicense(db, null, key(i)), now),
    issue: () =>
      issue(authority, { customer, lines: [{ product: 'editor', tier: 'basic' }], expires: '1y', emergency: false }),
    'list, a page': () => listLicenses(db, { brand: null }, { limit: 50 }, now),
    'list, expiring': () => listLicenses(db, { brand: null, expiringBefore: now + 45 * 86_400 }, { limit: 50 }, now),
    'find, a rare word': () => findByWords(db, null, rare, { limit: 50 }, now),
    'find, two words': () => findByWords(db, null, `${name.split(' ')[0]} ${rare}`, { limit: 50 }, now),
  }
  const words: Readonly<Record<string, (i: number) => readonly string[]>> = {
    'lic show': (i) => ['show', key(i)],
    'lic issue': () => [
      'issue',
      '--customer',
      customer,
      '--product',
      'editor',
      '--tier',
      'basic',
      '--expires',
      '1y',
      '--json',
    ],
    'lic list': () => ['list'],
    'lic list --expiring': () => ['list', '--expiring', '45d'],
    'lic find': () => ['find', rare],
  }
  const commands = Object.entries(words).map(([what, run]): [string, Work] => [what, async (i) => lic(...run(i))])
  return { ...queries, ...Object.fromEntries(commands) }
}

/** Milliseconds in the one and in the other, medians; turn by turn, so that what else the machine does is in both. */
const measured = async (one: Ledger, other: Ledger): Promise<readonly (readonly [string, number, number])[]> => {
  const [ours, others] = [await workIn(one), await workIn(other)]
  const times: (readonly [string, number, number])[] = []
  for (const [what, work] of Object.entries(ours)) {
    const taken: [number[], number[]] = [[], []]
    for (let i = 0; i < (what.startsWith('lic ') ? COMMANDS : SAMPLES); i++) {
      taken[0].push(await timed(() => work(i)))
      taken[1].push(await timed(async () => others[what]?.(i)))
    }
    times.push([what, median(taken[0]), median(taken[1])])
  }
  return times
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now()
  await work()
  return performance.now() - began
}
