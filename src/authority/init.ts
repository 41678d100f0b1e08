/**
 * `lic init`: an authority on disk. Everything is made in a folder of its own inside the home and moved into place at the
 * end, the ledger last, so that an interrupted init leaves no half an authority.
 */

import { existsSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toHex } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import { kidOf } from '../core/keys.ts'
import { authorityName } from '../ledger/meta.ts'
import { type Ledger, openLedger } from '../ledger/open.ts'
import type { Authority } from './authority.ts'
import { refuseNetwork } from './file-systems.ts'
import { type Founding, found, keyFileOf, newKeys, ROLES, type Role } from './found.ts'
import { keyFiles } from './key-files.ts'
import { ledgerFile, urlFile } from './ledger-place.ts'
import { makeDirectory, unwritable } from './make-directory.ts'
import type { Secret } from './secret.ts'
import { fileSigner } from './signer.ts'
import { starterTiers } from './starter-tiers.ts'
import { shellWord, writeKeyFile } from './vault.ts'

export interface InitInput {
  readonly name: string
  /** Slug and key prefix of the first brand; absent = made from the name. */
  readonly brand?: string | undefined
  readonly prefix?: string | undefined
  /** The passphrase of a role's key file; undefined = unencrypted. Asked once for each, before anything is made. */
  readonly passphrase: (role: Role) => Promise<string | undefined>
  /** The URL of the database that the ledger is to lie in; absent: a file in the home. */
  readonly ledger?: string | undefined
  /** log2 of scrypt's N; absent = 18. */
  readonly logN?: number | undefined
}

export interface Initialized {
  readonly home: string
  readonly name: string
  readonly brand: string
  readonly prefix: string
  readonly root: { readonly kid: string; readonly publicKey: Uint8Array }
  /** Role to path. */
  readonly files: Readonly<Record<string, string>>
}

/** @throws LicError CONFLICT when there is an authority, FILE_EXISTS when there are keys, UNWRITABLE, INVALID_INPUT */
export const init = async (
  home: string,
  world: Pick<Authority, 'now' | 'random' | 'actor' | 'source' | 'dryRun'>,
  input: InitInput,
): Promise<Initialized> => {
  refuseNetwork(home)
  checkVacant(home)
  const tiers = await starterTiers()
  const founding: Founding = {
    name: input.name,
    brand: input.brand ?? slugOf(input.name),
    prefix: input.prefix ?? prefixOf(input.name),
    tiers,
  }
  const keys = newKeys(world.random)
  const root = fileSigner(keys.root.seed as Secret).publicKey
  const result: Initialized = {
    home,
    name: founding.name,
    brand: founding.brand,
    prefix: founding.prefix,
    root: { kid: toHex(kidOf(root)), publicKey: root },
    files: Object.fromEntries(ROLES.map((role) => [role, join(home, keyFileOf(role))])),
  }
  const foundIn = async (ledger: Ledger, keychainHome: string): Promise<void> => {
    const authority: Authority = {
      ...world,
      ledger,
      brand: null,
      keychain: keyFiles(keychainHome, async () => undefined),
    }
    await ledger.transaction((tx) => found(tx, authority, keys, founding))
  }
  if (world.dryRun) {
    const ledger = await openLedger({ file: ':memory:', create: true })
    await foundIn(ledger, home)
    await ledger.close()
    return result
  }
  const passphrases = new Map<Role, string | undefined>()
  for (const role of ROLES) passphrases.set(role, await input.passphrase(role))
  const staging = join(home, `.init-${toHex(world.random(6))}`)
  const isNew = !existsSync(home)
  let made = false
  let founded = false
  makeDirectory(staging)
  try {
    await Promise.all(
      ROLES.map((role) => {
        const passphrase = passphrases.get(role)
        return writeKeyFile(join(staging, keyFileOf(role)), keys[role], {
          ...(passphrase !== undefined && { passphrase }),
          ...(input.logN !== undefined && { logN: input.logN }),
        })
      }),
    )
    if (input.ledger === undefined) {
      const ledger = await openLedger({ file: ledgerFile(staging), create: true })
      try {
        await foundIn(ledger, staging)
        // One file is moved: what the log beside it still held on a full disk would be lost.
        ledger.fold()
      } finally {
        await ledger.close()
      }
      moveIn(staging, home)
    } else {
      const url = input.ledger
      await onServer(url, (ledger) => foundIn(ledger, staging))
      // From here on there is an authority, and its keys lie here alone.
      founded = true
      writeFileSync(urlFile(staging), `${url}\n`, { mode: 0o600, flag: 'wx' })
      moveInFromServer(staging, home)
    }
    made = true
  } finally {
    if (made || !founded) rmSync(staging, { recursive: true, force: true })
    if (isNew && !made) removeEmpty(home)
  }
  return result
}

/** @throws LicError CONFLICT when there is an authority, FILE_EXISTS when there are keys without one */
export const checkVacant = (home: string): void => {
  if (existsSync(ledgerFile(home)) || existsSync(urlFile(home))) {
    throw new LicError('CONFLICT', `there is an authority in ${home} already`, {
      hint: 'use another home: --home DIR or LIC_HOME',
    })
  }
  if (existsSync(join(home, 'keys'))) {
    const left = leftLedger(home)
    throw new LicError('FILE_EXISTS', `there are keys in ${home}, but no ledger`, {
      hint: left
        ? `an init was interrupted at its last step; finish it: mv ${left} ${ledgerFile(home)}`
        : 'restore the ledger that belongs to them, or use another home: --home DIR',
    })
  }
}

/** @throws LicError CONFLICT when the database holds an authority, and as `openLedger` does */
const onServer = async (url: string, work: (ledger: Ledger) => Promise<void>): Promise<void> => {
  const ledger = await openLedger({ file: url, create: true })
  try {
    const name = await authorityName(ledger.db)
    if (name !== null) {
      throw new LicError('CONFLICT', `the database holds the ledger of ${name} already`, {
        hint: 'name another database or schema; or use that one: put its keys and LIC_LEDGER in place',
      })
    }
    await work(ledger)
  } finally {
    await ledger.close()
  }
}

/** @throws LicError UNWRITABLE; the keys are then where they were made, and the message says where */
const moveInFromServer = (staging: string, home: string): void => {
  try {
    renameSync(urlFile(staging), urlFile(home))
    renameSync(join(staging, 'keys'), join(home, 'keys'))
  } catch (cause) {
    throw new LicError('UNWRITABLE', `the ledger is made, but its keys could not be moved into ${home}`, {
      hint: `move them yourself: mv ${shellWord(join(staging, 'keys'))} ${shellWord(join(home, 'keys'))}`,
      cause,
    })
  }
}

/** Of several that found the same home at once, the first to move its keys in wins: a folder never replaces a full one. */
const moveIn = (staging: string, home: string): void => {
  const [from, to] = [join(staging, 'keys'), join(home, 'keys')]
  try {
    renameSync(from, to)
  } catch (cause) {
    if (!existsSync(to)) throw unwritable(home, cause)
    throw new LicError('CONFLICT', `there is an authority in ${home} by now: another init was faster`, { cause })
  }
  try {
    renameSync(ledgerFile(staging), ledgerFile(home))
  } catch (cause) {
    renameSync(to, from)
    throw unwritable(home, cause)
  }
}

/** The ledger of an init that ended between its two moves: made, whole, and not in its place. */
const leftLedger = (home: string): string | undefined =>
  readdirSync(home)
    .filter((name) => name.startsWith('.init-') && !existsSync(join(home, name, 'keys')))
    .map((name) => ledgerFile(join(home, name)))
    .find(existsSync)

const removeEmpty = (directory: string): void => {
  try {
    rmdirSync(directory)
  } catch {
    // Not empty, or never made: then it stays as it is.
  }
}

const ascii = (name: string): string => name.normalize('NFKD').replace(/[^A-Za-z0-9 ]+/g, '')

/** "Acme Software Ltd" is the brand acme-software-ltd with keys ACME-... */
const slugOf = (name: string): string => ascii(name).trim().toLowerCase().replace(/ +/g, '-').slice(0, 32) || 'default'

/** What keys begin with when nobody says otherwise. */
export const prefixOf = (name: string): string =>
  /^[A-Z][A-Z0-9]{1,3}/.exec(ascii(name).replaceAll(' ', '').toUpperCase())?.[0] ?? 'LIC'
