/**
 * Places: how many devices a line of a license may be activated on, who holds them, and which one a request gets. A request
 * is matched against the first activation of a place, never against the last, so that a place cannot drift from machine to
 * machine. Invariant: what `placeFor` grants, inside the transaction that records it, is never one more than there are.
 */

import { equal } from '../core/bytes.ts'
import { deviceMatches, EXACT, isWeak } from '../core/device.ts'
import { LicError } from '../core/errors.ts'
import type { License as Signed } from '../core/license.ts'
import { devicesOf } from '../core/license.ts'
import { activationId } from '../core/release.ts'
import type { Request } from '../core/request.ts'
import type { GrantedLine } from '../core/rights.ts'
import { type Activation, activationBy, activationsOf, standingActivations } from '../ledger/activations.ts'
import type { License } from '../ledger/licenses.ts'
import { type Line, linesOf } from '../ledger/lines.ts'
import type { Reader } from '../ledger/schema.ts'
import { formatDay } from './term.ts'

const YEAR = 365 * 86_400
/** Places of one license that may change hands in a year without the code of the device: so many, or half of the devices. */
const UNPROVED_A_YEAR = 3

const unprovedAllowed = (devices: number): number =>
  devices === 0 ? Number.POSITIVE_INFINITY : Math.max(UNPROVED_A_YEAR, Math.ceil(devices / 2))

/** Whether it takes one of the places: neither given up nor past its lease. */
export const isCounted = ({ place, ended, lease }: Activation, now: number): boolean =>
  place !== null && ended === null && (lease === null || lease > now)

export interface Place {
  /** Anchor of the first activation of the place; null: a place of its own. */
  readonly place: Uint8Array | null
  /** The activation that it takes the place from. */
  readonly replaces: Activation | null
  /** That one is another device, or the same with other parts: lists name it. */
  readonly other: boolean
  /** Places taken, this one included; 0 of them = unlimited. */
  readonly used: number
  readonly of: number
  /** Which of them it is, from 1: the lowest that is free. Who keeps a place keeps its number where nobody has it now. */
  readonly number: number
}

export interface PlaceWanted {
  readonly row: License
  readonly line: GrantedLine
  readonly request: Request
  readonly now: number
  /** For one of several devices that look the same. */
  readonly newPlace: boolean
  /** The activation whose place is to be taken. */
  readonly replaces: Activation | undefined
}

/** @throws LicError SEATS_EXHAUSTED naming who holds the places, AMBIGUOUS, CONFLICT, ILLEGAL_MOVE above the yearly limit */
export const placeFor = async (db: Reader, wanted: PlaceWanted): Promise<Place> => {
  const { row, line, request, now } = wanted
  const standing = await standingActivations(db, row.id, line.number)
  const same: Activation[] = []
  for (const each of standing) {
    const first = await activationBy(db, each.place ?? each.anchor)
    if (looksLike(first, request.device, line)) same.push(each)
  }
  const target = targetOf(wanted, standing, same)
  const continues = target !== undefined && same.includes(target)
  const other = target !== undefined && !(continues && equal(target.device, request.device))
  const counted = standing.filter((each) => isCounted(each, now))
  const others = counted.filter((each) => each !== target)
  const used = others.length + 1
  const { devices } = line
  // Above the limit by a change that allowed it: who holds a place keeps it.
  if (devices > 0 && used > Math.max(devices, target && isCounted(target, now) ? counted.length : 0)) {
    throw exhausted(line, counted)
  }
  if (other) await checkUnproved(db, row, devices, now)
  const number = numberAmong(others, target)
  return { place: continues ? target.place : null, replaces: target ?? null, other, used, of: devices, number }
}

/** Who has a place although it shows little is not taken for a device that shows more. */
const looksLike = ({ device, lease }: Activation, asks: Uint8Array, { deviceRule }: GrantedLine): boolean =>
  deviceMatches(device, asks, { exact: (deviceRule & EXACT) !== 0, leased: lease !== null }) &&
  isWeak(device) === isWeak(asks)

const numberAmong = (others: readonly Activation[], target: Activation | undefined): number => {
  const taken = new Set(others.map(({ number }) => number))
  if (target && target.number !== null && !taken.has(target.number)) return target.number
  let lowest = 1
  while (taken.has(lowest)) lowest++
  return lowest
}

const targetOf = (
  { row, line, request, newPlace, replaces }: PlaceWanted,
  standing: readonly Activation[],
  same: readonly Activation[],
): Activation | undefined => {
  if (replaces !== undefined) {
    const target = standing.find(({ anchor }) => equal(anchor, replaces.anchor))
    if (target) return target
    const id = activationId(replaces.anchor)
    throw new LicError('CONFLICT', `the activation ${id} holds no place of this line`, {
      hint:
        replaces.license === row.id && replaces.line === line.number
          ? `see what became of it: lic activation show ${id}`
          : 'it is of another license or line; see: lic activation list KEY',
    })
  }
  const [only] = same
  if (newPlace || only === undefined) return undefined
  // A weak device that comes again and another that shows as little ask alike: a person has to tell them apart.
  const weak = isWeak(request.device)
  if (same.length === 1 && !weak) return only
  const ids = same.map(({ anchor }) => activationId(anchor))
  const message = weak
    ? 'it shows so little that it may be a device that has a place, or another'
    : 'several places are held by devices that look like this one'
  throw new LicError('AMBIGUOUS', message, {
    hint: `say which it is, --replaces ${ids.join(' or ')}; or that it is one more: --new-place`,
    data: { candidates: ids },
  })
}

export interface LinePlaces extends Line {
  readonly used: number
  readonly of: number
}

/** The lines of a license, those taken away too, with how many of their places are taken. */
export const placesOf = async (db: Reader, row: License, now: number): Promise<readonly LinePlaces[]> => {
  const counted = (await activationsOf(db, row.id)).filter((each) => isCounted(each, now))
  const lines = (await linesOf(db, [row.id])).get(row.id) ?? []
  return lines.map((line) => ({
    ...line,
    used: counted.filter(({ line: number }) => number === line.number).length,
    of: line.devices ?? 0,
  }))
}

/** Who an activation belongs to, as far as anybody said. */
export const holderText = ({ anchor, label, machineName, binding, activatedAt, lease }: Activation): string => {
  const name = label ?? machineName ?? binding
  const until = lease === null ? '' : `, lease until ${formatDay(lease)}`
  return `${activationId(anchor)}${name === null ? '' : ` ${name}`} since ${formatDay(activatedAt)}${until}`
}

const SHOWN = 5

const exhausted = (line: GrantedLine, counted: readonly Activation[]): LicError => {
  const holders = counted.slice(0, SHOWN).map(holderText)
  const more = counted.length > SHOWN ? ` and ${counted.length - SHOWN} more` : ''
  const [first] = counted
  const id = first ? activationId(first.anchor) : 'ID'
  const { devices, product } = line
  const taken =
    devices === 1 ? `the only place of ${product} is taken` : `all ${devices} places of ${product} are taken`
  return new LicError('SEATS_EXHAUSTED', `${taken}: ${holders.join('; ')}${more}`, {
    hint: `free one: lic activation release ${id} --code CODE; without its code: --without-proof --reason R`,
    data: { of: line.devices, used: counted.length, holders: counted.map(({ anchor }) => activationId(anchor)) },
  })
}

/** @throws LicError ILLEGAL_MOVE when so many places of the license changed hands without proof in the last year */
export const checkUnproved = async (db: Reader, row: License, devices: number, now: number): Promise<void> => {
  const count = await unprovedIn(db, row, now)
  const allowed = unprovedAllowed(devices)
  if (count < allowed) return
  throw new LicError('ILLEGAL_MOVE', `${count} places of this license changed hands without proof within a year`, {
    hint: 'ask for the release code of the device; or, if you mean it: lic activation revoke ID --reason R',
    data: { count, allowed },
  })
}

/** How often in the last year a place of the license changed hands without the code of the device. */
export const unprovedIn = async (db: Reader, row: License, now: number): Promise<number> =>
  (await activationsOf(db, row.id)).filter(
    ({ ended, endedAt }) => (ended === 'replaced' || ended === 'unproved') && (endedAt ?? 0) > now - YEAR,
  ).length

/** Answers in the last year that confirmed what the clock of a device shows. */
export const clockAnswersIn = async (db: Reader, row: License, now: number): Promise<number> =>
  (await activationsOf(db, row.id)).filter(({ clock, activatedAt }) => clock && activatedAt > now - YEAR).length

/** @throws LicError SEATS_EXHAUSTED when a line is to have fewer places than are taken, and fewer than it had */
export const checkRoom = async (db: Reader, row: License, old: Signed, revised: Signed, now: number): Promise<void> => {
  for (const [number, line] of revised.lines) {
    const before = old.lines.get(number)
    const [had, has] = [before ? devicesOf(before) : 0, devicesOf(line)]
    if (before === undefined || has === 0 || (had !== 0 && has >= had)) continue
    const held = (await standingActivations(db, row.id, number)).filter((each) => isCounted(each, now))
    if (held.length <= has) continue
    throw new LicError(
      'SEATS_EXHAUSTED',
      `${held.length} places of ${line.product} are taken, and ${has} would be left`,
      {
        hint: 'free places first: lic activation list KEY; or let the devices that are there stay: --allow-over',
        data: { of: has, used: held.length, holders: held.map(({ anchor }) => activationId(anchor)) },
      },
    )
  }
}
