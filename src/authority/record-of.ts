/** What the own ledger knows of a genuine license: the vendor is told at once what devices learn from the next list. */

import { equal } from '../core/bytes.ts'
import { objectHash, type Signed } from '../core/cose.ts'
import type { ErrorCode } from '../core/errors.ts'
import type { GrantedLicense } from '../core/rights.ts'
import { type Key, listKeys } from '../ledger/keys.ts'
import { ctiPrefix, licenseByCti } from '../ledger/licenses.ts'
import { findRevision } from '../ledger/revisions.ts'
import type { LicenseState, Reader } from '../ledger/schema.ts'
import type { Authority } from './authority.ts'
import { formatTime } from './term.ts'

export interface RecordOf {
  /** `unknown` when the ledger has no such license. */
  readonly state: LicenseState | 'unknown'
  /** The newest revision that the ledger knows. */
  readonly revision: number
  readonly refusal?: { readonly code: ErrorCode; readonly reason: string; readonly hint?: string }
}

const REFUSALS: Partial<Record<LicenseState, { code: ErrorCode; reason: string }>> = {
  suspended: { code: 'LICENSE_SUSPENDED', reason: 'it is suspended in this ledger' },
  revoked: { code: 'LICENSE_REVOKED', reason: 'it is revoked in this ledger' },
  cancelled: { code: 'LICENSE_CANCELLED', reason: 'it is cancelled in this ledger' },
  superseded: { code: 'LICENSE_SUPERSEDED', reason: 'it was transferred, and another license took its place' },
}

/** A genuine license that the book does not know was signed by someone else with the key: that is an alarm. */
const UNKNOWN: RecordOf = {
  state: 'unknown',
  revision: 0,
  refusal: { code: 'NOT_IN_LEDGER', reason: 'this ledger does not know it, although its key signed it' },
}

/** What a delegated key makes is known once it was taken in. */
const NOT_TAKEN_IN: RecordOf = {
  ...UNKNOWN,
  refusal: {
    code: 'NOT_IN_LEDGER',
    reason: 'a delegated key made it, and it was not taken in',
    hint: 'lic ledger import FILE',
  },
}

/**
 * @param signed the license taken apart: the book knows each revision by the hash of what was signed, so another object
 * with the same key and number is as unknown as one with another key
 */
export const recordOf = async (
  { ledger }: Authority,
  { cti, revision, lines }: GrantedLicense,
  signed: Signed,
): Promise<RecordOf> => {
  const known = await ledger.db
    .selectFrom('licenses')
    .select('id')
    .where('cti_prefix', '=', ctiPrefix(cti))
    .where('cti', '=', cti)
    .executeTakeFirst()
  if (known === undefined) return [...lines.values()].some(({ grant }) => grant !== undefined) ? NOT_TAKEN_IN : UNKNOWN
  const row = await licenseByCti(ledger.db, cti)
  const recorded = await findRevision(ledger.db, row.id, revision)
  if (!recorded?.hash || !equal(recorded.hash, objectHash(signed))) {
    return { ...UNKNOWN, state: row.state, revision: row.revision }
  }
  const refusal = REFUSALS[row.state] ?? (await compromiseOf(ledger.db, signed, recorded.event))
  return { state: row.state, revision: row.revision, ...(refusal && { refusal }) }
}

/** The own log is the proof: what it held before the cut-off stands (FORMAT 11.4). */
const compromiseOf = async (db: Reader, { kid }: Signed, event: number): Promise<RecordOf['refusal']> => {
  const keys = await listKeys(db)
  const chain: Key[] = []
  for (let next: Uint8Array | null = kid; next !== null && chain.length < keys.length; ) {
    const wanted: Uint8Array = next
    const key = keys.find((each) => equal(each.kid, wanted))
    if (key) chain.push(key)
    next = key?.signer ?? null
  }
  const stolen = chain.filter(({ state }) => state === 'compromised')
  if (stolen.length === 0) return undefined
  const row = await db.selectFrom('events').select('place').where('id', '=', event).executeTakeFirst()
  const late = stolen.find(({ tree }) => row?.place == null || row.place >= (tree?.size ?? 0))
  if (!late) return undefined
  return {
    code: 'KEY_COMPROMISED',
    reason: `the key ${late.name ?? late.role} that it hangs on is compromised since ${formatTime(late.compromisedAt ?? 0)}, and it was not in the log before`,
  }
}
