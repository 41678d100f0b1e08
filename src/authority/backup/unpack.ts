/**
 * From a backup back to its files, in a directory of their own: a tar archive, sealed or not, or the bare file of a ledger.
 * Invariants: nothing is written but what the manifest names, inside the directory; what differs from its hash is refused.
 */

import { createHash } from 'node:crypto'
import { closeSync, createReadStream, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { LicError } from '../../core/errors.ts'
import { decrypted, isEncrypted, type Unlock } from './encryption.ts'
import { LEDGER, MANIFEST, type Manifest, type ManifestFile, readManifest } from './manifest.ts'
import { damagedArchive, untar } from './tar.ts'

const SQLITE = 'SQLite format 3\0'
const MANIFEST_BYTES = 1_048_576
const KEY_BYTES = 65_536

export interface Unpacked {
  /** Null for the bare file of a ledger. */
  readonly manifest: Manifest | null
  /** Whether it was encrypted. */
  readonly sealed: boolean
}

/** @throws LicError UNREADABLE, INVALID_INPUT, KEY_LOCKED, WRONG_PASSPHRASE, LEDGER_DAMAGED, DISK_FULL */
export const unpack = async (
  file: string,
  directory: string,
  unlock: Unlock,
  onBytes: (count: number) => Promise<void>,
): Promise<Unpacked> => {
  const beginning = beginningOf(file)
  const pieces = counted(createReadStream(file, { highWaterMark: 1_048_576 }), onBytes)
  try {
    if (beginning.toString('latin1', 0, SQLITE.length) === SQLITE) {
      const into = new Receiving(directory, { name: LEDGER, bytes: Number.MAX_SAFE_INTEGER, sha256: '' })
      for await (const piece of pieces) into.take(piece)
      into.close()
      return { manifest: null, sealed: false }
    }
    const sealed = isEncrypted(beginning)
    if (!sealed && beginning.toString('latin1', 257, 262) !== 'ustar') {
      throw new LicError('INVALID_INPUT', `${file} is no backup of a ledger`, {
        hint: 'a backup is what `lic ledger backup FILE` writes, or the file of a ledger',
      })
    }
    return { manifest: await taken(sealed ? await decrypted(pieces, beginning, unlock) : pieces, directory), sealed }
  } catch (error) {
    throw unpackFault(file, error)
  }
}

/** What the streams throw in their own words. */
const unpackFault = (file: string, error: unknown): unknown => {
  if (error instanceof LicError || !(error instanceof Error)) return error
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ENOSPC' || code === 'EDQUOT') return new LicError('DISK_FULL', 'no room is left to unpack the backup')
  if (['EACCES', 'EPERM', 'EIO', 'EISDIR'].includes(code)) {
    return new LicError('UNREADABLE', `cannot read ${file}: ${code}`, { cause: error })
  }
  // Of the cipher: a piece that does not authenticate, or an end that is missing.
  return new LicError('LEDGER_DAMAGED', 'the backup is damaged: what was encrypted does not come out whole', {
    hint: 'use another copy',
    cause: error,
  })
}

const beginningOf = (file: string): Buffer => {
  const bytes = Buffer.alloc(512)
  try {
    const descriptor = openSync(file, 'r')
    try {
      return bytes.subarray(0, readSync(descriptor, bytes))
    } finally {
      closeSync(descriptor)
    }
  } catch (cause) {
    throw new LicError('UNREADABLE', `cannot read ${file}`, { cause })
  }
}

async function* counted(pieces: AsyncIterable<Uint8Array>, onBytes: (count: number) => Promise<void>) {
  for await (const piece of pieces) {
    await onBytes(piece.length)
    yield piece
  }
}

const taken = async (pieces: AsyncIterable<Uint8Array>, directory: string): Promise<Manifest> => {
  const manifestBytes: Uint8Array[] = []
  let manifest: Manifest | undefined
  let receiving: Receiving | undefined
  const left = new Map<string, ManifestFile>()
  const ended = (): void => {
    receiving?.close()
    receiving = undefined
  }
  await untar(pieces, (name, bytes) => {
    ended()
    if (manifest === undefined && name === MANIFEST && manifestBytes.length === 0) {
      if (bytes === 0 || bytes > MANIFEST_BYTES) throw damagedArchive('its manifest has no sensible size')
      return (piece) => void manifestBytes.push(piece.slice())
    }
    if (manifest === undefined) {
      manifest = readManifest(Buffer.concat(manifestBytes))
      for (const file of manifest.files) left.set(file.name, file)
    }
    const file = left.get(name)
    if (file === undefined || file.bytes !== bytes)
      throw damagedArchive('it holds a file that its manifest does not name')
    if (name !== LEDGER && bytes > KEY_BYTES) throw damagedArchive('a key in it is larger than any')
    left.delete(name)
    const into = new Receiving(directory, file)
    receiving = into
    return (piece) => into.take(piece)
  })
  ended()
  if (manifest === undefined || left.size > 0) throw damagedArchive('not all that its manifest names is there')
  return manifest
}

/** One file on its way out of the archive, and its hash. */
class Receiving {
  readonly #file: ManifestFile
  readonly #descriptor: number
  readonly #hash = createHash('sha256')

  constructor(directory: string, file: ManifestFile) {
    this.#file = file
    if (file.name.startsWith('keys/')) mkdirSync(join(directory, 'keys'), { recursive: true, mode: 0o700 })
    this.#descriptor = openSync(join(directory, file.name), 'wx', 0o600)
  }

  take(piece: Uint8Array): void {
    this.#hash.update(piece)
    for (let at = 0; at < piece.length; ) at += writeSync(this.#descriptor, piece, at)
  }

  close(): void {
    closeSync(this.#descriptor)
    const { name, sha256 } = this.#file
    if (sha256 !== '' && this.#hash.digest('hex') !== sha256) throw damagedArchive(`${name} is not what was packed`)
  }
}
