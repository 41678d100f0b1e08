/** Features and limits in words: `api_access, max_users 50, max_api_requests_per_hour 5000 an hour`. */

import type { Plain } from '../ledger/event-types.ts'

const PER: Readonly<Record<string, string>> = {
  hour: ' an hour',
  day: ' a day',
  month: ' a month',
  total: ' in all',
  concurrent: ' at a time',
}

/** A quantity as a tier of the ledger or a line of a license holds it; 0 is unlimited, no value is on. */
type Written = Plain | { readonly value?: number | undefined; readonly period?: string; readonly type?: string }

const valueText = (quantity: Written): string => {
  if (quantity === true || quantity === null || quantity === undefined) return ''
  if (typeof quantity === 'number') return quantity === 0 ? ' unlimited' : ` ${quantity}`
  if (typeof quantity !== 'object' || !('value' in quantity)) return ''
  const { value, period, type } = quantity
  if (value === undefined || value === null) return ''
  if (value === 0) return ' unlimited'
  const unit = type === undefined || type === 'count' ? '' : ` (${type})`
  return ` ${value}${PER[String(period)] ?? ''}${unit}`
}

/** By name; names rather than titles, because these are what flags and products use. */
export const quantitiesText = (quantities: Iterable<readonly [string, Written]>): string =>
  [...quantities].map(([name, quantity]) => `${name}${valueText(quantity)}`).join(', ')
