/** `lic ledger copy`: the same ledger in another place. */

import { copyLedgerTo } from '../../authority/copy-ledger.ts'
import { encodeBase64 } from '../../core/base64.ts'
import { LicError } from '../../core/errors.ts'
import { isUrl, shown } from '../../ledger/place.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { placeIn } from '../ledger-place.ts'
import type { Outcome } from '../outcome.ts'

interface CopyOptions {
  readonly to: string | undefined
}

export const ledgerCopy = async (context: Context, options: CopyOptions): Promise<Outcome> => {
  const { ask, io, dryRun, voice } = context
  const named = await ask.need(options.to, '--to', 'To which file or server (postgres://...)')
  const to = placeIn(io.cwd, named)
  const { size, root } = await withAuthority(context, { brand: null }, (authority) => {
    const progress = voice.progress('rows')
    return copyLedgerTo(authority, {
      to,
      ...(io.busyTimeout !== undefined && { busyTimeout: io.busyTimeout }),
      pid: io.pid,
      isRunning: io.isRunning,
      onRows: async (count) => {
        await progress.step(count)
        await new Promise((listen) => setImmediate(listen))
        if (io.signal.aborted) throw new LicError('INTERRUPTED', 'interrupted')
      },
    }).finally(() => progress.end())
  })
  const head = encodeBase64(root)
  return {
    schema: 'ledger-copy',
    data: { to: shown(to), events: size, root: head, ...(dryRun && { dryRun: true }) },
    show: {
      fields: [
        ['to', shown(to)],
        ['events', String(size)],
        ['root', `${head}, in both`],
      ],
    },
    notes: dryRun
      ? ['dry run: nothing was copied']
      : [
          'this home goes on with the ledger that was copied; from now on they are two',
          `to work with the copy: LIC_LEDGER=${isUrl(to) ? "'URL'" : to}; then put the other away, so that nobody records in both`,
        ],
  }
}
