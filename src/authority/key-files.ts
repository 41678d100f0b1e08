/**
 * The keychain that is a directory: key files below the home of an authority, opened when a verb needs them. A key that
 * the ssh-agent holds signs there instead, and nobody is asked for a passphrase.
 */

import { LicError } from '../core/errors.ts'
import { type AgentDoor, isAgentName } from './agent-name.ts'
import type { Keychain } from './authority.ts'
import type { KeyContents } from './key-pem.ts'
import { keyPath, keyPlace } from './key-places.ts'
import { fileSigner, type Signer } from './signer.ts'
import { readKeyFile } from './vault.ts'

/**
 * The passphrase of an encrypted key file, by its name in the ledger. `attempt` counts from 1 and rises while the answers
 * are wrong; undefined = there is none, or no other.
 */
export type AskPassphrase = (name: string, attempt: number) => Promise<string | undefined>

/** @param passphrase asked for an encrypted file only @param agent absent: there is none */
export const keyFiles = (home: string, passphrase: AskPassphrase, agent?: AgentDoor): Keychain => ({
  open: async (name, publicKey) => {
    const signer = await agentsOwn(home, name, publicKey, agent)
    if (signer !== undefined) return { signer, byAgent: true }
    const path = keyPath(home, name)
    const { seed, emergency } = await openKeyFile(path, (attempt) => passphrase(name, attempt))
    return {
      signer: seed && fileSigner(seed),
      emergency: emergency && { epoch: emergency.epoch, secret: emergency.secret.reveal() },
    }
  },
})

/** The agent's signer for a key that lies in it alone, or whose file is locked or away while the agent has it. */
const agentsOwn = async (
  home: string,
  name: string,
  publicKey: Uint8Array | undefined,
  agent: AgentDoor | undefined,
): Promise<Signer | undefined> => {
  if (isAgentName(name)) return (await import('./agent-signer.ts')).agentSigner(agent, name)
  if (publicKey === undefined || !agent?.socket || agent.passphraseGiven) return undefined
  if (!['locked', 'absent'].includes(keyPlace(home, name))) return undefined
  const { agentAt, offeredSigner } = await import('./agent-signer.ts')
  try {
    return await offeredSigner(agentAt(agent), publicKey)
  } catch (error) {
    // An agent that is out of order is none: the passphrase still opens the file.
    if (error instanceof LicError && error.code === 'KEY_LOCKED') return undefined
    throw error
  }
}

/** Asks until an answer is right, or there is no other. @throws LicError as `readKeyFile` */
export const openKeyFile = async (
  path: string,
  answer: (attempt: number) => Promise<string | undefined>,
): Promise<KeyContents> => {
  let next: string | undefined
  for (let attempt = 1; ; attempt++) {
    try {
      return await readKeyFile(path, async () => next ?? answer(attempt))
    } catch (error) {
      if (!(error instanceof LicError) || error.code !== 'WRONG_PASSPHRASE') throw error
      next = await answer(attempt + 1)
      if (next === undefined) throw error
    }
  }
}
