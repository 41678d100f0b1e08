/** What the own authority knows of a license, for whoever names no root keys. The kit has another file in this place. */

import { type RecordOf, recordOf } from '../authority/record-of.ts'
import { ownTrust } from '../authority/sealing.ts'
import type { Trust } from '../core/chain.ts'
import type { Signed } from '../core/cose.ts'
import type { GrantedLicense } from '../core/rights.ts'
import { withAuthority } from './authority.ts'
import type { Context } from './context.ts'

export type Recorded = (license: GrantedLicense, signed: Signed) => Promise<RecordOf>

/** Opens the own authority for `work`: its root keys, and its record of a license. */
export const withOwnBook = <T>(context: Context, work: (trust: Trust, recorded: Recorded) => Promise<T>): Promise<T> =>
  withAuthority(context, {}, async (authority) =>
    work(await ownTrust(authority.ledger.db), (license, signed) => recordOf(authority, license, signed)),
  )
