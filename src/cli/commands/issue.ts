/** `lic issue`: words to the terms of a license, and the license back. */

import { issue as issueLicense } from '../../authority/issue.ts'
import type { LineInput, QuantityInput } from '../../authority/lines.ts'
import { isAnswered } from '../../authority/repeat.ts'
import { LicError } from '../../core/errors.ts'
import { PERIODS, type Quantity } from '../../core/license.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { checkHandover, handoverOutcome } from '../handover.ts'
import type { Outcome } from '../outcome.ts'

interface IssueOptions {
  readonly customer: string | undefined
  readonly product: readonly string[]
  readonly tier: string | undefined
  readonly expires: string | undefined
  readonly starts: string | undefined
  readonly seats: string | undefined
  readonly devices: string | undefined
  readonly kind: string | undefined
  readonly metric: string | undefined
  readonly feature: readonly string[]
  readonly limit: readonly string[]
  readonly activation: string | undefined
  readonly emergency: boolean
  readonly test: boolean
  readonly compact: boolean
  readonly createCustomer: boolean
  readonly customerName: string | undefined
  readonly reason: string | undefined
  readonly brand: string | undefined
  readonly out: string | undefined
  readonly qr: string | undefined
  readonly armor: boolean
  readonly force: boolean
  readonly idempotencyKey: string | undefined
  readonly passphraseFile: string | undefined
  readonly passphraseFd: string | undefined
  readonly clockOk: boolean
}

export const issue = async (context: Context, options: IssueOptions): Promise<Outcome> => {
  const { ask, dryRun } = context
  const customer = await ask.need(options.customer, '--customer', 'Customer (id or e-mail)')
  const products = options.product.length > 0 ? options.product : [await ask.need(undefined, '--product', 'Product')]
  const lines = products.map((product) => lineOf(product, options))
  return withAuthority(context, options, async (authority) => {
    await checkHandover(context, options, await isAnswered(authority.ledger.db, options.idempotencyKey))
    const handed = await issueLicense(authority, {
      customer,
      lines,
      expires: options.expires ?? (options.kind === 'perpetual' ? 'never' : undefined),
      starts: options.starts,
      test: options.test || undefined,
      emergency: options.emergency || undefined,
      newCustomer: newCustomer(customer, options),
      reason: options.reason,
      idempotencyKey: options.idempotencyKey,
    })
    const { handOver } = await import('../../authority/hand-over.ts')
    const given = options.compact ? handOver(handed.bytes, { compact: true }) : handed
    return handoverOutcome(given, options, context.io, { dryRun })
  })
}

const newCustomer = (customer: string, { createCustomer, customerName }: IssueOptions) => {
  if (!createCustomer) {
    if (customerName !== undefined) throw new LicError('USAGE', '--customer-name goes with --create-customer')
    return undefined
  }
  return { name: customerName, ...(customer.includes('@') ? { email: customer } : { id: customer }) }
}

/** `editor`, or `editor:seats=5,tier=basic`: what a line says for itself goes before what all lines share. */
const lineOf = (given: string, options: IssueOptions): LineInput => {
  const at = given.indexOf(':')
  const own = new Map<string, string>()
  for (const pair of at < 0 ? [] : given.slice(at + 1).split(',')) {
    const [, name, value] = /^(seats|devices|tier|kind|metric|activation)=(.+)$/.exec(pair) ?? []
    if (name === undefined || value === undefined || own.has(name)) {
      throw new LicError('USAGE', `--product ${given}: "${pair}" is not understood`, {
        hint: 'write --product SLUG:seats=5,tier=T; also devices, kind, metric, activation',
      })
    }
    own.set(name, value)
  }
  const text = (name: 'tier' | 'kind' | 'metric' | 'activation') => own.get(name) ?? options[name]
  return {
    product: at < 0 ? given : given.slice(0, at),
    tier: text('tier'),
    kind: text('kind'),
    metric: text('metric'),
    activation: text('activation'),
    seats: whole('--seats', own.get('seats') ?? options.seats),
    devices: whole('--devices', own.get('devices') ?? options.devices),
    features: quantities('--feature', options.feature, true),
    limits: quantities('--limit', options.limit, false),
  }
}

const whole = (flag: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  const value = Number(text)
  if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(value)) return value
  throw new LicError('INVALID_INPUT', `${flag} takes a whole number, 0 for unlimited, not ${text}`)
}

const NAME = /^[a-z0-9][a-z0-9_.-]{0,63}$/

/** NAME, NAME=N or NAME=N/hour. */
const quantities = (
  flag: string,
  given: readonly string[],
  allowsOn: boolean,
): Readonly<Record<string, QuantityInput>> | undefined => {
  if (given.length === 0) return undefined
  return Object.fromEntries(
    given.map((each) => {
      const [, name = '', number, period] = /^([^=]*)(?:=([^/]*)(?:\/(.*))?)?$/s.exec(each) ?? []
      if (!NAME.test(name) || (number === undefined && !allowsOn)) {
        throw new LicError('INVALID_INPUT', `${flag} ${each} is not understood`, {
          hint: `write ${allowsOn ? 'NAME, ' : ''}NAME=N or NAME=N/hour`,
        })
      }
      if (number === undefined) return [name, true]
      const value = whole(`${flag} ${name}`, number) as number
      if (period === undefined) return [name, value]
      if (!(PERIODS as readonly string[]).includes(period)) {
        throw new LicError('INVALID_INPUT', `${flag} ${each}: no period is called ${period}`, {
          hint: `one of: ${PERIODS.join(', ')}`,
        })
      }
      return [name, { value, period: period as Quantity['period'] }]
    }),
  )
}
