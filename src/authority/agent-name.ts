/** Keys that an ssh-agent holds, by name: how the ledger calls them, and how the agent of this session is reached. */

import { fingerprint } from './ssh-key.ts'

export interface AgentDoor {
  /** SSH_AUTH_SOCK; undefined = there is no agent. */
  readonly socket: string | undefined
  /** Ctrl-C. */
  readonly signal?: AbortSignal | undefined
  /** A passphrase was given: key files are opened, and the agent is asked only for what lies in it alone. */
  readonly passphraseGiven?: boolean | undefined
}

export const AGENT_PREFIX = 'ssh-agent:'

/** What the ledger holds as the file of a key that lies in an agent alone: its fingerprint as `ssh-add -l` prints it. */
export const agentName = (publicKey: Uint8Array): string => AGENT_PREFIX + fingerprint(publicKey)

export const isAgentName = (file: string): boolean => file.startsWith(AGENT_PREFIX)

/** What helps where no agent is to be had. */
export const START = 'start one: eval "$(ssh-agent)"; then try again'
