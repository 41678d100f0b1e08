/** The ledger: version, wholeness, how it is written, its newest entry against the clock, and what is published of it. */

import { equal, toHex } from '../../core/bytes.ts'
import { LicError } from '../../core/errors.ts'
import { type RevocationList, readRevocationList } from '../../core/revocation.ts'
import { logHead, newestCheckpoint } from '../../ledger/checkpoints.ts'
import { newestEventTime } from '../../ledger/events.ts'
import {
  brokenReferences,
  type Examined,
  integrityProblems,
  logsAhead,
  synchronous,
  unplacedEvents,
} from '../../ledger/health.ts'
import { shown } from '../../ledger/place.ts'
import { newestList } from '../../ledger/revocation-lists.ts'
import { logSize } from '../../ledger/sequence.ts'
import { signedObject } from '../../ledger/signed-objects.ts'
import { listNumbers, notValidByPrefix, notValidIn } from '../../ledger/status-indexes.ts'
import { AHEAD, BEHIND } from '../authority.ts'
import { NAMED_AFTER_END, subjectOf } from '../publish-revocations.ts'
import { ownTrust } from '../sealing.ts'
import { formatTime, spanText } from '../term.ts'
import { shellWord } from '../vault.ts'
import { type Check, counted, damaged, fail, type Machine, ok, warn } from './check.ts'

/** The copies that there are, newest first: whoever puts one back looks at them before. */
export const restoreFrom = (home: string): string =>
  `stop issuing, and restore the newest good copy: lic ledger restore FILE --replace; what copies there are: ls -lt ${shellWord(`${home}/backups`)}`

export const ledgerVersion = ({ version, known }: Examined, { home, ledger }: Machine): Check => {
  if (version === 0) return damaged('ledger', `${shown(ledger)} is no ledger`, restoreFrom(home))
  if (version > known) {
    return fail('ledger', `version ${version}, written by a newer lic; this one knows ${known}`, 'upgrade lic')
  }
  // Every command but this one brings it up, and copies it into backups/ before.
  if (version < known) return warn('ledger', `version ${version}, to be brought to ${known}`, 'lic brand list')
  return ok('ledger', `${shown(ledger)}, version ${version}`)
}

/** Above this size the indexes are not compared with their tables, which takes as long again as all the rest. */
const THOROUGH = 256 * 2 ** 20

export const integrity = async ({ db }: Examined, machine: Machine, size: number): Promise<Check> => {
  const { home, quick, onTable = async () => {} } = machine
  if (quick) return ok('integrity', 'not read, as --quick asks')
  const thorough = size <= THOROUGH
  const problems = await integrityProblems(db, { thorough, onTable })
  if (problems.length > 0) return damaged('integrity', problems.join('; '), restoreFrom(home))
  return ok(
    'integrity',
    `${thorough ? 'every page and every index is whole' : 'every page is whole; indexes were not read'}; tables are not compared with the log`,
  )
}

export const references = async ({ db }: Examined, { quick }: Machine): Promise<Check> => {
  if (quick) return ok('references', 'not read, as --quick asks')
  const broken = await brokenReferences(db)
  return broken.length > 0
    ? damaged(
        'references',
        broken.map(({ table, row, parent }) => `${table} ${row} names no row of ${parent}`).join('; '),
        'lic ledger verify --all',
      )
    : ok('references', 'every row finds the rows that it names')
}

export const journal = async (_: Examined, { ledger }: Machine): Promise<Check> =>
  logsAhead(ledger)
    ? ok('journal', 'write-ahead log')
    : warn('journal', 'no write-ahead log: readers and writers wait for each other', 'lic brand list')

/** SQLite's words for the pragma; FULL is what keeps an acknowledged license through a power cut. */
const SYNCHRONOUS = ['off', 'normal', 'full', 'extra'] as const
const FULL = 2

export const waiting = async ({ db }: Examined): Promise<Check> => {
  const level = await synchronous(db)
  const found = `every commit waits for the disk (synchronous = ${SYNCHRONOUS[level] ?? level})`
  if (level >= FULL) return ok('synchronous', found)
  return fail(
    'synchronous',
    `commits do not wait for the disk (synchronous = ${SYNCHRONOUS[level] ?? level})`,
    'npm rebuild better-sqlite3',
  )
}

export const placed = async ({ db }: Examined): Promise<Check> => {
  const count = await unplacedEvents(db)
  return count === 0
    ? ok('log', 'every event has its place')
    : warn(
        'log',
        `${counted(count, 'event')} without a place; the next entry gives them one`,
        'lic revocations publish --out revoked.lrl',
      )
}

export const clockAgainstEvents = async ({ db }: Examined, { now }: Machine): Promise<Check> => {
  const newest = await newestEventTime(db)
  const name = 'clock and ledger'
  if (newest === null) return ok(name, 'nothing is recorded yet')
  const found = `the clock says ${formatTime(now)}, the newest entry is of ${formatTime(newest)}`
  const set = 'sudo date -u -s "YYYY-MM-DD hh:mm"'
  if (now < newest - BEHIND) return fail(name, `${found}: nothing is signed by this clock`, set)
  return now > newest + AHEAD ? warn(name, `${found}: long ago, or the clock is wrong`, 'date -u') : ok(name, found)
}

const PUBLISH = 'lic revocations publish --out revoked.lrl --force'

/** Whether the newest published lists say what the ledger says now. */
export const published = async ({ db }: Examined, { now }: Machine): Promise<Check> => {
  const name = 'revocations'
  const trust = await ownTrust(db)
  let newest: number | undefined
  const named = await notValidByPrefix(db, now - NAMED_AFTER_END)
  let missing = 0
  let said: RevocationList | undefined
  const numbers = await listNumbers(db)
  for (const number of numbers.length > 0 ? numbers : [0]) {
    const due = await notValidIn(db, number)
    const list = await newestList(db, subjectOf(number))
    if (list === null) {
      missing += due.length
      continue
    }
    newest = Math.max(newest ?? 0, list.publishedAt)
    const { bytes } = await signedObject(db, list.event)
    // A list of the future is the clock's fault, which has a finding of its own.
    said = readRevocationList(bytes, { ...trust, now: Math.max(now, list.number) })
    const { statusAt } = said
    const new_ = due.filter(({ place, status }) => STATUS_NUMBERS[statusAt(place)] !== status).length
    // What is in the list and not due any more: it holds `count` in all, of which these are still due.
    const gone = list.count - due.filter(({ place }) => statusAt(place) !== 'valid').length
    missing += new_ + gone
  }
  // Every list of a publishing names the same.
  missing += differing(named.revoked, said?.revoked) + differing(named.suspended, said?.suspended)
  const age =
    newest === undefined
      ? 'no list is published yet'
      : `the newest list is ${newest >= now ? 'new' : `${spanText(newest, now)} old`}`
  if (missing === 0)
    return ok(
      name,
      `${age}; it says what the ledger says`.replace(
        'yet; it says what the ledger says',
        'yet, and nothing is revoked',
      ),
    )
  return warn(name, `${age}; ${counted(missing, 'change')} since then: products do not know`, PUBLISH)
}

/** How many of the two do not stand in both. */
const differing = (due: readonly Uint8Array[], said: readonly Uint8Array[] = []): number => {
  const [one, other] = [due, said].map((all) => new Set(all.map(toHex))) as [Set<string>, Set<string>]
  return [...one].filter((each) => !other.has(each)).length + [...other].filter((each) => !one.has(each)).length
}

const STATUS_NUMBERS = { valid: 0, revoked: 1, suspended: 2 } as const

/** Signed heads that are older say nothing of what came after. */
const UNSIGNED = 30 * 86_400

/** Whether the log still begins with what was signed last, and how long ago that was. */
export const signedHead = async ({ db }: Examined, { now, home }: Machine): Promise<Check> => {
  const name = 'checkpoint'
  const sign = 'lic ledger checkpoint --out /path/elsewhere/head.txt'
  const newest = await newestCheckpoint(db)
  if (newest === null) return warn(name, 'no head of the log was signed yet: who rewrites all of it is not found', sign)
  const { root } = await logHead(db, newest.size)
  if (!equal(root, newest.root)) {
    return damaged(name, `the log does not begin with the ${newest.size} events that were signed`, restoreFrom(home))
  }
  const found = `the log begins with the ${newest.size} events that were signed ${newest.at >= now ? 'just now' : `${spanText(newest.at, now)} ago`}`
  const since = (await logSize(db)) - newest.size - 1
  return now - newest.at <= UNSIGNED || since <= 0
    ? ok(name, found)
    : warn(name, `${found}; ${counted(since, 'event')} since`, sign)
}

/** A question that the ledger could not answer is a finding of its own. */
export const asked = async (name: string, home: string, work: () => Promise<Check>): Promise<Check> => {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof LicError)) throw error
    if (error.code === 'LEDGER_BUSY') return warn(name, error.message, 'lic doctor')
    const { detail } = error.data ?? {}
    return damaged(name, `${error.message}${detail === undefined ? '' : ` (${detail})`}`, restoreFrom(home))
  }
}
