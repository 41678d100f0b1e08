/** `lic key create`, and what rotating begins with: a new key, certified by the newest root. */

import { readCertificate } from '../core/certificate.ts'
import { open } from '../core/cose.ts'
import { LicError } from '../core/errors.ts'
import { type Key, keyBy, listKeys } from '../ledger/keys.ts'
import type { Tx } from '../ledger/schema.ts'
import { type Authority, write } from './authority.ts'
import { type Caps, type CertifiedRole, certificateOf, certify, recordKey } from './certify.ts'
import { keyFileOf } from './found.ts'
import { checkFreeName, newestOf } from './key-lines.ts'
import type { KeyContents } from './key-pem.ts'
import type { KeyRoom } from './key-room.ts'
import { openRoot } from './roots.ts'
import { Secret } from './secret.ts'
import { fileSigner, generateSeed } from './signer.ts'
import type { Term } from './term.ts'

export interface CreateKeyInput {
  readonly role: CertifiedRole
  readonly name: string
  readonly caps?: Caps | undefined
  /** How long its certificate runs; absent = five years. */
  readonly term?: Term | undefined
  /** Where the root's file is, if not where the ledger says. */
  readonly rootFile?: string | undefined
}

const NAME = /^[a-z0-9][a-z0-9_.-]{0,63}$/

/** @throws LicError CONFLICT, INVALID_INPUT, FILE_EXISTS, UNWRITABLE, DISK_FULL, and as keys do */
export const createKey = async (authority: Authority, room: KeyRoom, input: CreateKeyInput): Promise<Key> => {
  const { role, name } = input
  const keys = await listKeys(authority.ledger.db)
  if (!NAME.test(name)) {
    throw new LicError('INVALID_INPUT', `a key cannot be called "${name.slice(0, 64)}"`, {
      hint: 'lower-case letters, digits, - _ and ., at most 64',
    })
  }
  checkFreeName(keys, { name, role })
  const root = await openRoot(authority, keys, input.rootFile)
  const emergency = role === 'issuing' ? await secretBeside(authority, keys) : undefined
  const seed = generateSeed(authority.random)
  const { publicKey } = fileSigner(seed)
  const file = keyFileOf(name)
  const contents = { seed, ...(emergency && { emergency }) }
  return withNewFile(authority, room, { file, contents }, async (tx) => {
    const kid = await recordKey(tx, authority, { role, name, file, publicKey })
    await certify(tx, authority, certificateOf(role, publicKey, authority.now(), input), root)
    return keyBy(tx, kid)
  })
}

/** The rights that a certificate gives, for the next of its line. */
export const capsOf = ({ certificate }: Key): Caps | undefined => {
  if (certificate === null) return undefined
  const { products, tiers, term, grace, perpetual, only } = readCertificate(open(certificate))
  return { products, tiers, term, grace, perpetual, only }
}

/** Puts a key in its place and then into the book; when the book does not take it, it is taken away again. */
export const withNewFile = async <T>(
  authority: Authority,
  room: KeyRoom,
  { file, contents }: { readonly file: string; readonly contents: KeyContents },
  work: (tx: Tx) => Promise<T>,
): Promise<T> => {
  if (authority.dryRun) return write(authority, work)
  await room.put(file, contents)
  try {
    return await write(authority, work)
  } catch (error) {
    await room.take(file)
    throw error
  }
}

/** The emergency secret in use, so that issuing needs one unlock; undefined when it is kept elsewhere. */
const secretBeside = async (authority: Authority, keys: readonly Key[]): Promise<KeyContents['emergency']> => {
  const current = newestOf(keys.filter(({ role }) => role === 'emergency'))
  if (!current) return undefined
  const issuing = keys.filter(({ role, state }) => role === 'issuing' && state === 'active').reverse()
  for (const { file } of [current, ...issuing]) {
    if (file === null) continue
    try {
      const { emergency } = await authority.keychain.open(file)
      if (emergency?.epoch === current.epoch && emergency !== undefined) {
        return { epoch: emergency.epoch, secret: new Secret(emergency.secret) }
      }
    } catch (error) {
      if (!(error instanceof LicError) || error.code !== 'NOT_FOUND') throw error
    }
  }
  return undefined
}
