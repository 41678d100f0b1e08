/** What flags say of the lines of a license: the words behind --product, and the terms that all lines share. */

import type { LineInput, QuantityInput } from '../authority/lines.ts'
import type { RemarksInput } from '../authority/remarks.ts'
import { LicError } from '../core/errors.ts'
import { PERIODS, type Quantity } from '../core/license.ts'

export interface LineFlags {
  readonly tier: string | undefined
  readonly seats: string | undefined
  readonly devices: string | undefined
  readonly kind: string | undefined
  readonly metric: string | undefined
  readonly feature: readonly string[]
  readonly limit: readonly string[]
  readonly activation: string | undefined
  readonly maintenance: string | undefined
  readonly versions: string | undefined
  readonly restrict: readonly string[]
}

export interface RemarkFlags {
  readonly label: string | undefined
  readonly tag: readonly string[]
  readonly note: string | undefined
  readonly order: string | undefined
  readonly invoice: string | undefined
  readonly subscription: string | undefined
}

/** Undefined when nothing was given. */
export const remarksOf = ({
  label,
  tag,
  note,
  order,
  invoice,
  subscription,
}: RemarkFlags): RemarksInput | undefined => {
  const remarks = { label, note, order, invoice, subscription, tags: tag.length > 0 ? tag : undefined }
  return Object.values(remarks).some((each) => each !== undefined) ? remarks : undefined
}

/** The terms without a product: what every line says that does not speak for itself. @throws LicError INVALID_INPUT */
export const lineTerms = (flags: LineFlags): Omit<LineInput, 'product'> => ({
  tier: flags.tier,
  kind: flags.kind,
  metric: flags.metric,
  activation: flags.activation,
  seats: whole('--seats', flags.seats),
  devices: whole('--devices', flags.devices),
  features: quantities('--feature', flags.feature, true),
  limits: quantities('--limit', flags.limit, false),
  maintenance: flags.maintenance,
  versions: flags.versions,
  restrict: flags.restrict.length > 0 ? flags.restrict : undefined,
})

const OWN = ['seats', 'devices', 'tier', 'kind', 'metric', 'activation'] as const

/** `editor`, or `editor:seats=5,tier=basic`: what a line says for itself. @throws LicError USAGE, INVALID_INPUT */
export const ownTerms = (given: string, flag = '--product'): LineInput => {
  const at = given.indexOf(':')
  const own = new Map<string, string>()
  for (const pair of at < 0 ? [] : given.slice(at + 1).split(',')) {
    const [, name, value] = /^([a-z]+)=(.+)$/.exec(pair) ?? []
    if (name === undefined || value === undefined || own.has(name) || !(OWN as readonly string[]).includes(name)) {
      throw new LicError('USAGE', `${flag} ${given}: "${pair}" is not understood`, {
        hint: `write ${flag} SLUG:seats=5,tier=T; also devices, kind, metric, activation`,
      })
    }
    own.set(name, value)
  }
  const { tier, kind, metric, activation } = Object.fromEntries(own)
  return {
    product: at < 0 ? given : given.slice(0, at),
    tier,
    kind,
    metric,
    activation,
    seats: whole('--seats', own.get('seats')),
    devices: whole('--devices', own.get('devices')),
  }
}

/** What a line says for itself goes before what all lines share. */
export const lineOf = (given: string, shared: Omit<LineInput, 'product'>): LineInput => {
  const own = ownTerms(given)
  const said: Partial<LineInput> = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined))
  return { ...shared, ...said, product: own.product }
}

/** @throws LicError INVALID_INPUT */
export const whole = (flag: string, text: string | undefined): number | undefined => {
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
