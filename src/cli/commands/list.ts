/** `lic list`: licenses by customer, address, product, tier, tag, status or end. */

import type { Authority } from '../../authority/authority.ts'
import { nearest } from '../../authority/nearest.ts'
import { addTerm, parseExpiry, parseTerm } from '../../authority/term.ts'
import { LicError } from '../../core/errors.ts'
import type { BrandScope } from '../../ledger/brand-filter.ts'
import { listBrands } from '../../ledger/brands.ts'
import { notFound } from '../../ledger/close-matches.ts'
import { theCustomer } from '../../ledger/customers.ts'
import { LICENSE_STATUSES, type LicenseStatus } from '../../ledger/license-status.ts'
import { type LicenseFilter, listLicenses } from '../../ledger/list-licenses.ts'
import { theProduct } from '../../ledger/products.ts'
import type { Reader } from '../../ledger/schema.ts'
import { listTiers } from '../../ledger/tiers.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { listedCsv, listedData, listedTable } from '../listed.ts'
import type { Outcome } from '../outcome.ts'
import { type ListFlags, moreNote, pageOf } from '../page.ts'

interface ListOptions extends ListFlags {
  readonly customer: string | undefined
  readonly email: string | undefined
  readonly product: string | undefined
  readonly tier: string | undefined
  readonly tag: readonly string[]
  readonly brand: string | undefined
  readonly status: string | undefined
  readonly expiring: string | undefined
}

export const list = async (context: Context, options: ListOptions): Promise<Outcome> => {
  const page = pageOf(context, options)
  const now = context.io.now()
  return withAuthority(context, options, async (authority) => {
    const { db } = authority.ledger
    const filter = await filterOf(authority, options, now)
    const { licenses, next } = await listLicenses(db, filter, page, now)
    return {
      schema: 'licenses',
      data: { licenses: licenses.map(listedData), next },
      show: options.csv ? { csv: listedCsv(licenses) } : listedTable(licenses, context.io.stdout.isTTY),
      notes: moreNote(next),
    }
  })
}

/** What is named must exist: a slip of the pen is no empty list. An address is searched for, so nobody may have it. */
const filterOf = async ({ ledger, brand }: Authority, options: ListOptions, now: number): Promise<LicenseFilter> => {
  const { db } = ledger
  const { email, product, tier, tag, expiring } = options
  const status = options.status === undefined ? undefined : statusOf(options.status)
  if (expiring !== undefined && status !== undefined && status !== 'active' && status !== 'pending') {
    throw new LicError('USAGE', `--expiring lists licenses that run; none of them is ${status}`, {
      hint: 'leave out --status or --expiring',
    })
  }
  // An address is one person's in whatever brand, unless a brand is asked for: LIC_BRAND, which is always there, asks for none.
  const scope = email !== undefined ? (options.brand ?? null) : brand
  if (product !== undefined) await theProduct(db, scope, product)
  if (tier !== undefined) await checkTier(db, scope, tier)
  return {
    brand: scope,
    ...(options.customer !== undefined && { customer: (await theCustomer(db, scope, options.customer)).id }),
    ...(email !== undefined && { email }),
    ...(product !== undefined && { product }),
    ...(tier !== undefined && { tier }),
    ...(tag.length > 0 && { tags: tag.map((each) => each.toLowerCase()) }),
    ...(status !== undefined && { status }),
    ...(expiring !== undefined && { expiringBefore: before(expiring, now) }),
  }
}

/** A term from now, or a date, until the end of that day. */
const before = (text: string, now: number): number =>
  (/^\d{4}-/.test(text) ? parseExpiry(text, now) : undefined) ?? addTerm(now, parseTerm(text))

const statusOf = (text: string): LicenseStatus => {
  const status = LICENSE_STATUSES.find((known) => known === text)
  if (status !== undefined) return status
  const meant = nearest(text, LICENSE_STATUSES)
  throw new LicError('INVALID_INPUT', `no status is called ${text}`, {
    hint: meant === undefined ? `one of: ${LICENSE_STATUSES.join(', ')}` : `did you mean ${meant}?`,
  })
}

const checkTier = async (db: Reader, brand: BrandScope, tier: string): Promise<void> => {
  const brands = brand === null ? (await listBrands(db)).map(({ slug }) => slug) : [brand]
  const codes = (await Promise.all(brands.map((each) => listTiers(db, each)))).flat().map(({ code }) => code)
  if (!codes.includes(tier)) throw notFound('tier', tier, [...new Set(codes)])
}
