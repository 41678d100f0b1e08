/**
 * `lic ledger restore`: from a backup to a home that works. It is unpacked aside, looked through, and moved into place at the
 * end, the ledger last. Invariants: a ledger that is there is never written over: it is refused, or set aside whole; a key
 * file is never replaced; what is not whole is not put in place.
 */

import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { equal } from '../../core/bytes.ts'
import { LicError } from '../../core/errors.ts'
import type { PublicKey } from '../../core/keys.ts'
import type { TreeHead } from '../../core/merkle.ts'
import { logHead } from '../../ledger/checkpoints.ts'
import { record } from '../../ledger/events.ts'
import { listKeys } from '../../ledger/keys.ts'
import { authorityEntity, authorityName } from '../../ledger/meta.ts'
import { openLedger } from '../../ledger/open.ts'
import { setAside } from '../../ledger/set-aside.ts'
import { type Authority, stamp, write } from '../authority.ts'
import { refuseNetwork } from '../file-systems.ts'
import { keyPath } from '../key-places.ts'
import { ledgerFile } from '../ledger-place.ts'
import { makeDirectory, unwritable } from '../make-directory.ts'
import { openAuthority } from '../open.ts'
import { putKeyFile } from '../vault.ts'
import { verifyLedger } from '../verify-ledger.ts'
import type { Unlock } from './encryption.ts'
import { LEDGER, type Manifest } from './manifest.ts'
import { unpack } from './unpack.ts'

export interface RestoreInput {
  readonly file: string
  readonly home: string
  readonly unlock: Unlock
  /** Sets a ledger aside that is there. */
  readonly replace: boolean
  /** Checkpoints and root keys that were kept elsewhere, to hold it against before it is put in place. */
  readonly checkpoints?: readonly string[] | undefined
  readonly roots?: readonly PublicKey[] | undefined
  readonly busyTimeout?: number | undefined
  readonly onStep?: ((count: number) => Promise<void>) | undefined
}

export interface Restored extends TreeHead {
  readonly authority: string | null
  readonly manifest: Manifest | null
  /** Key files that were put in place or were there already, as paths; and those that the ledger names and that are not here. */
  readonly keys: readonly string[]
  readonly missing: readonly string[]
  /** Where the ledger lies that was in its place. */
  readonly aside: string | null
  /** Why the restoring is not recorded. */
  readonly unrecorded: LicError | null
}

type World = Pick<Authority, 'now' | 'random' | 'actor' | 'source' | 'host' | 'dryRun' | 'confirmClock'>

/** @throws LicError CONFLICT where a ledger is, FILE_EXISTS for another key, LEDGER_DAMAGED, and as `unpack` does */
export const restore = async (world: World, input: RestoreInput): Promise<Restored> => {
  const { file, home, replace, unlock, onStep = async () => {} } = input
  const there = ledgerFile(home)
  if (existsSync(there) && !replace) {
    throw new LicError('CONFLICT', `there is a ledger in ${home}`, {
      hint: 'restore into another home: --home DIR; or add --replace: the one that is there is kept in backups/',
    })
  }
  refuseNetwork(home)
  const isNew = !existsSync(home)
  makeDirectory(home)
  const staging = stagingIn(home)
  try {
    const { manifest } = await unpack(file, staging, unlock, onStep)
    const found = await looked(join(staging, LEDGER), manifest, input)
    const keys = keysOf(home, staging, manifest)
    const lacking = found.keys.filter((path) => !existsSync(path) && !keys.some((key) => key.to === path))
    const result = { ...found.head, authority: found.authority, manifest, missing: lacking }
    const paths = keys.map(({ to }) => to)
    if (world.dryRun) return { ...result, keys: paths, aside: null, unrecorded: null }
    for (const { from, to } of keys) if (!existsSync(to)) putKeyFile(to, from)
    const aside = existsSync(there) ? await setAside(there, input.busyTimeout) : null
    try {
      renameSync(join(staging, LEDGER), there)
    } catch (cause) {
      throw unwritable(home, cause)
    }
    return { ...result, keys: paths, aside, unrecorded: await recorded(world, home, found.head) }
  } finally {
    rmSync(staging, { recursive: true, force: true })
    if (isNew && !existsSync(there)) rmSync(home, { recursive: true, force: true })
  }
}

const stagingIn = (home: string): string => {
  try {
    return mkdtempSync(join(home, '.restore-'))
  } catch (cause) {
    throw unwritable(home, cause)
  }
}

/** Every check, before anything of it is in place. */
const looked = async (file: string, manifest: Manifest | null, input: RestoreInput) => {
  const { home, checkpoints, roots, onStep } = input
  const ledger = await openLedger({ file })
  try {
    const head = await logHead(ledger.db)
    const { damages } = await verifyLedger(ledger, {
      checkpoints,
      roots,
      ...(onStep && { onStep: (_, n) => onStep(n) }),
    })
    const [first] = damages
    if (first !== undefined) {
      throw new LicError(
        'LEDGER_DAMAGED',
        `the ledger in the backup is not whole: ${first.table} ${first.row}: ${first.what}`,
        {
          hint: 'nothing was changed; use another copy',
          data: { ...first },
        },
      )
    }
    if (manifest !== null && manifest.events !== head.size) {
      throw new LicError('LEDGER_DAMAGED', `the backup says ${manifest.events} events, and holds ${head.size}`, {
        hint: 'nothing was changed; use another copy',
      })
    }
    const named = (await listKeys(ledger.db)).flatMap(({ file: key }) => (key === null ? [] : [keyPath(home, key)]))
    ledger.fold()
    return { head, authority: await authorityName(ledger.db), keys: [...new Set(named)] }
  } finally {
    await ledger.close()
  }
}

/** Where each key of the backup goes. @throws LicError FILE_EXISTS where another key is */
const keysOf = (home: string, staging: string, manifest: Manifest | null) =>
  (manifest?.files ?? [])
    .filter(({ name }) => name !== LEDGER)
    .map(({ name, key }) => {
      const from = new Uint8Array(readFileSync(join(staging, name)))
      // A key that lay outside of the home of then comes into this one.
      const to = key !== undefined && !isAbsolute(key) ? within(home, key, name) : join(home, name)
      if (existsSync(to) && !equal(new Uint8Array(readFileSync(to)), from)) {
        throw new LicError('FILE_EXISTS', `${to} is there, and is another key than the one in the backup`, {
          hint: 'move it away, or restore into another home: --home DIR',
        })
      }
      return { from, to }
    })

/** A key's own name where it lies below the home, else that of the archive. Whoever wrote the backup chose both. */
const within = (home: string, key: string, name: string): string => {
  const path = join(home, key)
  return path.startsWith(join(home, 'keys/')) ? path : join(home, name)
}

/** The new beginning stands in the log: what was recorded after the backup is not there. */
const recorded = async (world: World, home: string, head: TreeHead): Promise<LicError | null> => {
  try {
    const authority = await openAuthority(home, { ...world, brand: null, passphrase: async () => undefined })
    try {
      await write(authority, async (tx) => {
        const entity = await authorityEntity(tx)
        return record(tx, { ...stamp(authority), type: 'backup.restored', entity, data: head }, authority.random)
      })
      return null
    } finally {
      await authority.ledger.close()
    }
  } catch (error) {
    if (error instanceof LicError) return error
    throw error
  }
}
