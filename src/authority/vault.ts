/**
 * Private keys at rest: the only reader and writer of private key files, encrypted (age v1) or plain PEM.
 * Invariants: a key file is made new, 0600, in one place, and is on the disk when `writeKeyFile` returns; one that others
 * can read is never used; an unencrypted one costs no scrypt and loads no cipher.
 */

import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { equal, utf8 } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import { invalidKeyFile, type KeyContents, readKeyPem, writeKeyPem } from './key-pem.ts'

/** Far above any key file; whoever names /dev/zero gets an answer. */
const MAX_BYTES = 64 * 1024
const WINDOWS = process.platform === 'win32'
const BEHIND_LINKS_NOT = WINDOWS ? 0 : constants.O_NOFOLLOW

/** Of the files that the ledger names. */
const GONE = 'bring it back from its backup: lic key import FILE; from its printed page: lic key import PHOTO'
const NAMED = 'lic key list tells the files of the keys'

/** Only then is it worth a warning about its mode: a public key given by mistake is told as such. */
const HOLDS_SECRET = /PRIVATE KEY|EMERGENCY SECRET|age-encryption\.org|AGE ENCRYPTED/

export interface Sealing {
  /** Absent: the key is written unencrypted. */
  readonly passphrase?: string
  /** Base-2 logarithm of scrypt's work factor, 1..22; default 18. */
  readonly logN?: number
}

/**
 * Writes a new key file, 0600, and waits until it is on the disk; missing directories are made 0700. It never replaces
 * one, and leaves nothing behind when it fails.
 * @throws LicError FILE_EXISTS; UNWRITABLE; DISK_FULL; INVALID_INPUT for empty contents, wrong lengths, empty passphrase.
 */
export const writeKeyFile = async (path: string, contents: KeyContents, sealing: Sealing = {}): Promise<void> => {
  makeNew(path, await sealedBytes(contents, sealing))
}

/**
 * Puts other contents, or the same under another passphrase, in the place of a key file. The old file stands until the new
 * one was written beside it and read back; then one rename.
 * @throws LicError as `writeKeyFile`; then the old file is untouched
 */
export const replaceKeyFile = async (path: string, contents: KeyContents, sealing: Sealing = {}): Promise<void> => {
  // Behind a link lies the file that is meant; the link stays.
  const place = realPlace(path)
  const beside = join(dirname(place), `.${basename(place)}.${randomBytes(6).toString('hex')}`)
  makeNew(beside, await sealedBytes(contents, sealing))
  try {
    const again = await readKeyFile(beside, async () => sealing.passphrase)
    if (writeKeyPem(again) !== writeKeyPem(contents)) {
      throw new LicError('UNWRITABLE', `${path}: what was written came back otherwise`, { data: { file: path } })
    }
    renameSync(beside, place)
    syncDirectory(dirname(place))
  } catch (error) {
    rmSync(beside, { force: true })
    throw error instanceof LicError ? error : writeFault(path, error)
  }
}

/** What became of a copy. */
export interface Copied {
  /** The medium keeps no rights, so whoever mounts it can read the file: FAT, exFAT. */
  readonly exposed: boolean
}

/**
 * Copies a key file as it is, sealed or not, and reads it back. It never replaces a file.
 * @throws LicError as `readKeyFile` for the one and `writeKeyFile` for the other; then no copy is left
 */
export const copyKeyFile = (from: string, to: string): Copied => {
  const bytes = readGuarded(from)
  makeNew(to, bytes, { anyRights: true })
  try {
    if (!equal(new Uint8Array(readFileSync(to)), bytes)) {
      throw new LicError('UNWRITABLE', `${to}: what was written came back otherwise`, { data: { file: to } })
    }
    return { exposed: !WINDOWS && (statSync(to).mode & 0o077) !== 0 }
  } catch (error) {
    rmSync(to, { force: true })
    throw error instanceof LicError ? error : writeFault(to, error)
  }
}

/** Takes a key file away, and waits until that is on the disk. @throws LicError UNWRITABLE */
export const removeKeyFile = (path: string): void => {
  try {
    unlinkSync(path)
    syncDirectory(dirname(path))
  } catch (error) {
    throw new LicError('UNWRITABLE', `${path}: the key file cannot be removed`, { cause: error, data: { file: path } })
  }
}

const sealedBytes = async (contents: KeyContents, { passphrase, logN }: Sealing): Promise<Uint8Array> => {
  const plaintext = utf8(writeKeyPem(contents))
  return passphrase === undefined ? plaintext : (await import('./sealed.ts')).seal(plaintext, passphrase, logN)
}

const realPlace = (path: string): string => {
  try {
    return realpathSync(path)
  } catch (error) {
    throw readFault(path, error)
  }
}

/**
 * Writes the bytes of a key file as they were kept: sealed or not, they are not looked into.
 * @throws LicError FILE_EXISTS; UNWRITABLE; DISK_FULL
 */
export const putKeyFile = (path: string, bytes: Uint8Array): void => makeNew(path, bytes)

/** @param anyRights where the medium keeps none */
const makeNew = (path: string, bytes: Uint8Array, { anyRights = false } = {}): void => {
  const directory = dirname(path)
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const { O_WRONLY, O_CREAT, O_EXCL } = constants
    const file = openSync(path, O_WRONLY | O_CREAT | O_EXCL | BEHIND_LINKS_NOT, 0o600)
    try {
      restrict(file, anyRights)
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
      fsyncSync(file)
    } catch (error) {
      unlinkSync(path)
      throw error
    } finally {
      closeSync(file)
    }
    syncDirectory(directory)
  } catch (error) {
    throw writeFault(path, error)
  }
}

const restrict = (file: number, anyRights: boolean): void => {
  try {
    fchmodSync(file, 0o600)
  } catch (error) {
    if (!anyRights || errno(error) !== 'EPERM') throw error
  }
}

/**
 * Reads a key file. `passphrase` is asked at most once, and only for an encrypted file that is well-formed.
 * @throws LicError KEY_FILE_EXPOSED when group or others may touch the file; WRONG_PASSPHRASE; KEY_LOCKED when the file
 * is encrypted and no passphrase is to be had; KEY_FILE_INVALID; NOT_FOUND; UNREADABLE.
 */
export const readKeyFile = async (
  path: string,
  passphrase: () => Promise<string | undefined>,
): Promise<KeyContents> => {
  const file = readGuarded(path)
  return contentsOf(file, passphrase, (error) => named(path, error))
}

/**
 * The same for a key that came as text: from a variable of the environment, or out of a descriptor. Nobody can tell who
 * else reads those. @param source what messages call it
 * @throws LicError WRONG_PASSPHRASE, KEY_LOCKED, KEY_FILE_INVALID
 */
export const readKeyText = (
  text: Uint8Array,
  source: string,
  passphrase: () => Promise<string | undefined>,
): Promise<KeyContents> => contentsOf(text, passphrase, (error) => from(source, error))

/** @throws LicError UNREADABLE, KEY_FILE_INVALID for what is longer than any key */
export const readKeyDescriptor = (descriptor: number): Uint8Array => {
  const source = `file descriptor ${descriptor}`
  try {
    return beginningOf(descriptor, source)
  } catch (error) {
    if (error instanceof LicError) throw error
    throw new LicError('UNREADABLE', `${source}: the key cannot be read`, { cause: error })
  }
}

const contentsOf = async (
  file: Uint8Array,
  passphrase: () => Promise<string | undefined>,
  about: (error: LicError) => LicError,
): Promise<KeyContents> => {
  let refusal: unknown
  const asked = async (): Promise<string | undefined> => {
    try {
      return await passphrase()
    } catch (error) {
      refusal = error
      throw error
    }
  }
  try {
    if (!isSealed(file)) return readKeyPem(latin1(file))
    const { unseal } = await import('./sealed.ts')
    return readKeyPem(latin1(await unseal(file, asked)))
  } catch (error) {
    // What went wrong with the passphrase is not about this file.
    throw error instanceof LicError && error !== refusal ? about(error) : error
  }
}

/** The bytes of a key file, to be kept elsewhere as they are. @throws LicError as readKeyFile does before it asks. */
export const keyFileBytes = (path: string): Uint8Array => readGuarded(path)

/** Whether such bytes can be used without a passphrase. */
export const isOpenKey = (bytes: Uint8Array): boolean => !isSealed(bytes)

/** Whether using the file takes a passphrase. @throws LicError as readKeyFile does before it asks. */
export const isEncrypted = (path: string): boolean => isSealed(readGuarded(path))

/** An age file names itself, in binary and in armor. */
const isSealed = (file: Uint8Array): boolean =>
  /^\s*(age-encryption\.org\/|-----BEGIN AGE ENCRYPTED FILE-----)/.test(latin1(file.subarray(0, 256)))

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')

/** The bytes of a file that nobody else can read. Links are followed (mounted secrets are links): the open file counts. */
const readGuarded = (path: string): Uint8Array => {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY)
  } catch (error) {
    throw readFault(path, error)
  }
  try {
    const stat = fstatSync(file)
    if (!stat.isFile() && !stat.isFIFO()) throw named(path, invalidKeyFile('it is no file', undefined, NAMED))
    const found = beginningOf(file, path)
    if (!WINDOWS && (stat.mode & 0o077) !== 0 && HOLDS_SECRET.test(latin1(found))) {
      throw new LicError('KEY_FILE_EXPOSED', `${path}: other users of this machine have access to this private key`, {
        hint: `chmod 600 ${shellWord(path)}`,
        data: { file: path, mode: (stat.mode & 0o777).toString(8) },
      })
    }
    return found
  } catch (error) {
    throw error instanceof LicError ? error : readFault(path, error)
  } finally {
    closeSync(file)
  }
}

const beginningOf = (file: number, source: string): Uint8Array => {
  const bytes = new Uint8Array(MAX_BYTES + 1)
  let length = 0
  for (let got = -1; got !== 0 && length < bytes.length; length += got) {
    got = readSync(file, bytes, length, bytes.length - length, null)
  }
  if (length > MAX_BYTES) throw from(source, invalidKeyFile('it is larger than 64 KiB', undefined, NAMED))
  return bytes.subarray(0, length)
}

/** The new name itself must survive a power cut. Windows cannot sync a directory, nor can some network mounts. */
const syncDirectory = (path: string): void => {
  if (WINDOWS) return
  const directory = openSync(path, constants.O_RDONLY)
  try {
    fsyncSync(directory)
  } catch (error) {
    if (errno(error) !== 'EINVAL' && errno(error) !== 'ENOTSUP') throw error
  } finally {
    closeSync(directory)
  }
}

const errno = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

const readFault = (path: string, cause: unknown): LicError =>
  errno(cause) === 'ENOENT'
    ? new LicError('NOT_FOUND', `${path}: no such key file`, { cause, data: { file: path }, hint: GONE })
    : new LicError('UNREADABLE', `${path}: the key file cannot be read`, { cause, data: { file: path } })

const writeFault = (path: string, cause: unknown): LicError => {
  const detail = { cause, data: { file: path } }
  const { code, syscall } = cause as NodeJS.ErrnoException
  if (code === 'EEXIST' && syscall === 'open')
    return new LicError('FILE_EXISTS', `${path}: exists, and a key is never overwritten`, {
      ...detail,
      hint: 'choose another name',
    })
  if (code === 'ENOSPC' || code === 'EDQUOT') return new LicError('DISK_FULL', `${path}: the disk is full`, detail)
  return new LicError('UNWRITABLE', `${path}: the key file cannot be written`, detail)
}

/** The same error with the source in front: the parts below do not know where their bytes came from. */
const from = (source: string, error: LicError, data?: { readonly file: string }): LicError =>
  new LicError(error.code, `${source}: ${error.message}`, {
    ...(error.hint !== undefined && { hint: error.hint }),
    data: { ...error.data, ...data },
    cause: error.cause ?? error,
  })

const named = (path: string, error: LicError): LicError => from(path, error, { file: path })

/** A path as a shell takes it, for a command that somebody is to copy. */
export const shellWord = (path: string): string =>
  /^[\w./+:@%-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
