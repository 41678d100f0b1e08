/**
 * `lic change`: a new revision of the same license with other terms. What only adds leaves the old revision standing; what
 * takes something away revokes it. A new tier brings all of its own terms, but for seats and devices that were sold by
 * number; whatever else is asked lies on top.
 */

import { LicError } from '../core/errors.ts'
import { devicesOf, type License, type Line, seatsOf } from '../core/license.ts'
import { theProduct } from '../ledger/products.ts'
import type { Reader, Tx } from '../ledger/schema.ts'
import { signedObject } from '../ledger/signed-objects.ts'
import { listTiers, type Tier, theTier } from '../ledger/tiers.ts'
import type { Authority } from './authority.ts'
import { type Difference, TRIALS } from './differences.ts'
import { type HandedLicense, handOver } from './hand-over.ts'
import { licenseeOf } from './issue.ts'
import { endOf, withEnds } from './line-ends.ts'
import { type LineChange, type LineInput, lineFrom, lineWith } from './lines.ts'
import { checkRoom } from './places.ts'
import { earlierAnswer, requestOf } from './repeat.ts'
import { changesOf, reviseIn } from './revise.ts'
import { checkNotEnded, lineFor, type Standing, standingFor } from './standing.ts'
import { parseExpiry } from './term.ts'
import { writeSigned } from './write-signed.ts'

export interface ChangeInput extends LineChange {
  readonly key: string
  /** Which line the terms of a line are for; may be absent when there is one. */
  readonly product?: string | undefined
  readonly tier?: string | undefined
  /** Products that the license is to open as well. */
  readonly add?: readonly LineInput[] | undefined
  /** Products that it is not to open any more. */
  readonly remove?: readonly string[] | undefined
  readonly licensee?: string | undefined
  /** Hours. */
  readonly grace?: number | undefined
  /** Days. */
  readonly fresh?: number | undefined
  /** Another end, an earlier one too: a term from now, a date, or `never`. */
  readonly expires?: string | undefined
  /** Fewer devices than hold a place now: those that are there stay. */
  readonly allowOver?: boolean | undefined
  /** Let emergency codes be given. */
  readonly emergency?: boolean | undefined
  readonly reason?: string | undefined
  readonly idempotencyKey?: string | undefined
}

export interface Changed {
  readonly handed: HandedLicense
  /** Empty when an earlier answer was given again. */
  readonly changes: readonly Difference[]
}

/** @throws LicError NOT_FOUND, ILLEGAL_MOVE, INVALID_INPUT, USAGE, RIGHTS_EXCEEDED, CONFLICT, CLOCK_SUSPECT, and as keys do */
export const change = async (authority: Authority, input: ChangeInput): Promise<Changed> => {
  const { idempotencyKey, ...asked } = input
  const request = requestOf('change', idempotencyKey, asked)
  const { db } = authority.ledger
  const answered = await earlierAnswer(db, request, authority.brand)
  if (answered !== null) return { handed: handOver((await signedObject(db, answered)).bytes), changes: [] }
  await revisedFor(db, authority, input)
  return writeSigned(authority, 'issuing', async (tx: Tx, key) => {
    const again = await earlierAnswer(tx, request, authority.brand)
    if (again !== null) return { handed: handOver((await signedObject(tx, again)).bytes), changes: [] }
    const { standing, revised, emergency } = await revisedFor(tx, authority, input)
    return reviseIn(tx, authority, key, standing, {
      type: 'license.changed',
      revised,
      emergency,
      reason: input.reason,
      request,
    })
  })
}

/** What would change, for a question before it does. @throws LicError as `change` */
export const foreseeChange = async (authority: Authority, input: ChangeInput): Promise<readonly Difference[]> => {
  const { standing, revised, emergency } = await revisedFor(authority.ledger.db, authority, input)
  return changesOf(standing.license, revised, emergency)
}

const revisedFor = async (
  db: Reader,
  authority: Authority,
  input: ChangeInput,
): Promise<{ readonly standing: Standing; readonly revised: License; readonly emergency: boolean }> => {
  const touched = [...(input.product === undefined ? [] : [input.product]), ...(input.remove ?? [])]
  const standing = await standingFor(db, authority, 'change', input.key, touched)
  const revised = await changed(db, authority, standing, input)
  if (input.allowOver !== true) await checkRoom(db, standing.row, standing.license, revised, authority.now())
  const emergency = input.emergency === true || (await hasEmergency(db, standing, revised, input))
  if (changesOf(standing.license, revised, emergency).length === 0) {
    throw new LicError('USAGE', 'nothing would change', {
      hint: 'say what is to: --tier, --seats, --feature ...; see lic help change',
    })
  }
  return { standing, revised, emergency }
}

/** Codes go with the tiers: another tier brings them, or takes them away. */
const hasEmergency = async (
  db: Reader,
  { row, license }: Standing,
  revised: License,
  { tier }: ChangeInput,
): Promise<boolean> => {
  if (tier === undefined) return license.anchor !== undefined
  const tiers = await listTiers(db, row.brand)
  return [...revised.lines.values()].some((line) => tiers.find(({ code }) => code === line.tier)?.emergency === true)
}

const changed = async (db: Reader, authority: Authority, standing: Standing, input: ChangeInput): Promise<License> => {
  const { row, license: old } = standing
  const now = authority.now()
  const bought = await boughtFrom(db, row.brand, standing, input)
  const expires = input.expires ?? bought?.term ?? undefined
  const asked = expires === undefined ? undefined : { end: parseExpiry(expires, now) }
  const lines = new Map<number, Line>()
  const ends = new Map<number, number | undefined>()
  for (const [number, line] of old.lines) {
    if (input.remove?.includes(line.product ?? '')) continue
    const meant = isMeant(standing, line, input)
    const before = endOf(old, line)
    const end = asked === undefined || !isEnded(line, input) ? before : asked.end
    const termed = meant ? await retermed(db, row.brand, line, input, { now, forever: end === undefined }) : line
    const kept = before === end || (meant && input.kind !== undefined)
    lines.set(number, kept ? termed : underEnd(termed, end))
    ends.set(number, end)
  }
  for (const wanted of input.add ?? []) {
    const product = await theProduct(db, row.brand, wanted.product)
    if ([...lines.values()].some((line) => line.product === product.slug)) {
      throw new LicError('CONFLICT', `the license has a line for ${product.slug} already`, {
        hint: `change that line: --product ${product.slug}`,
      })
    }
    const number = await nextNumber(db, row.id, lines)
    const end = asked === undefined ? old.expires : asked.end
    lines.set(number, await newLine(db, row.brand, wanted, { now, forever: end === undefined }))
    ends.set(number, end)
  }
  if (lines.size === 0) {
    throw new LicError('INVALID_INPUT', 'a license has at least one product', {
      hint: 'end it as a whole: lic cancel KEY',
    })
  }
  const ended = withEnds({ ...old, lines }, ends)
  checkNotEnded(row, 'change', ended.expires, now)
  return {
    ...ended,
    licensee:
      input.licensee === undefined ? old.licensee : { ...old.licensee, name: licenseeOf(input.licensee)?.name ?? '' },
    grace: input.grace ?? bought?.graceHours ?? old.grace,
    fresh: input.fresh ?? old.fresh,
  }
}

/**
 * The tier whose term and grace a license gets that was a trial as a whole and is one no more: nobody buys what is left of
 * fourteen days. Said otherwise, what is said goes before.
 */
const boughtFrom = async (
  db: Reader,
  brand: string,
  { license }: Standing,
  { tier, kind, product }: ChangeInput,
): Promise<Tier | undefined> => {
  const lines = [...license.lines.values()]
  if (tier === undefined || product !== undefined || !lines.every((line) => TRIALS.includes(line.kind)))
    return undefined
  const to = await theTier(db, brand, tier)
  return TRIALS.includes(kind ?? to.kind) ? undefined : to
}

/** Whether the line gets the end that is asked for: the one that is named, else every one without an end of its own. */
const isEnded = (line: Line, { product }: ChangeInput): boolean =>
  product === undefined ? line.expires === undefined : line.product === product

/** The terms that are one line's. */
const TERMS = [
  'tier',
  'kind',
  'metric',
  'seats',
  'devices',
  'activation',
  'features',
  'limits',
  'maintenance',
  'versions',
  'restrict',
  'without',
] as const

/** Whether the line is the one that the terms are for. @throws LicError USAGE when it is not said which of several */
const isMeant = ({ license }: Standing, line: Line, input: ChangeInput): boolean => {
  if (TERMS.every((term) => input[term] === undefined)) return false
  if (input.product !== undefined) return line === lineFor([...license.lines.values()], input.product)
  if (license.lines.size === 1) return true
  const products = [...license.lines.values()].map(({ product }) => product)
  throw new LicError('USAGE', 'the license has several lines', {
    hint: `say which: ${products.map((each) => `--product ${each}`).join(' or ')}`,
  })
}

const retermed = async (
  db: Reader,
  brand: string,
  old: Line,
  input: ChangeInput,
  when: { readonly now: number; readonly forever: boolean },
): Promise<Line> => {
  const { tier } = input
  if (tier === undefined) return lineWith(old, input, when.now)
  const definition = await theTier(db, brand, tier)
  const tiers = await listTiers(db, brand)
  const { without, ...terms } = input
  const numbers = {
    ...soldByNumber(
      old,
      tiers.find(({ code }) => code === old.tier),
    ),
    ...given(terms),
  }
  const fresh = lineFrom({ ...terms, ...numbers, product: old.product ?? '', tier }, definition, tiers, when)
  const { statusIndex, expires, deviceRule, versions, restrictions, maintenanceUntil } = old
  return lineWith(
    {
      ...fresh,
      statusIndex,
      expires,
      deviceRule,
      versions: input.versions === undefined ? versions : fresh.versions,
      restrictions: input.restrict === undefined ? restrictions : fresh.restrictions,
      maintenanceUntil: fresh.maintenanceUntil ?? maintenanceUntil,
    },
    { without },
    when.now,
  )
}

const given = ({ seats, devices }: Pick<ChangeInput, 'seats' | 'devices'>) => ({
  ...(seats !== undefined && { seats }),
  ...(devices !== undefined && { devices }),
})

/** Seats and devices that somebody asked for, and not the tier: they were sold by number, and stay with another tier. */
const soldByNumber = (old: Line, tier: Tier | undefined): Pick<ChangeInput, 'seats' | 'devices'> => {
  const byTier = { metric: old.metric, seats: tier?.seats ?? 1, devices: tier?.devices ?? undefined }
  const seats = seatsOf(old) === byTier.seats ? undefined : seatsOf(old)
  const byRule = devicesOf(seats === undefined ? byTier : { ...old, devices: undefined })
  return given({ seats, devices: devicesOf(old) === byRule ? undefined : devicesOf(old) })
}

const newLine = async (
  db: Reader,
  brand: string,
  asked: LineInput,
  when: { readonly now: number; readonly forever: boolean },
): Promise<Line> => {
  if (asked.tier === undefined) {
    throw new LicError('USAGE', `no tier is given for ${asked.product}`, {
      hint: `write --add ${asked.product}:tier=T`,
    })
  }
  return lineFrom(asked, await theTier(db, brand, asked.tier), await listTiers(db, brand), when)
}

/** A line's number is dealt once: after the highest that the license ever had. @throws LicError INVALID_INPUT after 16 */
const nextNumber = async (db: Reader, license: number, lines: ReadonlyMap<number, Line>): Promise<number> => {
  const last = await db
    .selectFrom('lines')
    .select('number')
    .where('license', '=', license)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  const next = Math.max(last?.number ?? -1, ...lines.keys()) + 1
  if (next <= 15) return next
  throw new LicError('INVALID_INPUT', 'a license has at most 16 lines in its life', {
    hint: 'issue another license for it',
  })
}

/** A line with another end: what ended with a term and now never ends is owned. @throws LicError INVALID_INPUT for a trial without end */
const underEnd = (line: Line, end: number | undefined): Line => {
  if (end !== undefined) return line
  if (line.kind === 'trial' || line.kind === 'evaluation') {
    throw new LicError('INVALID_INPUT', `a license of the kind ${line.kind} must have an end`, {
      hint: 'add --kind perpetual',
    })
  }
  return line.kind === 'subscription' ? { ...line, kind: 'perpetual' } : line
}
