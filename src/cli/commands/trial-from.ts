/** `lic trial --from`: a license for every row of a file. Holds no more than a few rows at a time, and no ledger. */

import { checkCustomerId, checkForm, checkName } from '../../authority/checked.ts'
import type { DelegatedKey } from '../../authority/delegated-key.ts'
import { trial as makeTrial } from '../../authority/trial.ts'
import { keyBeginning } from '../../core/codes/license-key.ts'
import { LicError } from '../../core/errors.ts'
import { hashOf } from '../../core/hash.ts'
import { columnOf, columnsOf } from '../batch/columns.ts'
import { fileName, openDirectory, type WriteInto } from '../batch/out-dir.ts'
import { type Done, type Given, oneByOne, rowStream } from '../batch/run.ts'
import { Seen } from '../batch/seen.ts'
import type { Context } from '../context.ts'
import { openDelegatedKey } from '../delegated-key.ts'
import { whole } from '../line-terms.ts'
import { isoTime } from '../moment.ts'
import type { Stream } from '../outcome.ts'
import { earlierTrial } from '../trial-again.ts'
import { daysIn, type TrialFlags, type TrialOptions, trialInput } from './trial.ts'

/** Rows between two looks at the clock, and at Ctrl-C. */
const MOST = 256

const text = { kind: 'text' } as const
export const COLUMNS = columnsOf({
  product: text,
  tier: text,
  days: { kind: 'text', check: daysIn },
  email: {
    kind: 'text',
    also: ['e_mail', 'mail'],
    check: (value: string) => checkForm('email', 'the e-mail address', value),
  },
  customer: { kind: 'text', also: ['id'], check: checkCustomerId },
  licensee: {
    kind: 'text',
    also: ['name', 'customer_name'],
    check: (value: string) => checkName('the name of the licensee', value),
  },
  seats: { kind: 'text', check: (value: string) => whole('seats', value) },
  devices: { kind: 'text', check: (value: string) => whole('devices', value) },
  test: { kind: 'switch' },
  idempotency_key: text,
  out: { kind: 'text', check: fileName },
})

const AGAIN = 'the same command gives the same license ids; to make others for the same rows: --idempotency-key PREFIX'

export const trialFrom = async (context: Context, from: string, options: TrialOptions): Promise<Stream> => {
  const { outDir } = options
  if (options.out !== undefined || options.qr !== undefined) {
    throw new LicError('USAGE', '--out and --qr are for one license; with --from it is --out-dir', {
      hint: 'lic trial --from FILE --out-dir DIR',
    })
  }
  const writeInto = outDir === undefined ? undefined : await openDirectory(context, outDir)
  return rowStream(context, from, options, {
    schema: 'trials',
    command: 'trial',
    names: 'email',
    done: 'signed',
    columns: COLUMNS,
    most: MOST,
    again: AGAIN,
    begin: async () => {
      const key = await openDelegatedKey(context, options)
      const seen = new Seen()
      return { rows: oneByOne((row) => made(context, options, key, seen, writeInto, row)) }
    },
  })
}

const made = async (
  context: Context,
  options: TrialOptions,
  key: DelegatedKey,
  seen: Seen,
  writeInto: WriteInto | undefined,
  { row, cells }: Given,
): Promise<Done> => {
  const { io, dryRun } = context
  const own = cells.get('idempotency_key')
  const laid: Record<string, unknown> = { ...options }
  for (const [name, value] of cells) if (name in laid && name !== 'out') laid[name] = value
  const asked = trialInput({ ...(laid as unknown as TrialFlags), idempotencyKey: undefined })
  // Equal rows are several licenses: the second is known from the first by its number.
  const { times } = seen.see(hashOf('lic-row-1', String(own ?? ''), JSON.stringify(asked)), row)
  const prefix = options.idempotencyKey ?? 'row'
  const idempotencyKey = own === undefined ? `${prefix}:${times}` : String(own)
  const { handed, tier } = inColumns(() =>
    makeTrial(key, { ...asked, idempotencyKey }, { now: io.now(), random: io.random }),
  )
  const name = fileName(String(cells.get('out') ?? keyBeginning(handed.key)))
  if (cells.has('out') && writeInto === undefined) {
    throw new LicError('USAGE', 'a file is named, and there is no --out-dir', {
      hint: 'add --out-dir DIR',
      data: columnOf('out'),
    })
  }
  const before = options.force
    ? undefined
    : await earlierTrial(context, options.outDir && `${options.outDir}/${name}`, key, handed)
  const { key: licenseKey, id, license, code, bytes } = before ?? handed
  const expires = isoTime(license.expires)
  const fields = {
    ...{ key: licenseKey, id, product: asked.product, tier, expires },
    email: asked.email ?? null,
    customer: license.customer ?? null,
    licensee: license.licensee?.name ?? null,
  }
  const show = [licenseKey, asked.email ?? license.customer ?? '', expires ?? '']
  const repeated = before !== undefined || (own !== undefined && times > 1)
  if (dryRun) return { fields: { ...fields, key: undefined, id: undefined }, show: show.slice(1), repeated }
  if (writeInto === undefined)
    return { fields: { ...fields, code }, show: io.stdout.isTTY ? show : [...show, code], repeated }
  const file = await writeInto(name, bytes, options.force)
  return { fields: { ...fields, code, file }, show: [...show, file], repeated }
}

/** What the key does not allow, by the column that asks for it. */
const COLUMN_OF: Readonly<Record<string, string>> = { term: 'days' }

const inColumns = <T>(work: () => T): T => {
  try {
    return work()
  } catch (error) {
    const field = error instanceof LicError ? error.data?.field : undefined
    if (!(error instanceof LicError) || typeof field !== 'string') throw error
    const column = columnOf(COLUMN_OF[field] ?? field)
    throw new LicError(error.code, error.message, {
      ...(error.hint !== undefined && { hint: error.hint }),
      data: { ...error.data, ...column },
      cause: error,
    })
  }
}
