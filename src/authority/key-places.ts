/** Where the private half of a key is, for a list: looked at from outside, never opened. */

import { isAbsolute, join } from 'node:path'
import { LicError } from '../core/errors.ts'
import { agentName, isAgentName } from './agent-name.ts'
import { isEncrypted } from './vault.ts'

/**
 * `locked` needs a passphrase, `unlocked` does not; `agent`: the ssh-agent signs with it; `exposed` others can read, so it is never used; `absent` is moved
 * away or lost; `unreadable` is there and cannot be looked into.
 */
export type KeyPlace = 'locked' | 'unlocked' | 'agent' | 'exposed' | 'absent' | 'unreadable'

/** The path of a key file that the ledger names; the name of a key in an agent is no path, and stays. */
export const keyPath = (home: string, file: string): string =>
  isAbsolute(file) || isAgentName(file) ? file : join(home, file)

export const keyPlace = (home: string, file: string): KeyPlace => {
  if (isAgentName(file)) return 'absent'
  try {
    return isEncrypted(keyPath(home, file)) ? 'locked' : 'unlocked'
  } catch (error) {
    if (!(error instanceof LicError)) throw error
    if (error.code === 'NOT_FOUND') return 'absent'
    return error.code === 'KEY_FILE_EXPOSED' ? 'exposed' : 'unreadable'
  }
}

/**
 * The same, for a person who asks what can be signed now: an ssh-agent has keys too.
 * @param offered names of the keys that it offers: `agentsKeys`
 */
export const placeWith = (
  offered: ReadonlySet<string>,
  home: string,
  { file, publicKey }: { readonly file: string; readonly publicKey: Uint8Array | null },
): KeyPlace => {
  const place = keyPlace(home, file)
  const open = publicKey !== null && offered.has(agentName(publicKey))
  return open && (place === 'locked' || place === 'absent') ? 'agent' : place
}
