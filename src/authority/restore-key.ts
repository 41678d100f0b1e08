/**
 * `lic key import FILE`: a private half comes back to its place, from a copy of its file or from paper. Invariants: it goes
 * where the ledger names that very key, or to a file that was named; what is there is never replaced by something else.
 */

import { existsSync } from 'node:fs'
import { equal, toHex } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import { kidOf } from '../core/keys.ts'
import type { Key } from '../ledger/keys.ts'
import type { Reader } from '../ledger/schema.ts'
import { isAgentName } from './agent-name.ts'
import { type AskPassphrase, openKeyFile } from './key-files.ts'
import { keyOfContents } from './key-of-contents.ts'
import { type KeyContents, writeKeyPem } from './key-pem.ts'
import { keyPath } from './key-places.ts'
import type { EmergencySecret } from './secret.ts'
import { fileSigner } from './signer.ts'
import { copyKeyFile, isEncrypted, readKeyFile, type Sealing, writeKeyFile } from './vault.ts'

export type RestoreFrom =
  /** A key file, which keeps its passphrase. */
  | { readonly file: string }
  /** What a page held, read and checked, and how its new file is sealed. */
  | { readonly contents: KeyContents; readonly sealing: () => Promise<Sealing> }

export interface Restored {
  /** Null without a ledger. */
  readonly key: Key | null
  /** The kid of a signing key; null for an emergency secret. */
  readonly kid: Uint8Array | null
  readonly epoch: number | null
  readonly path: string
  readonly encrypted: boolean
  /** The very key was there already. */
  readonly again: boolean
}

/** The contents of what is to be restored. @throws LicError as the vault does */
const contentsOf = (from: RestoreFrom, passphrase: AskPassphrase): Promise<KeyContents> | KeyContents =>
  'contents' in from ? from.contents : openKeyFile(from.file, (attempt) => passphrase(from.file, attempt))

/**
 * @param out a file of its own, for which no ledger is asked; absent: the place that the ledger names
 * @throws LicError NOT_FOUND, KEY_FILE_INVALID, FILE_EXISTS when another key stands in its place, CONFLICT for a key of an
 * agent, and as the vault does
 */
export const restoreKey = async (
  { db, home, dryRun }: { readonly db: Reader | null; readonly home: string; readonly dryRun: boolean },
  from: RestoreFrom,
  passphrase: AskPassphrase,
  out: string | undefined,
): Promise<Restored> => {
  const contents = await contentsOf(from, passphrase)
  const key = db === null ? null : await keyOfContents(db, contents)
  const path = out ?? placeOf(home, key)
  const named = {
    key,
    kid: contents.seed ? kidOf(fileSigner(contents.seed).publicKey) : null,
    epoch: contents.seed ? null : (contents.emergency?.epoch ?? null),
    path,
  }
  if (existsSync(path)) return { ...named, again: true, encrypted: await sameThere(path, contents) }
  const sealing = 'contents' in from ? await from.sealing() : undefined
  const encrypted = 'file' in from ? isEncrypted(from.file) : sealing?.passphrase !== undefined
  if (dryRun) return { ...named, again: false, encrypted }
  if ('file' in from) copyKeyFile(from.file, path)
  else await writeKeyFile(path, contents, sealing)
  return { ...named, again: false, encrypted }
}

const placeOf = (home: string, key: Key | null): string => {
  if (key === null) throw new LicError('USAGE', 'no file is named', { hint: 'add --out FILE' })
  const { file, kid } = key
  if (file !== null && !isAgentName(file)) return keyPath(home, file)
  if (key.role === 'delegated') {
    throw new LicError('CONFLICT', `the key ${key.name ?? toHex(kid)} was delegated: who uses it keeps its file`, {
      hint: 'it is used as it is: lic trial --key FILE; for a copy of it: --out FILE',
    })
  }
  throw new LicError('CONFLICT', `the ledger has the key ${toHex(kid)} in an ssh-agent, not in a file`, {
    hint: 'add it to the agent: ssh-add FILE; or write it to a file of its own: --out FILE',
  })
}

/** Their file would be the same text. */
const sameSecret = (a: EmergencySecret, b: EmergencySecret): boolean =>
  writeKeyPem({ emergency: a }) === writeKeyPem({ emergency: b })

/** What can be said without another passphrase: an open file holds the same key, or it does not. @returns whether it is sealed */
const sameThere = async (path: string, { seed, emergency }: KeyContents): Promise<boolean> => {
  if (isEncrypted(path)) {
    throw new LicError('FILE_EXISTS', `${path}: a key file is there, and a key is never overwritten`, {
      hint: 'if that file is of no use any more, move it away first; its passphrase is changed with: lic key passphrase',
      data: { file: path },
    })
  }
  const there = await readKeyFile(path, async () => undefined)
  const same =
    seed !== undefined
      ? there.seed !== undefined && equal(fileSigner(there.seed).publicKey, fileSigner(seed).publicKey)
      : emergency !== undefined && there.emergency !== undefined && sameSecret(there.emergency, emergency)
  if (same) return false
  throw new LicError('FILE_EXISTS', `${path}: another key is there, and a key is never overwritten`, {
    hint: 'move it away first, or write to another file: --out FILE',
    data: { file: path },
  })
}
