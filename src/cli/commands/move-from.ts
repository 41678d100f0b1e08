/**
 * `lic revoke --from`, `suspend`, `reinstate`, `cancel`: every license of a file. A license that is in the state already
 * is no error: the file was run before, or somebody was faster.
 */

import type { Authority } from '../../authority/authority.ts'
import { type Move, move } from '../../authority/move.ts'
import { lineFor, standingLines } from '../../authority/standing.ts'
import { licenseNamed } from '../../authority/the-license.ts'
import { toHex } from '../../core/bytes.ts'
import { formatKey } from '../../core/codes/license-key.ts'
import { LicError } from '../../core/errors.ts'
import { columnOf, columnsOf } from '../batch/columns.ts'
import { type BatchFlags, type Done, type Given, oneByOne } from '../batch/run.ts'
import { batchStream } from '../batch/with-ledger.ts'
import type { Context } from '../context.ts'
import type { Stream } from '../outcome.ts'
import { SEVERE } from './move.ts'

interface MoveFromFlags extends BatchFlags {
  readonly key: string | undefined
  readonly product: string | undefined
  readonly reason: string | undefined
  readonly idempotencyKey: string | undefined
}

const STATE = { suspend: 'suspended', reinstate: 'active', revoke: 'revoked', cancel: 'cancelled' } as const
const DONE = { suspend: 'suspended', reinstate: 'reinstated', revoke: 'revoked', cancel: 'cancelled' } as const

export const COLUMNS = columnsOf({
  key: { kind: 'text' },
  product: { kind: 'text' },
  reason: { kind: 'text' },
  idempotency_key: { kind: 'text' },
})

/** Each move is a transaction: so many are done between two looks for Ctrl-C. */
const MOST = 16

export const moveFrom = async (context: Context, verb: Move, from: string, options: MoveFromFlags): Promise<Stream> => {
  const { ask } = context
  if (options.key !== undefined) {
    throw new LicError('USAGE', 'a key and --from exclude each other', { hint: 'name one license, or a file of them' })
  }
  if (options.idempotencyKey !== undefined) {
    throw new LicError('USAGE', '--idempotency-key is for one license; with --from it is a column')
  }
  return batchStream(context, from, options, {
    schema: 'moved',
    command: verb,
    names: 'key',
    done: DONE[verb],
    columns: COLUMNS,
    most: MOST,
    again: 'the same command goes on where it was',
    confirm: SEVERE.has(verb) ? (rows, unread) => ask.confirm(question(verb, rows, from, unread)) : undefined,
    begin: async (authority) =>
      oneByOne(async ({ cells }) => {
        const text = (name: string): string | undefined => cells.get(name) as string | undefined
        const need = (name: string, value: string | undefined): string => {
          if (value !== undefined) return value
          throw new LicError('INVALID_INPUT', `the row has no ${name}`, { data: columnOf(name) })
        }
        const key = need('key', text('key'))
        const product = text('product') ?? options.product
        const reason = need('reason', text('reason') ?? options.reason)
        const there = await alreadyThere(authority, key, product, STATE[verb])
        if (there !== undefined) return there
        const idempotencyKey = text('idempotency_key')
        const moved = await move(authority, verb, { key, product, reason, idempotencyKey })
        const { id, masked, state } = moved
        return {
          fields: { key: moved.key, id, product: moved.product, from: moved.from, state },
          show: [masked, state],
        }
      }),
  })
}

const question = (verb: Move, rows: readonly Given[], from: string, unread: string): string => {
  const keys = new Set(rows.map(({ cells }) => String(cells.get('key')).toUpperCase()))
  const what = keys.size === 1 ? 'one license' : `${keys.size} licenses`
  return `${verb} ${what} of ${from === '-' ? 'the input' : from}${unread === '' ? '' : ` (${unread})`}?`
}

/** What is said of a license, or line, that needs no move. @throws LicError NOT_FOUND, AMBIGUOUS, CODE_MISTYPED */
const alreadyThere = async (
  { ledger, brand }: Authority,
  key: string,
  product: string | undefined,
  state: (typeof STATE)[Move],
): Promise<Done | undefined> => {
  const row = await licenseNamed(ledger.db, brand, key)
  const line = product === undefined ? undefined : lineFor(await standingLines(ledger.db, row), product)
  if ((line ?? row).state !== state) return undefined
  const whole = formatKey(row.prefix, row.cti)
  const fields = { key: whole, id: toHex(row.cti), product: product ?? null, from: state, state }
  return { fields, show: [whole, state], repeated: true }
}
