/**
 * Keys that an ssh-agent holds, as signers: those that lie nowhere else, and those of key files that were unlocked into it.
 * Ed25519 is deterministic, so what comes out is byte for byte what the key file would have signed. Invariant: no signature
 * leaves that its own key does not verify.
 */

import { equal } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import { importPublicKey } from '../core/keys.ts'
import { AGENT_PREFIX, type AgentDoor, agentName, START } from './agent-name.ts'
import type { Signer } from './signer.ts'
import { locked, type Offered, type SshAgent, sshAgent } from './ssh-agent.ts'

const connections = new WeakMap<AgentDoor, SshAgent>()

/** The agent behind a door; one connection a door. @throws LicError KEY_LOCKED when SSH_AUTH_SOCK names none */
export const agentAt = (door: AgentDoor | undefined): SshAgent => {
  if (door?.socket === undefined || door.socket === '') {
    throw locked('there is no ssh-agent: SSH_AUTH_SOCK is not set', START)
  }
  const known = connections.get(door) ?? sshAgent(door.socket, door.signal)
  connections.set(door, known)
  return known
}

const signerIn = (agent: SshAgent, publicKey: Uint8Array): Signer => {
  const { verify } = importPublicKey(publicKey)
  return {
    publicKey,
    sign: async (bytes) => {
      const signature = await agent.sign(publicKey, bytes)
      if (verify(bytes, signature)) return signature
      throw locked('the ssh-agent gave a signature that is not of the key', 'restart the agent, and add the key again')
    },
  }
}

/**
 * The signer of a key that the agent offers; undefined when it does not.
 * @throws LicError KEY_LOCKED as the agent's questions do
 */
export const offeredSigner = async (agent: SshAgent, publicKey: Uint8Array): Promise<Signer | undefined> => {
  const { keys } = await agent.list()
  const found = keys.find((key) => equal(key.publicKey, publicKey))
  return found && signerIn(agent, found.publicKey)
}

/** The signer of a key that lies in the agent alone, by what the ledger calls its file. @throws LicError KEY_LOCKED */
export const agentSigner = async (door: AgentDoor | undefined, file: string): Promise<Signer> => {
  const agent = agentAt(door)
  const offered = await agent.list()
  const found = offered.keys.find((key) => agentName(key.publicKey) === file)
  if (found !== undefined) return signerIn(agent, found.publicKey)
  throw locked(
    `the ssh-agent does not offer the key ${file.slice(AGENT_PREFIX.length)}: ${offeredText(offered)}`,
    'add it: ssh-add FILE; a locked agent is opened with: ssh-add -X; what it offers: ssh-add -l',
  )
}

/** What an agent offers, in words. */
export const offeredText = ({ keys, others }: Offered): string => {
  if (keys.length + others.length === 0) return 'it is empty, or locked'
  const kinds = [...new Set(others)].join(', ')
  if (keys.length === 0) return `its only keys are ${kinds}`
  return `it offers ${keys.length === 1 ? 'another one' : `${keys.length} others`}`
}

/** The names of the keys that the agent offers, for a list: an agent that is out of reach has none. */
export const agentsKeys = async (door: AgentDoor): Promise<ReadonlySet<string>> => {
  if (!door.socket) return new Set()
  try {
    const { keys } = await agentAt(door).list()
    return new Set(keys.map(({ publicKey }) => agentName(publicKey)))
  } catch (error) {
    if (error instanceof LicError && error.code === 'KEY_LOCKED') return new Set()
    throw error
  }
}
