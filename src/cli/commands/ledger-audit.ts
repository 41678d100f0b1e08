/** `lic ledger audit`: whether everything that these files hold was signed by the ledger's own hand. */

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Audited, auditCheckpoint, auditObject } from '../../authority/audit-objects.ts'
import { ownTrust } from '../../authority/sealing.ts'
import { LIST_LIMITS } from '../../core/cbor.ts'
import type { Trust } from '../../core/chain.ts'
import { maskKey, parseKey } from '../../core/codes/license-key.ts'
import { open, splitSequence } from '../../core/cose.ts'
import { LicError } from '../../core/errors.ts'
import type { Reader } from '../../ledger/schema.ts'
import { openedAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { objectIn, readGiven } from '../input.ts'
import { isoTime } from '../moment.ts'
import { readNote } from '../note-input.ts'
import type { Finding, Stream } from '../outcome.ts'
import type { Show } from '../show.ts'

interface AuditOptions {
  readonly file: readonly string[]
}

/** One object of one file. */
interface Row extends Omit<Audited, 'status'> {
  readonly file: string
  /** `other`: found in a directory, and nothing of lic. */
  readonly status: Audited['status'] | 'other'
}

export const ledgerAudit = async (context: Context, { file: given }: AuditOptions): Promise<Stream> => {
  const files = given.flatMap((each) => filesIn(context, each))
  const { ledger } = await openedAuthority(context, { brand: null })
  const counts = { known: 0, unknown: 0, forged: 0, other: 0 }
  let first: Row | undefined
  const rows = async function* () {
    try {
      const trust = await ownTrust(ledger.db)
      for (const each of files) {
        for (const row of await audited(context, ledger.db, trust, each)) {
          counts[row.status]++
          if (row.code !== null && (first === undefined || (first.status === 'forged' && row.status === 'unknown'))) {
            first = row
          }
          yield { data: dataOf(row), show: showOf(row, context.io.stdout.isTTY) }
        }
      }
    } finally {
      await ledger.close()
    }
  }
  return {
    schema: 'audited',
    rows: rows(),
    finding: () => findingOf(first),
    notes: () => [
      `${counts.known} in the ledger, ${counts.unknown} not, ${counts.forged} forged or not readable${counts.other > 0 ? `, ${counts.other} files of another kind` : ''}`,
    ],
  }
}

const findingOf = (row: Row | undefined): Finding | undefined => {
  if (row === undefined || row.code === null) return undefined
  const what = row.type === null ? 'the file' : `the ${row.type}`
  return { code: row.code, message: `${row.file}: ${what}: ${row.reason}` }
}

interface Given {
  readonly path: string
  /** It was named itself, so it is meant to be something of lic. */
  readonly named: boolean
}

/** Everything below a directory, in the order of names; links are not followed. */
const filesIn = (context: Context, given: string): readonly Given[] => {
  const path = context.path(given)
  if (given === '-' || statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    return [{ path: given, named: true }]
  }
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => ({ path: join(entry.parentPath, entry.name), named: false }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

const audited = async (context: Context, db: Reader, trust: Trust, { path, named }: Given): Promise<readonly Row[]> => {
  const row = (found: Omit<Row, 'file'>): Row => ({ file: path, ...found })
  try {
    const read = await readGiven(context, path)
    if ('text' in read.content && /^\s*lic\/[0-9a-f]{16}\s/.test(read.content.text)) {
      return [row(await auditCheckpoint(db, await readNote(context, path), trust))]
    }
    const items = splitSequence(await objectIn(read))
    const along = items.filter((item) => isCertificate(item))
    const certificates = [...(trust.certificates ?? []), ...along]
    const rows: Row[] = []
    for (const item of items) rows.push(row(await auditObject(db, item, { ...trust, certificates })))
    return rows
  } catch (error) {
    if (!(error instanceof LicError) || error.code === 'LEDGER_DAMAGED') throw error
    if (named && ['UNREADABLE', 'USAGE'].includes(error.code)) throw error
    const nothing = { type: null, key: null, event: null }
    return [
      row(
        named
          ? { ...nothing, status: 'forged', code: 'LICENSE_INVALID', reason: error.message }
          : { ...nothing, status: 'other', code: null, reason: null },
      ),
    ]
  }
}

const isCertificate = (item: Uint8Array): boolean => {
  try {
    return open(item, LIST_LIMITS).type === 'certificate'
  } catch {
    return false
  }
}

const dataOf = ({ file, type, status, code, reason, key, event }: Row) => ({
  file,
  type,
  status,
  code,
  reason,
  key,
  event: event && { place: event.place, at: isoTime(event.at), type: event.type, actor: event.actor },
})

const COLUMNS = ['status', 'type', 'key', 'file', 'what'].map((title) => ({ title }))

const masked = (key: string): string => {
  const { prefix, cti } = parseKey(key)
  return maskKey(prefix, cti)
}

/** Rows come one by one: a terminal gets a line, a pipe what can be cut at its tabs. */
const showOf = ({ file, type, status, reason, key, event }: Row, onTerminal: boolean): Show => {
  const what = event === null ? (reason ?? '') : `event ${event.place}, ${isoTime(event.at)}, ${event.actor}`
  const cells = [status, type ?? '-', key === null ? '-' : masked(key), file, what]
  if (!onTerminal) return { table: { columns: COLUMNS, rows: [cells] } }
  const tone = status === 'known' ? 'good' : status === 'other' ? 'dim' : 'bad'
  return { text: [status.padEnd(7), ...cells.slice(1)].join('  '), tone }
}
