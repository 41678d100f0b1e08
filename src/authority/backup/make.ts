/**
 * `lic ledger backup`: one state of the ledger, and the key files if they are asked for, in one file, while others go on
 * working. Invariants: the file appears whole under its name or not at all, and is its owner's alone; no key lies in it
 * unless that was asked for; what was made is recorded, so that `lic doctor` can say how old the newest is.
 */

import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { finished } from 'node:stream/promises'
import { encodeBase64 } from '../../core/base64.ts'
import { toHex } from '../../core/bytes.ts'
import { LicError } from '../../core/errors.ts'
import type { TreeHead } from '../../core/merkle.ts'
import { logHead } from '../../ledger/checkpoints.ts'
import { record } from '../../ledger/events.ts'
import { listKeys } from '../../ledger/keys.ts'
import { authorityEntity, authorityName } from '../../ledger/meta.ts'
import { ledgerVersion } from '../../ledger/migrate.ts'
import { openLedger } from '../../ledger/open.ts'
import { type Authority, stamp, write } from '../authority.ts'
import { keyPath } from '../key-places.ts'
import { unwritable } from '../make-directory.ts'
import { placeFile } from '../place-file.ts'
import { formatTime } from '../term.ts'
import { isOpenKey, keyFileBytes } from '../vault.ts'
import { type Verified, verifyLedger } from '../verify-ledger.ts'
import { encryption, type Lock, type Unlock } from './encryption.ts'
import { LEDGER, MANIFEST, type Manifest, type ManifestFile, writeManifest } from './manifest.ts'
import { type Entry, tar } from './tar.ts'
import { unpack } from './unpack.ts'

export interface BackupInput {
  /** Absolute. */
  readonly file: string
  readonly home: string
  /** Version of this program. */
  readonly program: string
  /** Absent: whoever has the file can read it. */
  readonly lock?: Lock | undefined
  readonly withKeys: boolean
  /** Keys that need no passphrase go into a file that needs none. */
  readonly openKeys: boolean
  /** Restores the file into a place of its own and looks it through; what opens it. */
  readonly verify?: Unlock | undefined
  /** Replaces a file of the name. */
  readonly force: boolean
  readonly onStep?: ((what: 'pages' | 'bytes' | 'rows', count: number) => Promise<void>) | undefined
}

export interface Backup extends TreeHead {
  readonly manifest: Manifest
  /** Of the file, in bytes. */
  readonly bytes: number
  readonly sha256: string
  readonly sealed: boolean
  /** Key files that lie in it; and those that the ledger names and that are not here. */
  readonly keys: readonly string[]
  readonly missing: readonly string[]
  readonly verified: Verified | null
  /** Why it is not recorded in the ledger; the file is good all the same. */
  readonly unrecorded: LicError | null
}

/** @throws LicError FILE_EXISTS, UNWRITABLE, DISK_FULL, INVALID_INPUT, KEY_FILE_EXPOSED, LEDGER_DAMAGED when verifying finds so */
export const makeBackup = async (authority: Authority, input: BackupInput): Promise<Backup> => {
  const { file, lock, onStep = async () => {} } = input
  const seal = lock && (await encryption(lock))
  const staging = stagingIn(input.home)
  const made = join(dirname(file), `.${basename(file)}.${toHex(authority.random(6))}`)
  try {
    const copy = join(staging, LEDGER)
    await authority.ledger.copyTo(copy, (count) => onStep('pages', count))
    const { missing, entries, manifest, head } = await contents(authority, input, copy)
    const pieces = tar([{ name: MANIFEST, ...inMemory(writeManifest(manifest)) }, ...entries], authority.now())
    const { bytes, sha256 } = await written(made, seal ? await seal(pieces) : pieces, onStep)
    rmSync(copy)
    const verified = input.verify === undefined ? null : await restoredAndVerified(made, staging, input.verify, onStep)
    if (!authority.dryRun) placeFile(made, file, input.force)
    const keys = manifest.files.filter(({ name }) => name !== LEDGER).map(({ name }) => name)
    const result = { ...head, manifest, bytes, sha256, sealed: lock !== undefined, keys, missing, verified }
    return { ...result, unrecorded: authority.dryRun ? null : await recorded(authority, file, result) }
  } catch (error) {
    throw backupFault(file, error)
  } finally {
    rmSync(staging, { recursive: true, force: true })
    rmSync(made, { force: true })
  }
}

/** The copy in clear stays in the home; where the backup goes, others may look. */
const stagingIn = (home: string): string => {
  try {
    return mkdtempSync(join(home, '.backup-'))
  } catch (cause) {
    throw unwritable(home, cause)
  }
}

const backupFault = (file: string, error: unknown): unknown => {
  if (error instanceof LicError || !(error instanceof Error) || !('code' in error)) return error
  if (error.code === 'EEXIST') return new LicError('FILE_EXISTS', `cannot write ${file}: it exists`, { cause: error })
  return ['ENOSPC', 'EDQUOT', 'EFBIG', 'EACCES', 'EPERM', 'EROFS', 'EIO'].includes(String(error.code))
    ? unwritable(dirname(file), error)
    : error
}

const inMemory = (bytes: Uint8Array): Pick<Entry, 'bytes' | 'content'> => ({ bytes: bytes.length, content: [bytes] })

/** What goes into the archive behind its manifest. */
const contents = async (
  { now }: Authority,
  { home, withKeys, openKeys, lock, program }: BackupInput,
  copy: string,
): Promise<{ entries: readonly Entry[]; manifest: Manifest; missing: readonly string[]; head: TreeHead }> => {
  const ledger = await openLedger({ file: copy, readOnly: true })
  try {
    const head = await logHead(ledger.db)
    const named = (await listKeys(ledger.db)).flatMap(({ file, state }) => (file && state !== 'retired' ? [file] : []))
    const paths = [...new Set(named)].map((key) => ({ key, path: keyPath(home, key) }))
    const there = paths.filter(({ path }) => existsSync(path))
    const keys = withKeys ? there.map(({ key, path }) => keyEntry(key, path)) : []
    const open = keys.filter(({ bytes }) => isOpenKey(bytes)).map(({ file }) => file.name)
    if (lock === undefined && !openKeys && open.length > 0) {
      throw new LicError(
        'CONFIRMATION_REQUIRED',
        `whoever gets this backup can sign: ${open.join(', ')} would lie in it without any passphrase`,
        { hint: 'encrypt it: --passphrase-file FILE or --encrypt-to age1...; or, if it is meant, add --yes' },
      )
    }
    const book: ManifestFile = { name: LEDGER, bytes: statSync(copy).size, sha256: await hashOfFile(copy) }
    const manifest: Manifest = {
      schema: 'lic.backup-manifest/1',
      authority: await authorityName(ledger.db),
      made: formatTime(now()),
      program,
      version: await ledgerVersion(ledger.db),
      events: head.size,
      root: encodeBase64(head.root),
      files: [book, ...keys.map(({ file }) => file)],
    }
    return {
      head,
      manifest,
      missing: paths.filter((each) => !withKeys || !there.includes(each)).map(({ key }) => key),
      entries: [
        { name: LEDGER, bytes: book.bytes, content: piecesOf(copy) },
        ...keys.map(({ file, bytes }) => ({ name: file.name, ...inMemory(bytes) })),
      ],
    }
  } finally {
    await ledger.close()
  }
}

const keyEntry = (key: string, path: string): { readonly file: ManifestFile; readonly bytes: Uint8Array } => {
  const bytes = keyFileBytes(path)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { bytes, file: { name: `keys/${basename(path)}`, bytes: bytes.length, sha256, key } }
}

/** Opened when the first piece is wanted. */
async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, { highWaterMark: 1_048_576 })
}

const hashOfFile = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const piece of piecesOf(path)) hash.update(piece)
  return hash.digest('hex')
}

const written = async (
  path: string,
  pieces: AsyncIterable<Uint8Array>,
  onStep: NonNullable<BackupInput['onStep']>,
): Promise<{ readonly bytes: number; readonly sha256: string }> => {
  const hash = createHash('sha256')
  let bytes = 0
  const out = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true })
  const done = finished(out)
  done.catch(() => {})
  for await (const piece of pieces) {
    hash.update(piece)
    bytes += piece.length
    if (!out.write(piece))
      await Promise.race([new Promise<void>((drained) => out.once('drain', () => drained())), done])
    await onStep('bytes', piece.length)
  }
  out.end()
  await done
  return { bytes, sha256: hash.digest('hex') }
}

/** The drill: out of the very file, with what opens it, and every check that there is. */
const restoredAndVerified = async (
  file: string,
  staging: string,
  unlock: Unlock,
  onStep: NonNullable<BackupInput['onStep']>,
): Promise<Verified> => {
  const directory = mkdtempSync(join(staging, 'restored-'))
  await unpack(file, directory, unlock, (count) => onStep('bytes', count))
  const ledger = await openLedger({ file: join(directory, LEDGER) })
  try {
    const verified = await verifyLedger(ledger, { onStep: (_, count) => onStep('rows', count) })
    const [first] = verified.damages
    if (first === undefined) return verified
    throw new LicError(
      'LEDGER_DAMAGED',
      `the ledger that was copied is not whole: ${first.table} ${first.row}: ${first.what}`,
      { hint: 'no backup was kept; see all that is wrong: lic ledger verify --all' },
    )
  } finally {
    await ledger.close()
  }
}

/** A full disk, a read-only ledger or a wrong clock must not take away the copy that was made because of it. */
const recorded = async (
  authority: Authority,
  file: string,
  { size, root, sha256, sealed, keys, verified }: Omit<Backup, 'unrecorded'>,
): Promise<LicError | null> => {
  try {
    await write(authority, async (tx) =>
      record(
        tx,
        {
          ...stamp(authority),
          type: 'backup.made',
          entity: await authorityEntity(tx),
          texts: { file },
          data: {
            size,
            root,
            file: Uint8Array.from(Buffer.from(sha256, 'hex')),
            encrypted: sealed,
            keys: keys.length > 0,
            verified: verified !== null,
          },
        },
        authority.random,
      ),
    )
    return null
  } catch (error) {
    if (error instanceof LicError) return error
    throw error
  }
}
