/** `lic renew --from`: every license of a file, one after the other. */

import { handOver } from '../../authority/hand-over.ts'
import { renew } from '../../authority/renew.ts'
import { isAnswered } from '../../authority/repeat.ts'
import { rowSecret } from '../../authority/row-keys.ts'
import { openSigningKey } from '../../authority/sealing.ts'
import { parseExpiry, parseTerm, parseTime } from '../../authority/term.ts'
import { keyBeginning } from '../../core/codes/license-key.ts'
import { LicError } from '../../core/errors.ts'
import { columnOf, columnsOf } from '../batch/columns.ts'
import { fileName, openDirectory } from '../batch/out-dir.ts'
import { identitiesOf } from '../batch/row-identity.ts'
import { type BatchFlags, type Given, oneByOne } from '../batch/run.ts'
import { batchStream } from '../batch/with-ledger.ts'
import type { Context } from '../context.ts'
import { isoTime } from '../moment.ts'
import type { Stream } from '../outcome.ts'

export interface RenewFromFlags extends BatchFlags {
  readonly product: string | undefined
  readonly for: string | undefined
  readonly until: string | undefined
  readonly reason: string | undefined
  readonly idempotencyKey: string | undefined
  readonly outDir: string | undefined
  readonly allowDuplicates: boolean
  readonly force: boolean
  readonly out: string | undefined
  readonly qr: string | undefined
  readonly armor: boolean
}

export const columns = (now: number) =>
  columnsOf({
    key: { kind: 'text' },
    product: { kind: 'text' },
    for: { kind: 'text', check: parseTerm },
    until: { kind: 'text', check: (value: string) => parseExpiry(value, now) },
    from: { kind: 'text', check: (value: string) => parseTime(value, 'start') },
    reason: { kind: 'text' },
    idempotency_key: { kind: 'text' },
    out: { kind: 'text', check: fileName },
  })

/** Each renewal is a transaction: so many are done between two looks for Ctrl-C. */
const MOST = 16

const AGAIN =
  'the same command goes on where it was; to renew by the same rows once more, give another --idempotency-key PREFIX'

export const renewFrom = async (context: Context, from: string, options: RenewFromFlags): Promise<Stream> => {
  const { io, dryRun } = context
  const { outDir, force } = options
  if (options.out !== undefined || options.qr !== undefined || options.armor) {
    throw new LicError('USAGE', '--out, --qr and --armor are for one license', { hint: 'add --out-dir DIR' })
  }
  const writeInto = outDir === undefined ? undefined : await openDirectory(context, outDir)
  return batchStream(context, from, options, {
    schema: 'renewed',
    command: 'renew',
    names: 'key',
    done: 'renewed',
    columns: columns(io.now()),
    most: MOST,
    again: AGAIN,
    begin: async (authority) => {
      const keyOf = identitiesOf({
        verb: 'renew',
        secret: await rowSecret(await openSigningKey(authority, 'issuing')),
        prefix: options.idempotencyKey,
        allowDuplicates: options.allowDuplicates,
      })
      return oneByOne(async ({ row, cells }) => {
        const asked = askedOf(options, cells)
        const named = cells.get('out')
        if (named !== undefined && outDir === undefined) {
          throw new LicError('USAGE', 'a file is named, and there is no --out-dir', {
            hint: 'add --out-dir DIR',
            data: columnOf('out'),
          })
        }
        const idempotencyKey = keyOf(row, cells.get('idempotency_key'), asked)
        const repeated = await isAnswered(authority.ledger.db, idempotencyKey)
        const { bytes } = await renew(authority, { ...asked, idempotencyKey })
        const { key, id, license, code } = handOver(bytes)
        const expires = isoTime(license.expires)
        const fields = { key, id, customer: license.customer ?? null, revision: license.revision, expires }
        const show = [key, license.customer ?? '', expires ?? 'never']
        if (dryRun) return { fields, show, repeated }
        if (writeInto === undefined) {
          return { fields: { ...fields, code }, show: io.stdout.isTTY ? show : [...show, code], repeated }
        }
        const name = fileName(String(named ?? `${keyBeginning(key)}-${license.revision}`))
        const file = await writeInto(name, bytes, force)
        return { fields: { ...fields, code, file }, show: [...show, file], repeated }
      })
    },
  })
}

const askedOf = (options: RenewFromFlags, cells: Given['cells']) => {
  const text = (name: string): string | undefined => cells.get(name) as string | undefined
  const key = text('key')
  if (key === undefined) throw new LicError('INVALID_INPUT', 'the row names no license', { data: columnOf('key') })
  // One of the two is enough, and the row's goes before that of the command line.
  const own = text('for') !== undefined || text('until') !== undefined
  return {
    key: key.toUpperCase(),
    product: text('product') ?? options.product,
    for: own ? text('for') : options.for,
    until: own ? text('until') : options.until,
    from: text('from'),
    reason: text('reason') ?? options.reason,
  }
}
