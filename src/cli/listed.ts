/**
 * Licenses as rows: the same JSON, table and CSV wherever a list of them is shown. Keys are masked in the table alone:
 * what a program or a spreadsheet takes has to name its license.
 */

import { formatDay } from '../authority/term.ts'
import { toHex } from '../core/bytes.ts'
import { formatKey, maskKey } from '../core/codes/license-key.ts'
import type { LicenseStatus } from '../ledger/license-status.ts'
import type { ListedLicense } from '../ledger/list-licenses.ts'
import type { Csv } from './csv.ts'
import { isoTime } from './moment.ts'
import type { Tone } from './paint.ts'
import type { Cell, Show } from './show.ts'

/** `expires` null = never; seats and devices 0 = unlimited. */
export const listedData = (license: ListedLicense) => ({
  key: formatKey(license.prefix, license.cti),
  id: toHex(license.cti),
  status: license.status,
  brand: license.brand,
  customer: license.customer,
  licensee: license.customerName,
  email: license.customerEmail,
  lines: license.lines.map(({ number, product, tier, kind, metric, seats, devices, activation }) => ({
    line: number,
    product,
    tier,
    kind,
    metric,
    seats,
    devices,
    activation,
  })),
  revision: license.revision,
  issued: isoTime(license.issuedAt),
  starts: isoTime(license.starts),
  expires: isoTime(license.expires),
  test: license.test,
  label: license.label,
  tags: license.tags,
  order: license.orderRef,
  invoice: license.invoiceRef,
  subscription: license.subscriptionRef,
})

const TONES: Readonly<Record<LicenseStatus, Tone>> = {
  active: 'good',
  pending: 'warn',
  suspended: 'warn',
  expired: 'bad',
  revoked: 'bad',
  cancelled: 'bad',
  superseded: 'dim',
}

export const statusCell = (status: LicenseStatus): Cell => ({ text: status, tone: TONES[status] })

export const seatsText = (seats: number | null | undefined): string => (seats === 0 ? 'unlimited' : String(seats ?? 1))

const CSV_COLUMNS: readonly (readonly [title: string, (license: ListedLicense) => string | null])[] = [
  ['key', ({ prefix, cti }) => formatKey(prefix, cti)],
  ['status', ({ status }) => status],
  ['brand', ({ brand }) => brand],
  ['customer', ({ customer }) => customer],
  ['name', ({ customerName }) => customerName],
  ['email', ({ customerEmail }) => customerEmail],
  ['products', ({ lines }) => lines.map(({ product }) => product).join(' ')],
  ['tiers', ({ lines }) => lines.map(({ tier }) => tier).join(' ')],
  ['seats', ({ lines }) => lines.map(({ seats }) => seatsText(seats)).join(' ')],
  ['devices', ({ lines }) => lines.map(({ devices }) => seatsText(devices)).join(' ')],
  ['issued', ({ issuedAt }) => isoTime(issuedAt)],
  ['starts', ({ starts }) => isoTime(starts)],
  ['expires', ({ expires }) => isoTime(expires) ?? 'never'],
  ['revision', ({ revision }) => String(revision)],
  ['test', ({ test }) => (test ? 'yes' : 'no')],
  ['label', ({ label }) => label],
  ['tags', ({ tags }) => tags.join(' ')],
  ['order', ({ orderRef }) => orderRef],
  ['invoice', ({ invoiceRef }) => invoiceRef],
  ['subscription', ({ subscriptionRef }) => subscriptionRef],
  ['notes', ({ notes }) => notes],
]

/** One row a license; of several lines the values stand in their order, with a blank between. */
export const listedCsv = (licenses: readonly ListedLicense[]): Csv => ({
  columns: CSV_COLUMNS.map(([title]) => title),
  rows: licenses.map((license) => CSV_COLUMNS.map(([, value]) => value(license))),
})

/** @param onTerminal the day of the end is enough there, and leaves room */
export const listedTable = (licenses: readonly ListedLicense[], onTerminal: boolean): Show => ({
  table: {
    columns: [
      { title: 'key' },
      { title: 'customer', flexible: true },
      { title: 'product/tier', flexible: true },
      { title: 'status' },
      { title: 'expires' },
      { title: 'seats', align: 'right' },
    ],
    rows: licenses.map((license) => [
      maskKey(license.prefix, license.cti),
      // On a terminal the name stands beside the id, and is what gives way where there is no room.
      onTerminal && license.customerName !== null ? `${license.customer} ${license.customerName}` : license.customer,
      license.lines.map(({ product, tier }) => `${product}/${tier}`).join(', '),
      statusCell(license.status),
      license.expires === null ? 'never' : onTerminal ? formatDay(license.expires) : (isoTime(license.expires) ?? ''),
      license.lines.map(({ seats }) => seatsText(seats)).join(', '),
    ]),
  },
})
