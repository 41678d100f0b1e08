/**
 * Giving a place up (FORMAT 12.4). One write turns the activation into a tombstone that keeps its code; only then is the code
 * shown, and again as often as asked. A request that the vendor may have answered, unseen here, can be given up the same way.
 */

import { equal } from '../../core/bytes.ts'
import { LicError } from '../../core/errors.ts'
import { activationId, formatRelease, releaseAnchor } from '../../core/release.ts'
import type { Device } from '../device.ts'
import { type Held, openAll, pick } from '../held.ts'
import type { LicenseMatch } from '../match.ts'
import { commit, requestOf, situationIn, withClock, withInstalled } from '../situation.ts'
import type { State, Tombstone } from '../state/content.ts'
import { MOST_TOMBSTONES } from './activate.ts'

export interface Released {
  /** `XXXXX-XXXXX-XXXXX-XXXXX-XXXXX` */
  readonly code: string
  readonly activation: string
  readonly anchor: Uint8Array
  readonly tombstone: Tombstone
  /** The code was shown before, or could have been. */
  readonly again: boolean
}

/** Which tombstones a person means, license or not. */
export interface DeactivateInput {
  readonly license: LicenseMatch | undefined
  /** The same, for licenses that are not installed any more. */
  readonly buried: ((tombstone: Tombstone) => boolean) | undefined
  readonly product: string | undefined
  /** The id of an activation, in capitals; absent = the newest. */
  readonly activation?: string | undefined
}

interface Place {
  readonly held: Held
  readonly line: number
  readonly secret: Uint8Array
}

/** What would be given up; undefined when nothing is left to give up. @throws LicError AMBIGUOUS */
export const placeToGiveUp = (state: State, input: DeactivateInput): Place | undefined => {
  const all = openAll(state)
  const isMeant = ({ license }: Held, secret: Uint8Array): boolean =>
    input.activation === undefined || activationId(releaseAnchor(license.cti, secret)) === input.activation
  const among = all.filter(
    (each) =>
      (input.license?.(each) ?? true) &&
      (input.activation === undefined ||
        [...each.installed.active, ...each.installed.pending].some(({ secret }) => isMeant(each, secret))),
  )
  if (among.length === 0) return undefined
  const held = pick(among, undefined)
  const productOf = (line: number): string | undefined => held.license.lines.get(line)?.product
  const wanted = (line: number): boolean => input.product === undefined || productOf(line) === input.product
  const active = held.activations
    .filter(({ answer }) => wanted(answer.line))
    .map(({ kept, answer }) => ({ held, line: answer.line, secret: kept.secret }))
    .filter(({ secret }) => isMeant(held, secret))
  const pending = held.installed.pending
    .map((each) => ({ held, line: requestOf(each).line, secret: each.secret }))
    .filter(({ line, secret }) => wanted(line) && isMeant(held, secret))
  if (new Set(active.map(({ line }) => line)).size > 1) {
    throw new LicError('AMBIGUOUS', 'several products of this license are activated here', {
      hint: 'name one with --product',
      data: { products: active.map(({ line }) => productOf(line)) },
    })
  }
  // What was given up is shown again before a request that nobody may have answered is given up too.
  return active.at(-1) ?? (buriedIn(state, input) ? undefined : pending.at(-1))
}

/** @throws LicError LICENSE_MISSING, NOT_FOUND, AMBIGUOUS, ACTIVATION_REQUIRED */
export const deactivate = (device: Device, input: DeactivateInput): Promise<Released> =>
  commit(device, async (state) => {
    const place = placeToGiveUp(state, input)
    if (!place) return { state, value: codeOf(buriedIn(state, input) ?? nothingIn(state, input), true) }
    const { held, line, secret } = place
    const { clock } = await situationIn(device, state)
    const { cti, prefix } = held.license
    const anchor = releaseAnchor(cti, secret)
    const tombstone: Tombstone = {
      cti,
      prefix,
      product: held.license.lines.get(line)?.product ?? '-',
      line,
      secret,
      at: clock.now,
    }
    const { installed } = held
    const next = {
      ...installed,
      active: installed.active.filter((each) => !equal(each.secret, secret)),
      pending: installed.pending.filter((each) => !equal(each.secret, secret)),
      anchors: installed.anchors.filter((_, i) => !equal(held.anchors[i]?.anchor ?? new Uint8Array(), anchor)),
    }
    const buried = {
      ...withClock(state, clock.kept),
      tombstones: [...state.tombstones, tombstone].slice(-MOST_TOMBSTONES),
    }
    return { state: withInstalled(buried, held, next), value: codeOf(tombstone, false) }
  })

const codeOf = (tombstone: Tombstone, again: boolean): Released => {
  const anchor = releaseAnchor(tombstone.cti, tombstone.secret)
  return { code: formatRelease(tombstone.secret), activation: activationId(anchor), anchor, tombstone, again }
}

const buriedIn = (state: State, { buried, product, activation }: DeactivateInput): Tombstone | undefined =>
  state.tombstones
    .filter(({ cti, secret }) => activation === undefined || activationId(releaseAnchor(cti, secret)) === activation)
    .filter((each) => buried?.(each) ?? true)
    .filter((each) => product === undefined || each.product === product)
    .at(-1)

const nothingIn = (state: State, { license, activation }: DeactivateInput): never => {
  if (activation !== undefined) {
    throw new LicError('NOT_FOUND', `no activation ${activation} is here, and none was given up`, {
      hint: 'lic status shows what is here; lic deactivate KEY takes the key of a license as well',
    })
  }
  if (state.licenses.length === 0) throw new LicError('LICENSE_MISSING', 'no license is installed here')
  if (!license || openAll(state).some(license)) {
    throw new LicError('ACTIVATION_REQUIRED', 'nothing is activated here that could be given up')
  }
  throw new LicError('NOT_FOUND', 'no license with this key is activated here', {
    hint: 'lic status shows what is installed',
  })
}
