/** Where the ledger of a command lies: what LIC_LEDGER says, else what the home says. */

import { resolve } from 'node:path'
import { ledgerPlace } from '../authority/ledger-place.ts'
import { isUrl } from '../ledger/place.ts'
import type { Io } from './io.ts'

/** An absolute path, or the URL of a server. @throws LicError UNREADABLE */
export const ledgerOf = ({ env, cwd }: Pick<Io, 'env' | 'cwd'>, home: string): string => {
  const place = ledgerPlace(home, env.LIC_LEDGER)
  return isUrl(place) ? place : resolve(cwd, place)
}
