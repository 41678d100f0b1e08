/** An authority that is there: its ledger opened, its keys in reach. */

import { dirname } from 'node:path'
import { LicError } from '../core/errors.ts'
import type { Ledger, LedgerOptions } from '../ledger/open.ts'
import { openLedger } from '../ledger/open.ts'
import { isUrl, shown } from '../ledger/place.ts'
import type { AgentDoor } from './agent-name.ts'
import type { Authority } from './authority.ts'
import { refuseNetwork } from './file-systems.ts'
import { type AskPassphrase, keyFiles } from './key-files.ts'
import { ledgerPlace } from './ledger-place.ts'

export interface OpenOptions extends Omit<Authority, 'ledger' | 'keychain' | 'dryRun' | 'source'> {
  readonly dryRun?: boolean | undefined
  readonly source?: Authority['source'] | undefined
  readonly passphrase: AskPassphrase
  /** Where the ledger lies; absent: where the home says. */
  readonly ledger?: string | undefined
  /** The ssh-agent that may hold keys; absent: none is asked. */
  readonly agent?: AgentDoor | undefined
  readonly ledgerOptions?: Omit<LedgerOptions, 'file'> | undefined
}

/** Close its ledger when done. @throws LicError NO_LEDGER, UNHEALTHY on a network file system, and as `openLedger` does */
export const openAuthority = async (home: string, options: OpenOptions): Promise<Authority> => {
  const { passphrase, agent, ledgerOptions, dryRun = false, source = 'cli', ledger: place, ...world } = options
  const file = place ?? ledgerPlace(home)
  if (!isUrl(file)) refuseNetwork(dirname(file))
  const ledger = await openLedger({ file, ...ledgerOptions })
  await refuseEmpty(ledger, file)
  return { ...world, dryRun, source, ledger, keychain: keyFiles(home, passphrase, agent) }
}

/** Tables without an event are what a copy or an init left that did not come to its end. Nothing is worked with there. */
const refuseEmpty = async (ledger: Ledger, file: string): Promise<void> => {
  const event = await ledger.db.selectFrom('events').select('id').limit(1).executeTakeFirst()
  if (event !== undefined) return
  await ledger.close()
  throw new LicError('NO_LEDGER', `the ledger at ${shown(file)} was begun, and nothing is recorded in it`, {
    hint: 'run what was cut off once more: lic ledger copy --to PLACE, or lic init',
    data: { file: shown(file) },
  })
}
