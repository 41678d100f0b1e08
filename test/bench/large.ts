/**
 * `node .ci/bench.js large [LICENSES] [DIR]`: a ledger of ten million licenses, made by the code that `lic issue --from` runs, in one
 * process; and what commands take in it against what they took in the same ledger at ten thousand. Stopped, it goes on
 * where it was. Hours, and some 20 GB; so it is no part of `npm run bench`.
 */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Authority, addCustomer, write } from '../../src/authority/index.ts'
import { issue } from '../../src/authority/issue.ts'
import { issueMany } from '../../src/authority/issue-many.ts'
import { openAuthority } from '../../src/authority/open.ts'
import { openSigningKey } from '../../src/authority/sealing.ts'
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
const COMMANDS = 9
const SLOWER = 1.2
const MEMORY = 200 * 1024 * 1024

type Measured = Readonly<Record<string, number>>

export const run = async (root: string, [count = '10000000', given]: readonly string[]): Promise<void> => {
  const licenses = Number(count)
  const dir = given ?? mkdtempSync(join(tmpdir(), 'lic-large-'))
  const home = join(dir, 'home')
  const lic = (...words: readonly string[]): string =>
    execFileSync(process.execPath, [join(root, 'bin/lic.js'), ...words, '--home', home], {
      encoding: 'utf8',
      stdio: 'pipe',
    })
  if (!existsSync(home)) {
    lic('init', '--name', 'Large', '--no-passphrase')
    lic('product', 'add', 'editor', '--name', 'Editor', '--prefix', 'EDIT')
  }
  console.error(`in ${dir}`)
  const authority = await opened(home)
  const grown = async (to: number): Promise<void> => grow(authority, to, join(home, 'ledger.db'))
  await grown(Math.min(SMALL, licenses))
  // Kept: who goes on does not measure it again in a ledger that has grown.
  const kept = join(dir, 'small.json')
  if (!existsSync(kept)) writeFileSync(kept, JSON.stringify(await measured(authority, lic)))
  const small: Measured = JSON.parse(readFileSync(kept, 'utf8'))
  const before = statSync(join(home, 'ledger.db')).size
  const from = await counted(authority)
  await grown(licenses)
  authority.ledger.fold()
  const bytes = (statSync(join(home, 'ledger.db')).size - before) / Math.max(1, (await counted(authority)) - from)
  const big = await measured(authority, lic)
  await authority.ledger.close()
  const rows: Row[] = Object.entries(big).map(([what, time]) => {
    const limit = small[what] ?? Number.NaN
    const said = {
      what,
      measured: `${time.toFixed(2)} ms`,
      limit: `${limit.toFixed(2)} ms at ${SMALL}`,
      ratio: time / limit,
    }
    // What a person waits for is the command; the query alone is shown beside it.
    return what.startsWith('lic ') ? atMost(said, SLOWER) : atMost(said, Number.POSITIVE_INFINITY)
  })
  const { rss } = process.memoryUsage()
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
  console.log(
    `${licenses} licenses, ${bytes.toFixed(0)} bytes of ledger each, with a customer for every ${PER_CUSTOMER}`,
  )
  console.log(table(rows))
}

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
const grow = async (authority: Authority, to: number, file: string): Promise<void> => {
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
        `${at} of ${to}, ${rate.toFixed(0)}/s, ${((to - at) / rate / 60).toFixed(0)} min left, ${(statSync(file).size / 2 ** 30).toFixed(2)} GiB, ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB of memory`,
      )
    }
  }
}

const WORDS =
  'Acme Globex Initech Umbrella Hooli Vehement Massive Soylent Wonka Stark Tyrell Cyber Aperture Blue Orion Delta'.split(
    ' ',
  )

const measured = async (authority: Authority, lic: (...words: readonly string[]) => string): Promise<Measured> => {
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
  const queries: Readonly<Record<string, (i: number) => Promise<unknown>>> = {
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
  const times: Record<string, number> = {}
  for (const [what, run] of Object.entries(queries)) times[what] = await timed(SAMPLES, run)
  for (const [what, run] of Object.entries(words)) times[what] = await timed(COMMANDS, async (i) => lic(...run(i)))
  return times
}

/** Milliseconds, the median. */
const timed = async (samples: number, run: (i: number) => Promise<unknown>): Promise<number> => {
  const times: number[] = []
  for (let i = 0; i < samples; i++) {
    const began = performance.now()
    await run(i)
    times.push(performance.now() - began)
  }
  return median(times)
}
