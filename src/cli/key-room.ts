/**
 * Where a command puts new private keys, and under which passphrase: one of their own, or none when that is said; else the one
 * that was given; and like the key that they follow, where that one has none.
 */

import type { Authority, Keychain } from '../authority/authority.ts'
import { keyFiles } from '../authority/key-files.ts'
import { keyPath, keyPlace } from '../authority/key-places.ts'
import { fileRoom, type KeyRoom } from '../authority/key-room.ts'
import type { Sealing } from '../authority/vault.ts'
import { listKeys } from '../ledger/keys.ts'
import type { Reader } from '../ledger/schema.ts'
import { passphraseFor } from './authority.ts'
import type { Context } from './context.ts'
import { checkNewPassphrase, type NewPassphraseFlags, newSealing, sealedWith } from './new-passphrase.ts'
import { givenPassphrase, type PassphraseFlags } from './passphrase.ts'

export interface RootFlags {
  /** Where the file of the root key is; absent = where the ledger says. */
  readonly rootKey: string | undefined
  readonly rootPassphraseFile: string | undefined
}

export interface NewKeyFlags extends PassphraseFlags, NewPassphraseFlags {}

/** @param like files of keys that it is like: the first that is here decides whether a new one may lie open */
export const roomFor = (
  context: Context,
  flags: NewKeyFlags,
  like: readonly (string | null | undefined)[],
): KeyRoom => {
  checkNewPassphrase(flags)
  const sealing = (name: string): Promise<Sealing> => sealingLike(context, flags, like, name)
  return fileRoom(context.home, passphraseFor(context, flags), sealing, context.io.scryptLogN)
}

const sealingLike = async (
  context: Context,
  { newPassphraseFile, noPassphrase, ...flags }: NewKeyFlags,
  like: readonly (string | null | undefined)[],
  name: string,
): Promise<Sealing> => {
  if (!noPassphrase && newPassphraseFile === undefined) {
    const places = like.map((file) => (file ? keyPlace(context.home, file) : 'absent'))
    if (places.find((place) => place !== 'absent') === 'unlocked') return sealedWith(context, undefined)
    const given = await givenPassphrase(context, flags)
    if (given !== undefined) return sealedWith(context, given)
  }
  return newSealing(context, { newPassphraseFile, noPassphrase }, `the new file ${name}`)
}

/** The authority, whose root may lie on another medium and have a passphrase of its own. */
export const withRoot = async (
  context: Context,
  authority: Authority,
  { rootKey, rootPassphraseFile }: RootFlags,
): Promise<{ readonly authority: Authority; readonly rootFile: string | undefined }> => {
  const rootFile = rootKey === undefined ? undefined : context.path(rootKey)
  if (rootPassphraseFile === undefined) return { authority, rootFile }
  const roots = new Set([rootFile, ...(await rootFiles(authority.ledger.db))])
  // A file gives one answer, so it is asked once.
  const own = keyFiles(context.home, async (_, attempt) =>
    attempt === 1 ? givenPassphrase(context, { passphraseFile: rootPassphraseFile }) : undefined,
  )
  const { open } = authority.keychain
  const keychain: Keychain = {
    open: (name, ...rest) => (roots.has(name) ? own.open(name) : open(name, ...rest)),
  }
  return { authority: { ...authority, keychain }, rootFile }
}

const rootFiles = async (db: Reader): Promise<readonly string[]> =>
  (await listKeys(db, 'root')).flatMap(({ file }) => file ?? [])

/** The path of a key's file, for people. */
export const pathOf = ({ home }: Context, file: string | null): string | null =>
  file === null ? null : keyPath(home, file)
