/** The policy stage (FORMAT 18.2-18.4): a genuine license and the facts of the moment give a verdict. Pure rules, no bytes. */

import type { Issuer } from './chain.ts'
import { stands } from './compromise.ts'
import type { ErrorCode } from './errors.ts'
import { compareVersions, versionParts } from './license.ts'
import type { TreeHead } from './merkle.ts'
import { checkMoment } from './moment.ts'
import type { RevocationList } from './revocation.ts'
import type { GrantedLicense, GrantedLine } from './rights.ts'
import { PLACES, type Status, statusOfCti } from './status.ts'

export interface Facts {
  /** The product that asks; it sees its own line only. */
  readonly product: string
  /** The clock, unix seconds. */
  readonly now: number
  /** The latest time that this device knows to have passed, unix seconds. */
  readonly floor?: number | undefined
  /** The newest verified list of each number that is at hand. */
  readonly revocations?: readonly RevocationList[] | undefined
  /** Whether this build takes test licenses. Absent = no. */
  readonly allowTest?: boolean | undefined
  /** When this device recorded the installation of this license, unix seconds. */
  readonly installedAt?: number | undefined
  readonly firstActivatedAt?: number | undefined
  /** Heads of the vendor's log in which this license is proven to stand (FORMAT 17.5; log-proof.ts). */
  readonly provenIn?: readonly TreeHead[] | undefined
  /** The product's version (dotted numbers) and build date (unix seconds). A license that limits them is refused without. */
  readonly version?: string | 'unchecked' | undefined
  readonly buildDate?: number | 'unchecked' | undefined
  /** Say 'unchecked' to judge a license that must be activated without asking for its activation. */
  readonly activation?: 'unchecked' | undefined
}

/** How a license stands that is accepted. Times are unix seconds; `ends` undefined = never. */
export interface Standing {
  readonly line: GrantedLine
  readonly state: 'active' | 'grace'
  readonly ends: number | undefined
  /** When grace ends; undefined with `ends`. */
  readonly graceEnds: number | undefined
}

interface Refusal {
  readonly ok: false
  readonly code: ErrorCode
  readonly reason: string
  /** The time that the refusal turns on: expiry, start, or when word was due. */
  readonly at?: number | undefined
}

const HOUR = 3600
const DAY = 86_400
/** How far a clock may run behind what is known to have passed. */
const ROLLBACK_TOLERANCE = HOUR

const refuse = (code: ErrorCode, reason: string, at?: number): Refusal => ({ ok: false, code, reason, at })

/** Judges in the order of FORMAT 18.2; the first refusal is the verdict. */
export const decide = (license: GrantedLicense, issuer: Issuer, facts: Facts): ({ ok: true } & Standing) | Refusal => {
  checkMoments(facts)
  const lists = facts.revocations ?? []
  const compromised = lists.flatMap((list) => list.compromised)
  if (!stands(issuer, compromised, facts.installedAt, facts.provenIn)) {
    return refuse(
      'KEY_COMPROMISED',
      'the key that signed it was compromised, and nothing shows that it was signed before',
    )
  }
  const line = [...license.lines.values()].find((each) => each.product === facts.product)
  if (!line) {
    const products = [...license.lines.values()].map((each) => each.product).join(', ')
    return refuse('WRONG_PRODUCT', `it is for ${products}, not for ${facts.product}`)
  }
  if (license.test && !facts.allowTest) return refuse('TEST_LICENSE', 'it is a test license')
  const status = statusOf(license, line, lists)
  if (status === 'revoked') return refuse('LICENSE_REVOKED', 'the vendor revoked it')
  if (status === 'suspended') return refuse('LICENSE_SUSPENDED', 'the vendor suspended it')
  return judgeTime(license, line, facts) ?? judgeUse(line, facts) ?? { ok: true, ...standing(license, line, facts) }
}

/** A time that is no number would compare as neither early nor late, and pass. @throws LicError INVALID_INPUT */
const checkMoments = (facts: Facts): void => {
  checkMoment('now', facts.now)
  for (const name of ['floor', 'installedAt', 'firstActivatedAt', 'buildDate'] as const) {
    const value = facts[name]
    if (value !== undefined && value !== 'unchecked') checkMoment(name, value)
  }
}

const statusOf = (license: GrantedLicense, { statusIndex }: GrantedLine, lists: readonly RevocationList[]): Status => {
  // A later revision under the same key may have an index, and stands although the one before it is named.
  if (statusIndex === undefined) {
    return lists.map((list) => statusOfCti(list, license.cti)).find((status) => status !== 'valid') ?? 'valid'
  }
  const list = listOf(statusIndex, lists)
  return list ? list.statusAt(statusIndex % PLACES) : 'valid'
}

/** The newest list that a status index stands in. */
const listOf = (statusIndex: number, lists: readonly RevocationList[]): RevocationList | undefined =>
  lists
    .filter(({ list }) => list === Math.floor(statusIndex / PLACES))
    .reduce<RevocationList | undefined>((best, each) => (best && best.number >= each.number ? best : each), undefined)

const judgeTime = (license: GrantedLicense, line: GrantedLine, facts: Facts): Refusal | undefined => {
  const lists = facts.revocations ?? []
  const floor = Math.max(license.issuedAt, facts.floor ?? 0, ...lists.map((list) => list.issuedAt))
  const now = Math.max(facts.now, floor)
  if (facts.now < floor - ROLLBACK_TOLERANCE && dependsOnTime(license, line)) {
    return refuse('CLOCK_ROLLED_BACK', 'the clock is behind a time that is known to have passed', floor)
  }
  if (license.starts !== undefined && now < license.starts) {
    return refuse('LICENSE_NOT_YET_VALID', 'it has not begun', license.starts)
  }
  const { ends, graceEnds } = standing(license, line, facts)
  if (ends !== undefined && graceEnds !== undefined && now >= graceEnds)
    return refuse('LICENSE_EXPIRED', 'it has expired', ends)
  const due = wordDue(license, line, lists)
  if (due !== undefined && now > due)
    return refuse('REVOCATION_CHECK_OVERDUE', 'it asks for a newer revocation list', due)
  return undefined
}

/** Until when the lists at hand are new enough, unix seconds; undefined where the license asks for none. */
export const wordDue = (
  { issuedAt }: GrantedLicense,
  { fresh, statusIndex }: GrantedLine,
  lists: readonly RevocationList[],
): number | undefined => {
  if (fresh === undefined) return undefined
  const list = statusIndex === undefined ? newest(lists) : listOf(statusIndex, lists)
  return Math.max(issuedAt, list?.issuedAt ?? 0) + fresh * DAY
}

const newest = (lists: readonly RevocationList[]): RevocationList | undefined =>
  lists.reduce<RevocationList | undefined>(
    (best, each) => (best && best.number >= each.number ? best : each),
    undefined,
  )

const dependsOnTime = (license: GrantedLicense, line: GrantedLine): boolean =>
  [license.expires, license.starts, license.term, line.fresh, line.expires, line.maintenanceUntil].some(
    (each) => each !== undefined,
  ) || [...line.features.values(), ...(line.limits?.values() ?? [])].some((each) => each.expires !== undefined)

/** FORMAT 18.4. */
const standing = (license: GrantedLicense, line: GrantedLine, facts: Facts): Standing => {
  const started = facts.firstActivatedAt
  const termEnd = license.term !== undefined && started !== undefined ? started + license.term * HOUR : undefined
  const limits = [license.expires, line.expires, termEnd].filter((each) => each !== undefined)
  const ends = limits.length > 0 ? Math.min(...limits) : undefined
  const graceEnds = ends === undefined ? undefined : ends + line.grace * HOUR
  const now = Math.max(
    facts.now,
    license.issuedAt,
    facts.floor ?? 0,
    ...(facts.revocations ?? []).map((list) => list.issuedAt),
  )
  return { line, state: ends !== undefined && now >= ends ? 'grace' : 'active', ends, graceEnds }
}

const judgeUse = (line: GrantedLine, { version, buildDate, activation }: Facts): Refusal | undefined => {
  const { maintenanceUntil, versions } = line
  if (
    maintenanceUntil !== undefined &&
    buildDate !== 'unchecked' &&
    (buildDate ?? Number.POSITIVE_INFINITY) > maintenanceUntil
  ) {
    return refuse(
      'VERSION_NOT_COVERED',
      'this build was made after maintenance ended, or does not say when',
      maintenanceUntil,
    )
  }
  if (versions && version !== 'unchecked' && !(version !== undefined && covers(versions, version))) {
    return refuse('VERSION_NOT_COVERED', `version ${version ?? 'unknown'} is not among the licensed ones`)
  }
  if (line.activation === 'required' && activation !== 'unchecked') {
    return refuse('ACTIVATION_REQUIRED', 'it must be activated on this device')
  }
  return undefined
}

/** FORMAT 8.7. A version that does not begin with numbers and dots is covered by nothing. */
const covers = ({ from, below }: NonNullable<GrantedLine['versions']>, version: string): boolean =>
  versionParts(version) !== undefined &&
  (from === undefined || compareVersions(version, from) >= 0) &&
  (below === undefined || compareVersions(version, below) < 0)
