/** The private keys from outside, and how long the certificates over them run. No passphrase is asked for. */

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { equal, toHex } from '../../core/bytes.ts'
import { readCertificate } from '../../core/certificate.ts'
import { open } from '../../core/cose.ts'
import { LicError } from '../../core/errors.ts'
import type { Key } from '../../ledger/keys.ts'
import type { KeyRole } from '../../ledger/schema.ts'
import { AGENT_PREFIX, agentName, isAgentName } from '../agent-name.ts'
import { agentsKeys } from '../agent-signer.ts'
import { keyFileOf, ROLES } from '../found.ts'
import { keyFiles } from '../key-files.ts'
import { nextName } from '../key-lines.ts'
import { keyPath } from '../key-places.ts'
import { formatDay, spanText } from '../term.ts'
import { shellWord } from '../vault.ts'
import { type Check, fail, type Machine, ok, warn } from './check.ts'

/** The part of a key's row that its file is held against; without a ledger only the file's name is known. */
type Expected = Pick<Key, 'role' | 'file'> & Partial<Pick<Key, 'name' | 'publicKey' | 'epoch'>>

/** What is missed when the file is not here: daily work stops without the first two; the others may live elsewhere. */
const NEEDED: Readonly<Record<KeyRole, 'always' | 'sometimes' | 'elsewhere'>> = {
  issuing: 'always',
  list: 'always',
  audit: 'sometimes',
  emergency: 'sometimes',
  root: 'elsewhere',
  delegated: 'elsewhere',
}

/** One finding a key file. `keys` null: there is no ledger to ask, so the files of `lic init` are looked for. */
export const keyChecks = async (machine: Machine, keys: readonly Key[] | null): Promise<readonly Check[]> => {
  const { home } = machine
  if (keys === null && !existsSync(join(home, 'keys'))) return []
  const expected: readonly Expected[] =
    keys?.filter(({ file, state }) => file !== null && state === 'active') ??
    ROLES.map((role) => ({ role, file: keyFileOf(role) }))
  const rank = ({ role }: Expected): number => (ROLES as readonly KeyRole[]).indexOf(role)
  const offered = await agentsKeys({ socket: machine.env.SSH_AUTH_SOCK })
  return Promise.all([...expected].sort((a, b) => rank(a) - rank(b)).map((key) => keyCheck(machine, key, offered)))
}

const keyCheck = async ({ home }: Machine, key: Expected, offered: ReadonlySet<string>): Promise<Check> => {
  const { role } = key
  if (key.file !== null && isAgentName(key.file)) return agentCheck(key.file, role, offered)
  const file = key.file ?? keyFileOf('issuing')
  const path = keyPath(home, file)
  const name = `${key.name ?? role} key`
  try {
    // Without a passphrase an encrypted file is read as far as its header, and says KEY_LOCKED when that is in order.
    const { signer, emergency } = await keyFiles(home, async () => undefined).open(file)
    if (!belongs(key, signer?.publicKey, emergency?.epoch)) {
      return fail(name, `${path} holds another key than the ledger names`, restore(path))
    }
    return present(role, name, path, 'not encrypted')
  } catch (error) {
    if (!(error instanceof LicError)) throw error
    if (error.code === 'KEY_LOCKED') {
      const open = key.publicKey && offered.has(agentName(key.publicKey)) ? ', open in the ssh-agent' : ''
      return present(role, name, path, `locked by a passphrase${open}`)
    }
    if (error.code === 'NOT_FOUND') return absent(role, name, path)
    if (error.code === 'KEY_FILE_EXPOSED') return fail(name, error.message, `chmod 600 ${shellWord(path)}`)
    return fail(name, error.message, restore(path))
  }
}

/** A key that lies in the agent alone. The agent of whoever asks may be another than that of whoever signs. */
const agentCheck = (file: string, role: KeyRole, offered: ReadonlySet<string>): Check => {
  const name = `${role} key`
  const shown = file.slice(AGENT_PREFIX.length)
  if (offered.has(file)) return ok(name, `in the ssh-agent: ${shown}`)
  const found = `the ssh-agent does not offer ${shown}`
  const fix = 'ssh-add FILE, or plug the token in; see: ssh-add -l'
  return NEEDED[role] === 'always'
    ? fail(name, `${found}, so nothing of its kind can be signed in this session`, fix)
    : warn(name, found, fix)
}

const belongs = (key: Expected, publicKey: Uint8Array | undefined, epoch: number | undefined): boolean => {
  if (key.publicKey) return publicKey !== undefined && equal(publicKey, key.publicKey)
  return key.role === 'emergency' ? epoch !== undefined && (key.epoch ?? epoch) === epoch : publicKey !== undefined
}

const restore = (path: string): string => `cp -p /path/to/backup/${path.split('/').at(-1)} ${shellWord(path)}`

const present = (role: KeyRole, name: string, path: string, how: string): Check =>
  role === 'root'
    ? warn(
        name,
        `${path} is still on this machine (${how}); daily work does not need it`,
        `mv ${shellWord(path)} /path/on/an/offline/medium/`,
      )
    : ok(name, `${path}, ${how}`)

const absent = (role: KeyRole, name: string, path: string): Check => {
  if (NEEDED[role] === 'elsewhere') return ok(name, `${path} is not here, as it should be`)
  const found = `${path} is not here`
  return NEEDED[role] === 'always'
    ? fail(name, `${found}, and nothing of its kind can be signed`, restore(path))
    : warn(name, `${found}: moved away or lost`, restore(path))
}

const DAY = 86_400
const AHEAD = 90 * DAY

/** What can no longer be made when the certificate has ended. */
const SIGNS: Readonly<Partial<Record<KeyRole, string>>> = {
  issuing: 'licenses',
  list: 'revocation lists',
  audit: 'checkpoints',
}

export const certificates = ({ now }: Machine, keys: readonly Key[]): readonly Check[] =>
  keys
    .filter(({ state, notAfter }) => state === 'active' && notAfter !== null)
    .map((key) => {
      const until = key.notAfter as number
      if (key.role === 'delegated') return delegated(key, keys, until, now)
      const name = `${key.name ?? key.role} certificate`
      const what = SIGNS[key.role] ?? 'licenses'
      const next = keys.find(
        (each) => each.role === key.role && each.state === 'active' && (each.notAfter ?? 0) > until,
      )
      const rotate = `lic key rotate ${key.name ?? key.role}`
      if (next !== undefined && until - now < AHEAD) {
        const ends = until < now ? 'ended' : 'ends'
        return ok(
          name,
          `it ${ends} on ${formatDay(until)}; ${next.name ?? next.role} goes on until ${formatDay(next.notAfter ?? 0)}`,
        )
      }
      if (until < now) return fail(name, `it ended on ${formatDay(until)}: no ${what} can be signed`, rotate)
      const found = `${what} can be signed until ${formatDay(until)}, ${spanText(now, until)} from now${endOf(key)}`
      return until - now < AHEAD ? warn(name, found, rotate) : ok(name, found)
    })

/** It warns where it is used as well; one that has ended was replaced, or is not missed. */
const delegated = (
  { name: given, kid, role, signer }: Key,
  keys: readonly Key[],
  until: number,
  now: number,
): Check => {
  const name = `delegated key ${given ?? toHex(kid)}`
  if (until < now) return ok(name, `it ended on ${formatDay(until)}; what it made stands until its own end`)
  const above = keys.find((key) => signer !== null && equal(key.kid, signer))
  const free = shellWord(nextName(keys, { name: given ?? 'ci', role }))
  const next = `lic key delegate --name ${free} --tiers T --products P --out NEXT.key`
  if (above?.state === 'compromised') {
    return warn(name, `the key above it is compromised: what it makes is refused with the next list`, next)
  }
  const found = `it makes licenses until ${formatDay(until)}, ${spanText(now, until)} from now`
  return until - now < 14 * DAY ? warn(name, found, next) : ok(name, found)
}

/** A license ends at most the longest term after the last day on which one can be signed (FORMAT 6). */
const endOf = ({ certificate, notAfter }: Key): string => {
  const term = certificate === null ? undefined : termOf(certificate)
  return term === undefined
    ? ''
    : `; none ends after ${formatDay((notAfter ?? 0) + term * 3600)}, but for those without end`
}

const termOf = (bytes: Uint8Array): number | undefined => {
  try {
    return readCertificate(open(bytes)).term
  } catch {
    return undefined
  }
}

/** Key files that the ledger does not name. */
export const strayKeys = ({ home }: Machine, keys: readonly Key[]): readonly Check[] => {
  const folder = join(home, 'keys')
  const named = new Set(keys.flatMap(({ file }) => (file === null ? [] : [keyPath(home, file)])))
  const stray = existsSync(folder)
    ? readdirSync(folder)
        .map((name) => join(folder, name))
        .filter((path) => path.endsWith('.key') && !named.has(path))
    : []
  if (stray.length === 0) return []
  return [
    warn(
      'other keys',
      `the ledger names no ${stray.join(', ')}`,
      `mv ${stray.map(shellWord).join(' ')} /path/elsewhere/`,
    ),
  ]
}
