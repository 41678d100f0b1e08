/**
 * `lic transfer`: a license, or one line of it, goes to another customer under a new key. The old one is superseded and
 * revoked; its activations do not move, because they are bound to the old key.
 */

import { formatKey, maskKey } from '../core/codes/license-key.ts'
import { LicError } from '../core/errors.ts'
import type { License, Line } from '../core/license.ts'
import { theBrand } from '../ledger/brands.ts'
import { type Customer, findCustomers } from '../ledger/customers.ts'
import { record } from '../ledger/events.ts'
import type { Idempotency } from '../ledger/idempotency.ts'
import { licenseByCti, type License as Row } from '../ledger/licenses.ts'
import { theProduct } from '../ledger/products.ts'
import { revisionsOf } from '../ledger/revisions.ts'
import type { Reader, Tx } from '../ledger/schema.ts'
import { signedObject } from '../ledger/signed-objects.ts'
import { dealStatusIndexes } from '../ledger/status-indexes.ts'
import { type Authority, stamp } from './authority.ts'
import { customerToServe } from './customer-to-serve.ts'
import { type HandedLicense, handOver } from './hand-over.ts'
import { customerFor, freshCti, type IssueInput, licenseeOf } from './issue.ts'
import { withEnds } from './line-ends.ts'
import { lineData } from './lines.ts'
import { earlierAnswer, requestOf } from './repeat.ts'
import { reviseIn } from './revise.ts'
import { revisionData, signLicense } from './sign-license.ts'
import type { SigningKey } from './sign-object.ts'
import { checkNotEnded, REVOKED, type Standing, standingFor } from './standing.ts'
import { writeSigned } from './write-signed.ts'

export interface TransferInput extends Pick<IssueInput, 'newCustomer'> {
  readonly key: string
  /** Customer id, or an e-mail address that is one customer's. */
  readonly to: string
  /** Only the line for this product goes; the license keeps the others. */
  readonly product?: string | undefined
  readonly reason?: string | undefined
  readonly idempotencyKey?: string | undefined
}

export interface Transferred {
  /** The new license. */
  readonly handed: HandedLicense
  readonly from: { readonly key: string; readonly masked: string; readonly customer: string | null }
  /** What the old key keeps: its next revision; null when it is superseded. */
  readonly kept: HandedLicense | null
}

/** @throws LicError NOT_FOUND, AMBIGUOUS, ILLEGAL_MOVE, INVALID_INPUT, RIGHTS_EXCEEDED, CONFLICT, CLOCK_SUSPECT, and as keys do */
export const transfer = async (authority: Authority, input: TransferInput): Promise<Transferred> => {
  const { idempotencyKey, ...asked } = input
  const request = requestOf('transfer', idempotencyKey, asked)
  const { db } = authority.ledger
  const answered = await earlierAnswer(db, request, authority.brand)
  if (answered !== null) return firstAnswer(db, answered)
  const products = input.product === undefined ? [] : [input.product]
  const { row, license } = await standingFor(db, authority, 'transfer', input.key, products)
  checkNotEnded(row, 'transfer', license.expires, authority.now())
  return writeSigned(authority, 'issuing', async (tx: Tx, key) => {
    const again = await earlierAnswer(tx, request, authority.brand)
    if (again !== null) return firstAnswer(tx, again)
    const standing = await standingFor(tx, authority, 'transfer', input.key, products)
    const customer = await customerFor(tx, authority, standing.row.brand, {
      customer: input.to,
      newCustomer: input.newCustomer,
    })
    checkOther(standing.row, customer)
    const goes = [...standing.license.lines].filter(
      ([, line]) => input.product === undefined || line.product === input.product,
    )
    const handed = await issueTo(tx, authority, key, standing, customer, { lines: goes, request, reason: input.reason })
    const whole = goes.length === standing.license.lines.size
    const kept = whole ? null : await keep(tx, authority, key, standing, goes, input.reason)
    if (whole) await supersede(tx, authority, standing, handed, input.reason)
    return { handed, from: fromOf(standing.row), kept }
  })
}

const fromOf = ({ prefix, cti, customer }: Row): Transferred['from'] => ({
  key: formatKey(prefix, cti),
  masked: maskKey(prefix, cti),
  customer,
})

/** What was answered when this event was recorded. */
const firstAnswer = async (db: Reader, event: number): Promise<Transferred> => {
  const handed = handOver((await signedObject(db, event)).bytes)
  const { replaces } = await licenseByCti(db, handed.license.cti)
  if (replaces === null) throw new LicError('LEDGER_DAMAGED', 'a transfer that names no license')
  const row = await licenseByCti(db, replaces)
  const after = row.state === 'superseded' ? [] : await revisionsOf(db, row.id)
  const bytes = after.find((revision) => revision.event > event)?.bytes
  return { handed, from: fromOf(row), kept: bytes ? handOver(bytes) : null }
}

/** Whether it can be, and to whom it would go, for a question before it does. @throws LicError as `transfer` */
export const foreseeTransfer = async (
  authority: Authority,
  { key, to, product, newCustomer }: TransferInput,
): Promise<{ readonly row: Row; readonly to: string }> => {
  const { db } = authority.ledger
  const { row, license } = await standingFor(db, authority, 'transfer', key, product === undefined ? [] : [product])
  checkNotEnded(row, 'transfer', license.expires, authority.now())
  if (newCustomer && (await findCustomers(db, row.brand, to)).length === 0) return { row, to: newCustomer.name ?? to }
  const customer = await customerToServe(db, row.brand, to)
  checkOther(row, customer)
  return { row, to: customer.name ?? customer.id }
}

/** @throws LicError INVALID_INPUT */
const checkOther = (row: Row, customer: Customer): void => {
  if (customer.id !== row.customer) return
  throw new LicError('INVALID_INPUT', `the license is ${customer.id}'s already`, {
    hint: 'name another customer with --to',
  })
}

interface Going {
  readonly lines: readonly (readonly [number, Line])[]
  readonly request: Idempotency | undefined
  readonly reason: string | undefined
}

/** The same terms under a new key, from its first revision on. */
const issueTo = async (
  tx: Tx,
  authority: Authority,
  key: SigningKey,
  { row, license: old }: Standing,
  customer: Customer,
  { lines, request, reason }: Going,
): Promise<HandedLicense> => {
  const { random } = authority
  const indexes = await dealStatusIndexes(tx, lines.length, random)
  const { anchor, ...terms } = withEnds({ ...old, lines: new Map(lines) }, new Map())
  const { prefix } = lines.length === old.lines.size ? old : { prefix: await prefixFor(tx, row.brand, lines) }
  const license: License = {
    ...terms,
    prefix,
    customer: customer.id,
    licensee: licenseeOf(customer.name),
    cti: await freshCti(tx, random),
    issuedAt: authority.now(),
    revision: 1,
    lines: new Map([...terms.lines.values()].map((line, i) => [i, { ...line, statusIndex: indexes[i] }])),
  }
  const object = await signLicense(license, key, anchor !== undefined)
  const handed = handOver(object.bytes)
  await record(
    tx,
    {
      ...stamp(authority),
      type: 'license.issued',
      entity: license.cti,
      brand: row.brand,
      customer: customer.id,
      ...(reason !== undefined && { reason }),
      ...(request && { idempotency: request }),
      object,
      data: {
        prefix: license.prefix,
        test: license.test === true,
        lines: [...license.lines].map(([number, line]) => lineData(number, line)),
        revision: revisionData(handed.license, key.kid),
        statusIndexes: indexes.map((index, line) => ({ line, index })),
        replaces: old.cti,
      },
    },
    random,
  )
  return handed
}

/** What the key of lines that went alone begins with: as if they had been issued alone. */
const prefixFor = async (tx: Tx, brand: string, lines: Going['lines']): Promise<string> => {
  const product = await theProduct(tx, brand, lines[0]?.[1].product ?? '')
  return product.prefix ?? (await theBrand(tx, brand)).prefix
}

/** The old key without the lines that went. */
const keep = async (
  tx: Tx,
  authority: Authority,
  key: SigningKey,
  standing: Standing,
  gone: Going['lines'],
  reason: string | undefined,
): Promise<HandedLicense> => {
  const { license } = standing
  const left = [...license.lines].filter(([number]) => !gone.some(([other]) => other === number))
  const { handed } = await reviseIn(tx, authority, key, standing, {
    type: 'license.changed',
    revised: withEnds({ ...license, lines: new Map(left) }, new Map()),
    emergency: license.anchor !== undefined,
    reason,
  })
  return handed
}

const supersede = async (
  tx: Tx,
  authority: Authority,
  { row, lines }: Standing,
  { license: { cti } }: HandedLicense,
  reason: string | undefined,
): Promise<void> => {
  await record(
    tx,
    {
      ...stamp(authority),
      type: 'license.superseded',
      entity: row.cti,
      brand: row.brand,
      customer: row.customer,
      ...(reason !== undefined && { reason }),
      data: {
        by: cti,
        statuses: lines.flatMap(({ index, earlier }) =>
          [index, ...(earlier ? [earlier] : [])].flatMap((each) =>
            each.status === REVOKED ? [] : [{ index: each.index, status: REVOKED }],
          ),
        ),
      },
    },
    authority.random,
  )
}
