/**
 * `lic key unlock` and `lic key lock`: a key file's signing key in the ssh-agent for a while, so that its passphrase is typed
 * once. Only the signing key goes there: an agent has no room for the emergency secret. Nothing is recorded: what a key
 * may do does not change. Invariant: keys that lie in the agent alone are never taken out of it.
 */

import { equal, toHex } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import { type Key, listKeys } from '../ledger/keys.ts'
import { type AgentDoor, isAgentName } from './agent-name.ts'
import { agentAt } from './agent-signer.ts'
import type { Authority } from './authority.ts'
import { type AskPassphrase, openKeyFile } from './key-files.ts'
import { keyPath } from './key-places.ts'
import { fileSigner } from './signer.ts'
import { locked } from './ssh-agent.ts'
import { keyNamed } from './the-key.ts'

/** Seconds; a day is the longest. */
const LONGEST = 86_400
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** `15m`, `8h`: seconds. Here m is minutes: no key stays open for months. @throws LicError INVALID_INPUT */
export const parseSpan = (text: string): number => {
  const [, count = '', unit = ''] = /^([1-9][0-9]{0,5})(s|m|min|h|d)$/.exec(text.trim()) ?? []
  const seconds = Number(count) * (UNITS[unit === 'min' ? 'm' : unit] ?? 0)
  if (seconds > 0 && seconds <= LONGEST) return seconds
  throw new LicError('INVALID_INPUT', `a key cannot be unlocked for "${text.slice(0, 32)}"`, {
    hint: 'say for how many minutes or hours, a day at most: --for 15m, --for 8h',
  })
}

export interface Unlocked {
  readonly key: Key
  /** Unix seconds. */
  readonly until: number
}

/** @throws LicError NOT_FOUND, AMBIGUOUS, INVALID_INPUT, KEY_LOCKED, KEY_FILE_INVALID, and as a key file does */
export const unlockKey = async (
  { ledger, now, dryRun }: Authority,
  home: string,
  door: AgentDoor,
  passphrase: AskPassphrase,
  { key: word, seconds }: { readonly key: string; readonly seconds: number },
): Promise<Unlocked> => {
  const key = await keyNamed(ledger.db, word)
  const { file, publicKey } = inAFile(key)
  const agent = agentAt(door)
  // Before anybody types a passphrase for nothing.
  await agent.list()
  const { seed } = await openKeyFile(keyPath(home, file), (attempt) => passphrase(file, attempt))
  if (seed === undefined || !equal(fileSigner(seed).publicKey, publicKey)) {
    throw new LicError('KEY_FILE_INVALID', `${file} does not hold the ${key.role} key of this ledger`, {
      hint: 'put the right file back, or set LIC_HOME to the home that it belongs to',
    })
  }
  const until = now() + seconds
  if (dryRun) return { key, until }
  await agent.add(seed.reveal(), publicKey, `lic ${key.role} ${toHex(key.kid)}`, seconds)
  const { keys } = await agent.list()
  if (keys.some((each) => equal(each.publicKey, publicKey))) return { key, until }
  throw locked('the ssh-agent took the key and does not offer it', 'restart it: eval "$(ssh-agent)"; then try again')
}

/** @returns the keys that were taken out @throws LicError NOT_FOUND, AMBIGUOUS, INVALID_INPUT, KEY_LOCKED */
export const lockKeys = async (
  { ledger, dryRun }: Authority,
  door: AgentDoor,
  word: string | null,
): Promise<readonly Key[]> => {
  const named = word === null ? (await listKeys(ledger.db)).filter(isUnlockable) : [await keyNamed(ledger.db, word)]
  if (word !== null) for (const key of named) inAFile(key)
  const agent = agentAt(door)
  const { keys } = await agent.list()
  const open = named.filter(({ publicKey }) => publicKey && keys.some((each) => equal(each.publicKey, publicKey)))
  if (!dryRun) for (const { publicKey } of open) if (publicKey) await agent.remove(publicKey)
  return open
}

const isUnlockable = ({ file, publicKey }: Key): boolean => file !== null && !isAgentName(file) && publicKey !== null

/** @throws LicError INVALID_INPUT for a key that has no file, or nothing that an agent takes */
const inAFile = ({ role, file, publicKey }: Key): { readonly file: string; readonly publicKey: Uint8Array } => {
  if (role === 'emergency') {
    throw new LicError('INVALID_INPUT', 'the emergency secret signs nothing, so an ssh-agent has no use for it', {
      hint: 'its passphrase is given where it is used: lic emergency KEY --passphrase-file FILE',
    })
  }
  if (file === null || publicKey === null || isAgentName(file)) {
    throw new LicError('INVALID_INPUT', `the ${role} key has no file: it lies in the ssh-agent alone`, {
      hint: 'lock and open the whole agent: ssh-add -x, ssh-add -X; or add and take out the key: ssh-add FILE, ssh-add -d FILE',
    })
  }
  return { file, publicKey }
}
