/** `lic issue --from`: a license for every row of a file, some hundred a transaction. */

import type { Authority } from '../../authority/authority.ts'
import { checkCountry, checkForm, checkName } from '../../authority/checked.ts'
import type { IssueInput } from '../../authority/issue.ts'
import { type Issued, issueMany } from '../../authority/issue-many.ts'
import { checkTags } from '../../authority/remarks.ts'
import { isAnswered } from '../../authority/repeat.ts'
import { rowSecret } from '../../authority/row-keys.ts'
import { openSigningKey } from '../../authority/sealing.ts'
import { parseExpiry, parseTime } from '../../authority/term.ts'
import { restrictionsFrom, versionsFrom } from '../../authority/where.ts'
import { withSecret } from '../../authority/write-signed.ts'
import { keyBeginning } from '../../core/codes/license-key.ts'
import { LicError } from '../../core/errors.ts'
import { hashOf } from '../../core/hash.ts'
import { type Cell, columnOf, columnsOf, inColumn } from '../batch/columns.ts'
import { fileName, isThere, openDirectory, type WriteInto } from '../batch/out-dir.ts'
import { identitiesOf } from '../batch/row-identity.ts'
import type { BatchFlags, Done, Given } from '../batch/run.ts'
import { Seen } from '../batch/seen.ts'
import { batchStream } from '../batch/with-ledger.ts'
import type { Context } from '../context.ts'
import { type IssueFlags, issueInput } from '../issue-input.ts'
import { lineTerms, ownTerms, whole } from '../line-terms.ts'
import { isoTime } from '../moment.ts'
import type { Stream } from '../outcome.ts'

export interface IssueFromFlags extends IssueFlags, BatchFlags {
  readonly customer: string | undefined
  readonly customerName: string | undefined
  readonly createCustomer: boolean
  readonly outDir: string | undefined
  readonly allowDuplicates: boolean
  readonly compact: boolean
  readonly force: boolean
  readonly out: string | undefined
  readonly qr: string | undefined
  readonly armor: boolean
}

/** Rows a transaction: above this the next row costs no less. */
const MOST = 256

const NO_LINE = {
  tier: undefined,
  seats: undefined,
  devices: undefined,
  kind: undefined,
  metric: undefined,
  feature: [],
  limit: [],
  activation: undefined,
  maintenance: undefined,
  versions: undefined,
  restrict: [],
}

const checkEmail = (value: string) => checkForm('email', 'the e-mail address', value)
const named = (what: string) => (value: string) => checkName(what, value)

export const columns = (now: number) => {
  const number = (name: string) => ({ kind: 'text' as const, check: (value: string) => whole(name, value) })
  const text = { kind: 'text' } as const
  return columnsOf({
    customer: text,
    email: { kind: 'text', also: ['e_mail', 'mail'], check: checkEmail },
    customer_name: { kind: 'text', also: ['name'], check: named('the name') },
    company: { kind: 'text', check: named('the company') },
    country: { kind: 'text', check: checkCountry },
    product: { kind: 'list', also: ['products'], check: (all: readonly string[]) => all.map((each) => ownTerms(each)) },
    bundle: { kind: 'list', also: ['bundles'] },
    tier: text,
    expires: { kind: 'text', check: (value: string) => parseExpiry(value, now) },
    starts: { kind: 'text', check: (value: string) => parseTime(value, 'start') },
    seats: number('seats'),
    devices: number('devices'),
    kind: text,
    metric: text,
    feature: {
      kind: 'list',
      also: ['features'],
      check: (feature: readonly string[]) => lineTerms({ ...NO_LINE, feature }),
    },
    limit: { kind: 'list', also: ['limits'], check: (limit: readonly string[]) => lineTerms({ ...NO_LINE, limit }) },
    activation: text,
    maintenance: { kind: 'text', check: (value: string) => parseExpiry(value, now) },
    versions: { kind: 'text', check: versionsFrom },
    restrict: { kind: 'list', check: restrictionsFrom },
    emergency: { kind: 'switch' },
    test: { kind: 'switch' },
    licensee: { kind: 'text', check: named('the name of the licensee') },
    grace: number('grace'),
    fresh: number('fresh'),
    label: text,
    tag: { kind: 'list', also: ['tags'], check: checkTags },
    note: { kind: 'text', also: ['notes'] },
    order: text,
    invoice: text,
    subscription: text,
    reason: text,
    idempotency_key: text,
    out: { kind: 'text', check: fileName },
  })
}

/** What belongs to a single license, or to a row. @throws LicError USAGE */
const checkFlags = (options: IssueFromFlags): void => {
  const single = (['out', 'qr', 'customerName'] as const).find((name) => options[name] !== undefined)
  const flag = single?.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  if (flag !== undefined || options.armor) {
    throw new LicError('USAGE', `--${flag ?? 'armor'} is for one license; with --from it is a column, or --out-dir`, {
      hint: 'lic issue --from FILE --out-dir DIR',
    })
  }
}

export const issueFrom = async (context: Context, from: string, options: IssueFromFlags): Promise<Stream> => {
  const { io, dryRun } = context
  checkFlags(options)
  const { outDir } = options
  const writeInto = outDir === undefined ? undefined : await openDirectory(context, outDir)
  return batchStream(context, from, options, {
    schema: 'issued',
    command: 'issue',
    names: 'customer',
    done: 'issued',
    columns: columns(io.now()),
    most: MOST,
    again: AGAIN,
    begin: async (authority) => {
      const key = await openSigningKey(authority, 'issuing')
      const signing = withSecret(key)
      const asks = await askerOf(context, options, authority, await rowSecret(key))
      return async (rows) => {
        const asked: (IssueInput | LicError)[] = []
        for (const row of rows) asked.push(await asks(row))
        const wanted = asked.flatMap((each) => (each instanceof LicError ? [] : [each]))
        const issued = (wanted.length === 0 ? [] : await signing((open) => issueMany(authority, open, wanted))).values()
        // Side by side: files wait for the disk, and not for each other.
        const done = await Promise.all(
          asked.map((each, i): Done | Promise<Done> =>
            each instanceof LicError
              ? { error: each }
              : told(context, options, writeInto, rows[i] as Given, issued.next().value as Issued),
          ),
        )
        return dryRun ? done.map(rehearsed) : done
      }
    },
  })
}

const AGAIN =
  'the same command goes on where it was; to issue the same rows once more, give another --idempotency-key PREFIX; a row that was changed since is a new row: correct what was issued with lic change'

/** From a row to what is asked for, or why it is not. */
const askerOf = async (context: Context, options: IssueFromFlags, { ledger }: Authority, secret: Uint8Array) => {
  const files = new Seen()
  const keyOf = identitiesOf({
    verb: 'issue',
    secret,
    prefix: options.idempotencyKey,
    allowDuplicates: options.allowDuplicates,
  })

  /** Before anything is signed for it. @throws LicError USAGE, CONFLICT, FILE_EXISTS */
  const checkFile = async (row: number, out: Cell | undefined, key: string): Promise<void> => {
    if (out === undefined) return
    if (options.outDir === undefined) {
      throw new LicError('USAGE', 'a file is named, and there is no --out-dir', { hint: 'add --out-dir DIR' })
    }
    const name = fileName(String(out))
    const sight = files.see(hashOf('lic-file-1', name.toLowerCase()), row)
    if (sight.times > 1) throw new LicError('CONFLICT', `row ${sight.row} writes ${name}`, { hint: 'one file a row' })
    if (options.force || !(await isThere(context, options.outDir, name)) || (await isAnswered(ledger.db, key))) return
    throw new LicError('FILE_EXISTS', `${name} exists`)
  }

  return async ({ row, cells }: Given): Promise<IssueInput | LicError> => {
    try {
      const asked = inputOf(options, cells)
      const out = cells.get('out')
      const idempotencyKey = keyOf(row, cells.get('idempotency_key'), { ...asked, out })
      try {
        await checkFile(row, out, idempotencyKey)
      } catch (error) {
        return inColumn('out', () => {
          throw error
        })
      }
      return { ...asked, idempotencyKey }
    } catch (error) {
      if (error instanceof LicError) return error
      throw error
    }
  }
}

/** The row laid over the flags. */
const inputOf = (options: IssueFromFlags, cells: ReadonlyMap<string, Cell>): IssueInput => {
  const text = (name: string): string | undefined => cells.get(name) as string | undefined
  const laid: Record<string, unknown> = { ...options, idempotencyKey: undefined }
  for (const [name, value] of cells) if (name in laid) laid[name] = value
  // What a row sells takes the place of all that the command line sells.
  if (cells.has('product') || cells.has('bundle')) {
    laid.product = cells.get('product') ?? []
    laid.bundle = cells.get('bundle') ?? []
  }
  const email = text('email')
  const given = text('customer') ?? email ?? options.customer
  if (given === undefined) {
    throw new LicError('USAGE', 'the row names no customer', {
      hint: 'add a column customer or email',
      data: columnOf('customer'),
    })
  }
  const customer = given.includes('@') ? given : given.toLowerCase()
  const name = text('customer_name')
  const address = email ?? (customer.includes('@') ? customer : undefined)
  const created = name !== undefined || options.createCustomer
  return issueInput(
    customer,
    laid as unknown as IssueFlags,
    created
      ? {
          name,
          ...(customer.includes('@') ? {} : { id: customer }),
          email: address,
          company: text('company'),
          country: text('country'),
        }
      : undefined,
  )
}

/** The row's result, its file written. */
const told = async (
  context: Context,
  { compact, force }: IssueFromFlags,
  writeInto: WriteInto | undefined,
  { cells }: Given,
  issued: Issued,
): Promise<Done> => {
  if (!issued.ok) return { error: issued.error }
  const { handed, repeated, created } = issued
  const given = compact ? (await import('../../authority/hand-over.ts')).handOver(handed.bytes, { compact }) : handed
  const { key, id, masked, license } = given
  const expires = isoTime(license.expires)
  const fields = {
    key,
    id,
    customer: license.customer,
    expires,
    ...(created && { created: true }),
  }
  const show = [key, license.customer ?? '', expires ?? 'never']
  if (context.dryRun) return { fields, show, repeated }
  if (writeInto === undefined) {
    const { code } = given
    return { fields: { ...fields, code }, show: context.io.stdout.isTTY ? show : [...show, code], repeated }
  }
  const name = fileName(String(cells.get('out') ?? keyBeginning(key)))
  try {
    const file = await writeInto(name, given.bytes, force)
    return { fields: { ...fields, code: given.code, file }, show: [...show, file], repeated }
  } catch (cause) {
    if (!(cause instanceof LicError)) throw cause
    const error = new LicError(cause.code, `${masked} is recorded, and its file is not written: ${cause.message}`, {
      hint: `lic show ${keyBeginning(key)} --out FILE`,
      cause,
    })
    return { fields, show, error }
  }
}

/** Nothing that was only worked out has a key. */
const rehearsed = (done: Done): Done => {
  if (done.fields === undefined || done.repeated) return done
  const { key: _, id: __, ...fields } = done.fields
  return { ...done, fields, show: (done.show ?? []).slice(1) }
}
