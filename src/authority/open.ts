/** An authority that is there: its ledger opened, its keys in reach. */

import type { LedgerOptions } from '../ledger/open.ts'
import { openLedger } from '../ledger/open.ts'
import type { Authority } from './authority.ts'
import { refuseNetwork } from './file-systems.ts'
import { ledgerFile } from './init.ts'
import { type AskPassphrase, keyFiles } from './key-files.ts'

export interface OpenOptions extends Omit<Authority, 'ledger' | 'keychain' | 'dryRun' | 'source'> {
  readonly dryRun?: boolean | undefined
  readonly source?: Authority['source'] | undefined
  readonly passphrase: AskPassphrase
  readonly ledgerOptions?: Omit<LedgerOptions, 'file'> | undefined
}

/** Close its ledger when done. @throws LicError NO_LEDGER, UNHEALTHY on a network file system, and as `openLedger` does */
export const openAuthority = async (home: string, options: OpenOptions): Promise<Authority> => {
  refuseNetwork(home)
  const { passphrase, ledgerOptions, dryRun = false, source = 'cli', ...world } = options
  const ledger = await openLedger({ file: ledgerFile(home), ...ledgerOptions })
  return { ...world, dryRun, source, ledger, keychain: keyFiles(home, passphrase) }
}
