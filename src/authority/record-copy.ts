/**
 * That a private half left its home on purpose: who took it, when, in which form. It stands in the book before the copy is handed
 * out; a copy that nobody recorded was made by other means than `lic`.
 */

import { record } from '../ledger/events.ts'
import type { Key } from '../ledger/keys.ts'
import { type Authority, stamp, write } from './authority.ts'

export interface Copy {
  /** To print, or printed. */
  readonly page: boolean
  /** Of the key file. */
  readonly file: boolean
  /** Under a passphrase of its own. */
  readonly sealed: boolean
  /** The page was read back, and holds that key. */
  readonly proven?: boolean | undefined
  readonly reason?: string | undefined
}

/** @throws LicError CLOCK_SUSPECT, and as the ledger does */
export const recordCopy = (
  authority: Authority,
  { kid }: Pick<Key, 'kid'>,
  { reason, page, file, sealed, proven }: Copy,
): Promise<void> =>
  write(authority, async (tx) => {
    await record(
      tx,
      {
        ...stamp(authority),
        type: 'key.copied',
        entity: kid,
        ...(reason !== undefined && { reason }),
        data: {
          ...(page && { page }),
          ...(file && { file }),
          ...(sealed && { sealed }),
          ...(proven && { proven }),
        },
      },
      authority.random,
    )
  })
