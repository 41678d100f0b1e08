/** Where the ledger of a command lies: what LIC_LEDGER says, else what the home says. */

import { resolve } from 'node:path'
import { ledgerPlace } from '../authority/ledger-place.ts'
import { LicError } from '../core/errors.ts'
import { isUrl } from '../ledger/place.ts'
import type { Io } from './io.ts'

/** An absolute path, or the URL of a server. @throws LicError UNREADABLE, and as `placeIn` */
export const ledgerOf = ({ env, cwd }: Pick<Io, 'env' | 'cwd'>, home: string): string => {
  return placeIn(cwd, ledgerPlace(home, env.LIC_LEDGER))
}

/** @param named a path or a URL. @throws LicError INVALID_INPUT for the URL of another kind of server, which would be taken for a path */
export const placeIn = (cwd: string, named: string): string => {
  if (isUrl(named)) return named
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(named)?.[1]
  if (scheme === undefined) return resolve(cwd, named)
  throw new LicError('INVALID_INPUT', `no ledger lies in a place that begins with ${scheme}://`, {
    hint: 'name a file, or a PostgreSQL database: postgres://USER@HOST/DATABASE',
  })
}
