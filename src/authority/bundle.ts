/** `lic bundle add`, `lic bundle edit`, and what a bundle means when a license is issued: the lines it stands for. */

import { LicError } from '../core/errors.ts'
import type { BrandScope } from '../ledger/brand-filter.ts'
import { theBrand } from '../ledger/brands.ts'
import { listBundles, theBundle } from '../ledger/bundles.ts'
import type { BundleItem } from '../ledger/event-types.ts'
import { record } from '../ledger/events.ts'
import { theProduct } from '../ledger/products.ts'
import type { Reader, Tx } from '../ledger/schema.ts'
import { theTier } from '../ledger/tiers.ts'
import { type Authority, stamp } from './authority.ts'
import { checkForm, checkName } from './checked.ts'
import type { LineInput } from './lines.ts'
import { earlierAnswer, requestOf } from './repeat.ts'

export interface BundleInput {
  readonly slug: string
  readonly name: string
  readonly brand: string
  /** What a line says for itself; what an item leaves open, the license that is issued says. */
  readonly items: readonly LineInput[]
  readonly idempotencyKey?: string | undefined
}

/** @throws LicError INVALID_INPUT, NOT_FOUND for a product or tier that the brand does not have, CONFLICT when the slug is taken */
export const addBundle = async (tx: Tx, authority: Authority, input: BundleInput): Promise<void> => {
  const { idempotencyKey, ...asked } = input
  const request = requestOf('bundle add', idempotencyKey, asked)
  if ((await earlierAnswer(tx, request)) !== null) return
  const slug = checkForm('code', 'the slug of a bundle', input.slug)
  const { slug: brand } = await theBrand(tx, input.brand)
  if ((await listBundles(tx, null)).some((bundle) => bundle.slug === slug)) {
    throw new LicError('CONFLICT', `there is a bundle ${slug} already`, { hint: `lic bundle show ${slug}` })
  }
  await record(
    tx,
    {
      ...stamp(authority),
      type: 'bundle.added',
      entity: slug,
      brand,
      ...(request && { idempotency: request }),
      data: { name: checkName('the name', input.name), items: await itemsOf(tx, brand, input.items) },
    },
    authority.random,
  )
}

export interface BundleChange {
  readonly slug: string
  readonly name?: string | undefined
  /** All of them together. */
  readonly items?: readonly LineInput[] | undefined
  readonly reason?: string | undefined
  readonly idempotencyKey?: string | undefined
}

/** @throws LicError as `addBundle`, and USAGE when nothing is to change */
export const editBundle = async (tx: Tx, authority: Authority, input: BundleChange): Promise<void> => {
  const { idempotencyKey, reason, ...asked } = input
  const request = requestOf('bundle edit', idempotencyKey, asked)
  if ((await earlierAnswer(tx, request)) !== null) return
  const { slug, brand } = await theBundle(tx, authority.brand, input.slug)
  const { name, items } = input
  if (name === undefined && items === undefined) {
    throw new LicError('USAGE', 'nothing is to change', { hint: 'add --name or --product; see lic help bundle edit' })
  }
  await record(
    tx,
    {
      ...stamp(authority),
      type: 'bundle.edited',
      entity: slug,
      brand,
      ...(reason !== undefined && { reason }),
      ...(request && { idempotency: request }),
      data: {
        ...(name !== undefined && { name: checkName('the name', name) }),
        ...(items !== undefined && { items: await itemsOf(tx, brand, items) }),
      },
    },
    authority.random,
  )
}

/** What the brand really has, so that a bundle never fails at the desk for a slip in its making. */
const itemsOf = async (tx: Tx, brand: string, items: readonly LineInput[]): Promise<readonly BundleItem[]> => {
  if (items.length === 0) throw new LicError('USAGE', 'a bundle has at least one product', { hint: 'add --product' })
  const twice = items.find(({ product }, i) => items.findIndex((each) => each.product === product) < i)
  if (twice) throw new LicError('INVALID_INPUT', `${twice.product} stands in the bundle twice`)
  const checked: BundleItem[] = []
  for (const { product, tier, kind, metric, seats, devices, activation } of items) {
    await theProduct(tx, brand, product)
    if (tier !== undefined) await theTier(tx, brand, tier)
    checked.push({
      product,
      tier: tier ?? null,
      kind: kind ?? null,
      metric: metric ?? null,
      seats: seats ?? null,
      devices: devices ?? null,
      activation: activation ?? null,
    })
  }
  return checked
}

/** The lines that the bundles of a license stand for. @throws LicError NOT_FOUND */
export const linesOfBundles = async (
  db: Reader,
  brand: BrandScope,
  {
    bundles = [],
    bundled = {},
  }: { readonly bundles?: readonly string[] | undefined; readonly bundled?: Omit<LineInput, 'product'> | undefined },
): Promise<readonly LineInput[]> => {
  const lines: LineInput[] = []
  for (const slug of bundles) {
    const { items } = await theBundle(db, brand, slug)
    for (const { product, tier, kind, metric, seats, devices, activation } of items) {
      lines.push({
        ...bundled,
        product,
        tier: tier ?? bundled.tier,
        kind: kind ?? bundled.kind,
        metric: metric ?? bundled.metric,
        seats: seats ?? bundled.seats,
        devices: devices ?? bundled.devices,
        activation: activation ?? bundled.activation,
      })
    }
  }
  return lines
}
