/**
 * `lic emergency`: the codes of this hour, read over the phone when nothing else is left (FORMAT 14). It takes the emergency
 * secret alone, which signs nothing, so whoever has the night duty needs no other key. Invariant: a code is of the hour
 * in which it was asked for, never of another, and an event for each time that it is given.
 */

import { concat, utf8 } from '../core/bytes.ts'
import { formatKey, maskKey } from '../core/codes/license-key.ts'
import { type EmergencySecret, emergencyCode } from '../core/emergency.ts'
import { LicError } from '../core/errors.ts'
import { activationId } from '../core/release.ts'
import type { Activation } from '../ledger/activations.ts'
import { hoursGivenSince } from '../ledger/emergency-codes.ts'
import { record } from '../ledger/events.ts'
import { compromisedKeys, listKeys } from '../ledger/keys.ts'
import type { License } from '../ledger/licenses.ts'
import { revisionsOf } from '../ledger/revisions.ts'
import type { Reader } from '../ledger/schema.ts'
import { type Authority, stamp, write } from './authority.ts'
import { checkMove } from './states.ts'
import { formatTime } from './term.ts'
import { activationNamed } from './the-activation.ts'
import { licenseNamed } from './the-license.ts'

export interface EmergencyInput {
  readonly key: string
  readonly reason: string
  /** Id of one activation: the code then opens that device alone. */
  readonly device?: string | undefined
}

export interface EmergencyCode {
  readonly revision: number
  readonly groups: readonly string[]
}

export interface Given {
  readonly key: string
  readonly masked: string
  readonly customer: string
  /** Unix hour that the codes are of; they open to the end of the hour 24 later. */
  readonly hour: number
  readonly device: string | null
  /** One of each revision whose chain covers the hour; the newest first. */
  readonly codes: readonly EmergencyCode[]
  /** Hours of the last year that codes were given for, this one included, and how many there may be. */
  readonly count: number
  readonly limit: number
}

const HOUR = 3600
const YEAR = 365 * 24 * HOUR
/** Hours of one license that codes are given for in a year: two nights a month. */
const HOURS_A_YEAR = 24

interface Chain {
  readonly revision: number
  readonly epoch: number
  readonly base: number
  readonly n: number
}

/** @throws LicError NOT_FOUND, ILLEGAL_MOVE, LICENSE_NOT_YET_VALID, NO_EMERGENCY, CONFLICT, CLOCK_SUSPECT, and as keys do */
export const emergency = async (authority: Authority, input: EmergencyInput): Promise<Given> => {
  const { db } = authority.ledger
  const hour = Math.floor(authority.now() / HOUR)
  const { row, chains } = await covered(db, authority, input, hour)
  await counted(db, authority, row, hour)
  const secrets = await secretsOf(authority, chains)
  return write(authority, async (tx) => {
    const { activation, ...found } = await covered(tx, authority, input, hour)
    const count = await counted(tx, authority, found.row, hour)
    const { cti, brand, customer } = found.row
    const releaseAnchor = activation?.anchor
    const codes = found.chains.map(({ revision, epoch, base, n }): EmergencyCode => {
      const secret = secrets.get(epoch)
      if (secret === undefined) throw noSecret(epoch)
      const groups = emergencyCode(secret, { cti, revision, releaseAnchor }, { baseHour: base, length: n }, hour)
      return { revision, groups }
    })
    await record(
      tx,
      {
        ...stamp(authority),
        type: 'emergency.given',
        entity: concat(cti, utf8(`/${hour}/`), releaseAnchor ?? new Uint8Array()),
        license: cti,
        ...(releaseAnchor && { activation: releaseAnchor }),
        brand,
        customer,
        reason: input.reason,
        data: { hour, revisions: codes.map(({ revision }) => revision) },
      },
      authority.random,
    )
    return {
      key: formatKey(found.row.prefix, cti),
      masked: maskKey(found.row.prefix, cti),
      customer,
      hour,
      device: releaseAnchor ? activationId(releaseAnchor) : null,
      codes,
      count,
      limit: HOURS_A_YEAR,
    }
  })
}

interface Covered {
  readonly row: License
  readonly activation: Activation | undefined
  readonly chains: readonly Chain[]
}

/** The chains that have a code of this hour, the newest first. */
const covered = async (
  db: Reader,
  { brand, now }: Authority,
  input: EmergencyInput,
  hour: number,
): Promise<Covered> => {
  const row = await licenseNamed(db, brand, input.key)
  checkMove(row.state, 'emergency')
  if (row.starts !== null && row.starts > now()) {
    throw new LicError('LICENSE_NOT_YET_VALID', `the license starts on ${formatTime(row.starts)}`, {
      hint: 'an emergency code opens nothing before that; see: lic show KEY',
    })
  }
  const activation = input.device === undefined ? undefined : await activationNamed(db, brand, input.device)
  const all = activation ? chainOf(row, activation) : await chainsOf(db, row)
  const dead = (await compromisedKeys(db)).deadEpochs
  const alive = all.filter(({ epoch }) => !dead.includes(epoch))
  if (alive.length === 0 && all.length > 0) {
    throw new LicError('NO_EMERGENCY', 'its emergency codes hang on a secret that was compromised', {
      hint: 'give it a new revision, which hangs on the next: lic key compromise emergency --reissue',
    })
  }
  const chains = alive.filter(({ base, n }) => hour > base && hour <= base + n)
  if (chains.length > 0) return { row, activation, chains: [...chains].reverse() }
  if (all.length === 0) {
    throw new LicError('NO_EMERGENCY', 'the license has no emergency anchor', {
      hint: 'let codes be given from its next revision on: lic change KEY --emergency',
    })
  }
  throw new LicError('NO_EMERGENCY', 'no emergency chain of the license covers this hour', {
    hint: 'renew it, so that the next revision carries the next chain: lic renew KEY --for 1y',
  })
}

const chainsOf = async (db: Reader, { id }: License): Promise<readonly Chain[]> =>
  (await revisionsOf(db, id)).flatMap(({ number, anchor }) => (anchor ? [{ revision: number, ...anchor }] : []))

const chainOf = (row: License, { anchor, license, ended, emergency: own }: Activation): readonly Chain[] => {
  const id = activationId(anchor)
  if (license !== row.id) {
    throw new LicError('NOT_FOUND', `the activation ${id} is of another license`, { hint: 'lic activation list KEY' })
  }
  if (ended !== null) {
    throw new LicError('CONFLICT', `the activation ${id} was ${ended}, and has no code of its own any more`, {
      hint: 'see who holds the places now: lic activation list KEY',
    })
  }
  if (own) return [own]
  throw new LicError(
    'NO_EMERGENCY',
    `the activation ${id} has no emergency anchor: it was typed, or its tier has none`,
    {
      hint: 'give a code for the license as a whole: leave --device out',
    },
  )
}

/** Hours given in the last year, with this one. @throws LicError NO_EMERGENCY when there are too many */
const counted = async (db: Reader, { now }: Authority, row: License, hour: number): Promise<number> => {
  const given = await hoursGivenSince(db, row.id, now() - YEAR)
  const count = new Set([...given, hour]).size
  if (count <= HOURS_A_YEAR) return count
  throw new LicError('NO_EMERGENCY', `codes of ${given.size} hours were given for this license within a year`, {
    hint: 'find out what keeps it from running: lic show KEY; a renewal by phone: lic renew KEY --typed',
    data: { count: given.size, limit: HOURS_A_YEAR },
  })
}

const noSecret = (epoch: number): LicError =>
  new LicError('NO_EMERGENCY', `the emergency secret of epoch ${epoch} is not among the keys`, {
    hint: 'put its key file back: lic key list',
  })

/** The secrets of the epochs that are needed, each from the file that holds nothing else. */
const secretsOf = async (
  { ledger, keychain }: Authority,
  chains: readonly Chain[],
): Promise<ReadonlyMap<number, EmergencySecret>> => {
  const keys = await listKeys(ledger.db, 'emergency')
  const secrets = new Map<number, EmergencySecret>()
  for (const epoch of new Set(chains.map((chain) => chain.epoch))) {
    const file = keys.find((key) => key.epoch === epoch)?.file ?? null
    if (file === null) throw noSecret(epoch)
    const { emergency: secret } = await keychain.open(file)
    if (secret?.epoch !== epoch) {
      throw new LicError('KEY_FILE_INVALID', `${file} does not hold the emergency secret of epoch ${epoch}`, {
        hint: 'put the right file back',
      })
    }
    secrets.set(epoch, secret)
  }
  return secrets
}
