/** `lic product add` and `lic brand add`: what licenses are for, and under whose name. */

import { LicError } from '../core/errors.ts'
import { brandsSeen, listBrands, theBrand } from '../ledger/brands.ts'
import { record } from '../ledger/events.ts'
import { listProducts } from '../ledger/products.ts'
import type { Reader, Tx } from '../ledger/schema.ts'
import { type Authority, stamp } from './authority.ts'
import { checkForm, checkName } from './checked.ts'
import { earlierAnswer, requestOf } from './repeat.ts'
import { taken } from './taken.ts'

export interface ProductInput {
  readonly slug: string
  readonly name: string
  /** What its keys begin with; absent = the brand's. */
  readonly prefix?: string | undefined
  readonly brand: string
  readonly idempotencyKey?: string | undefined
}

export interface BrandInput {
  readonly slug: string
  readonly name: string
  readonly prefix: string
  readonly idempotencyKey?: string | undefined
}

/** @throws LicError INVALID_INPUT, NOT_FOUND (brand), CONFLICT when the slug is taken */
export const addProduct = async (tx: Tx, authority: Authority, input: ProductInput): Promise<void> => {
  const { idempotencyKey, ...asked } = input
  const request = requestOf('product add', idempotencyKey, asked)
  if ((await earlierAnswer(tx, request, authority.brand)) !== null) return
  const slug = checkForm('code', 'the slug of a product', input.slug)
  const prefix = input.prefix === undefined ? undefined : checkForm('prefix', 'the prefix', input.prefix)
  const { slug: brand } = await theBrand(tx, input.brand)
  if ((await listProducts(tx, null)).some((product) => product.slug === slug)) {
    const seen = (await listProducts(tx, authority.brand)).some((product) => product.slug === slug)
    throw taken('product', slug, seen)
  }
  await record(
    tx,
    {
      ...stamp(authority),
      type: 'product.added',
      entity: slug,
      brand,
      ...(request && { idempotency: request }),
      data: { name: checkName('the name', input.name), ...(prefix !== undefined && { prefix }) },
    },
    authority.random,
  )
}

/** @throws LicError INVALID_INPUT, CONFLICT when the slug is taken */
export const addBrand = async (tx: Tx, authority: Authority, input: BrandInput): Promise<void> => {
  const { idempotencyKey, ...asked } = input
  const request = requestOf('brand add', idempotencyKey, asked)
  if ((await earlierAnswer(tx, request, null)) !== null) return
  const slug = checkForm('code', 'the slug of a brand', input.slug)
  if ((await listBrands(tx)).some((brand) => brand.slug === slug)) {
    const seen = (await brandsSeen(tx, authority.brand)).some((brand) => brand.slug === slug)
    throw taken('brand', slug, seen)
  }
  await record(
    tx,
    {
      ...stamp(authority),
      type: 'brand.added',
      entity: slug,
      brand: slug,
      ...(request && { idempotency: request }),
      data: { name: checkName('the name', input.name), prefix: checkForm('prefix', 'the prefix', input.prefix) },
    },
    authority.random,
  )
}

/** The brand that something new belongs to: the one that is seen, else the only one. @throws LicError USAGE */
export const brandForNew = async (db: Reader, { brand }: Authority): Promise<string> => {
  if (brand !== null) return (await theBrand(db, brand)).slug
  const brands = await listBrands(db)
  const [only] = brands
  if (only && brands.length === 1) return only.slug
  throw new LicError('USAGE', 'this ledger has several brands', {
    hint: `say which: ${brands.map(({ slug }) => `--brand ${slug}`).join(' or ')}`,
  })
}
