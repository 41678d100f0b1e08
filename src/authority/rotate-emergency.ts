/**
 * The next epoch of the emergency secret: fresh, and kept twice, alone and beside every issuing key in use. Codes of older
 * epochs go on from the files that hold those. A rotation that was cut short is finished by the next one.
 */

import { LicError } from '../core/errors.ts'
import { type Key, keyBy, listKeys } from '../ledger/keys.ts'
import type { Authority } from './authority.ts'
import { recordKey } from './certify.ts'
import { withNewFile } from './create-key.ts'
import { keyFileOf } from './found.ts'
import { newestOf } from './key-lines.ts'
import type { KeyRoom } from './key-room.ts'
import type { RotationPlan } from './rotation-plan.ts'
import { type EmergencySecret, Secret } from './secret.ts'
import { generateSeed } from './signer.ts'

export interface Rotated {
  readonly plan: RotationPlan
  readonly key: Key
  /** Issuing keys that have not got the new emergency secret: their files are locked or elsewhere. */
  readonly without: readonly Key[]
  /** An earlier rotation was finished, and no new key made. */
  readonly resumed: boolean
}

/** @throws LicError as `rotateKey` */
export const rotateEmergency = async (authority: Authority, room: KeyRoom, plan: RotationPlan): Promise<Rotated> => {
  const keys = await listKeys(authority.ledger.db)
  const newest = newestOf(keys.filter(({ role }) => role === 'emergency'))
  const issuing = keys.filter(({ role, state, file }) => role === 'issuing' && state === 'active' && file !== null)
  const behind = newest ? await behindOf(authority, issuing, newest.epoch ?? 0) : []
  const current = newest && behind.length > 0 ? await secretIn(authority, newest) : undefined
  if (newest && current) {
    const without = authority.dryRun ? [] : await hangBeside(room, behind, current)
    return { plan, key: newest, without, resumed: true }
  }
  const epoch = Math.max(0, ...keys.map((key) => key.epoch ?? 0)) + 1
  const emergency: EmergencySecret = { epoch, secret: generateSeed(authority.random) }
  const file = keyFileOf(plan.to)
  const key = await withNewFile(authority, room, { file, contents: { emergency } }, async (tx) =>
    keyBy(tx, await recordKey(tx, authority, { role: 'emergency', name: plan.to, file, epoch })),
  )
  const without = authority.dryRun ? [] : await hangBeside(room, issuing, emergency)
  return { plan, key, without, resumed: false }
}

/** Keys whose files hold the secret of an earlier epoch, as far as they can be opened. */
const behindOf = async ({ keychain }: Authority, issuing: readonly Key[], epoch: number): Promise<readonly Key[]> => {
  const behind: Key[] = []
  for (const key of issuing) {
    const opened = await ifToBeHad(() => keychain.open(key.file ?? ''))
    if (opened?.emergency !== undefined && opened.emergency.epoch < epoch) behind.push(key)
  }
  return behind
}

const secretIn = async ({ keychain }: Authority, { file, epoch }: Key): Promise<EmergencySecret | undefined> => {
  const opened = file === null ? undefined : await ifToBeHad(() => keychain.open(file))
  const secret = opened?.emergency
  return secret?.epoch === epoch && secret !== undefined
    ? { epoch: secret.epoch, secret: new Secret(secret.secret) }
    : undefined
}

/** @returns those that could not be opened or written */
const hangBeside = async (
  room: KeyRoom,
  issuing: readonly Key[],
  emergency: EmergencySecret,
): Promise<readonly Key[]> => {
  const without: Key[] = []
  for (const key of issuing) {
    const done = await ifToBeHad(async () => {
      await room.rehang(key.file ?? '', emergency)
      return true
    })
    if (!done) without.push(key)
  }
  return without
}

/** What a file that is locked, away or damaged gives: nothing, and the next rotation tries again. */
const ifToBeHad = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await work()
  } catch (error) {
    if (error instanceof LicError) return undefined
    throw error
  }
}
