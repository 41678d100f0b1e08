/** `lic brand add|list|show|edit`: under whose name products are sold. */

import { addBrand } from '../../authority/add-product.ts'
import { write } from '../../authority/authority.ts'
import { editBrand } from '../../authority/edit-product.ts'
import { type Brand, brandsSeen, theBrand, theBrandSeen } from '../../ledger/brands.ts'
import { listProducts } from '../../ledger/products.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { changesData, changesNotes, changesShow } from '../edited.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'

interface AddOptions {
  readonly brand: string
  readonly name: string | undefined
  readonly prefix: string | undefined
  readonly idempotencyKey: string | undefined
  readonly clockOk: boolean
}

const brandData = ({ slug, name, prefix, createdAt }: Brand) => ({ slug, name, prefix, created: isoTime(createdAt) })

export const brandAdd = async (context: Context, options: AddOptions): Promise<Outcome> => {
  const { ask, dryRun } = context
  const { brand: slug, idempotencyKey, clockOk } = options
  const name = await ask.need(options.name, '--name', 'Name of the brand')
  const prefix = await ask.need(options.prefix, '--prefix', 'What its license keys begin with')
  return withAuthority(context, { clockOk }, async (authority) => {
    const brand = await write(authority, async (tx) => {
      await addBrand(tx, authority, { slug, name, prefix, idempotencyKey })
      return theBrand(tx, slug)
    })
    return {
      schema: 'brand',
      data: { ...brandData(brand), ...(dryRun && { dryRun: true }) },
      show: { fields: fieldsOf(brand) },
      notes: dryRun
        ? ['dry run: nothing was recorded']
        : [`next: the tiers it sells: lic tier add FILE --brand ${slug}`],
    }
  })
}

export const brandList = async (context: Context): Promise<Outcome> =>
  withAuthority(context, {}, async ({ ledger, brand: scope }) => {
    const brands = await brandsSeen(ledger.db, scope)
    return {
      schema: 'brands',
      data: { brands: brands.map(brandData) },
      show: {
        table: {
          columns: [{ title: 'brand' }, { title: 'name', flexible: true }, { title: 'prefix' }],
          rows: brands.map(({ slug, name, prefix }) => [slug, name, prefix]),
        },
      },
    }
  })

export const brandShow = async (context: Context, { brand: slug }: { readonly brand: string }): Promise<Outcome> =>
  withAuthority(context, {}, async ({ ledger, brand: scope }) => {
    const brand = await theBrandSeen(ledger.db, scope, slug)
    const products = await listProducts(ledger.db, brand.slug)
    return {
      schema: 'brand',
      data: { ...brandData(brand), products: products.map((product) => product.slug) },
      show: {
        fields: [...fieldsOf(brand), ['products', products.map((product) => product.slug).join(', ') || 'none']],
      },
    }
  })

interface EditOptions extends AddOptions {
  readonly reason: string | undefined
}

export const brandEdit = async (context: Context, options: EditOptions): Promise<Outcome> => {
  const { dryRun } = context
  const { brand: slug, name, prefix, reason, idempotencyKey, clockOk } = options
  return withAuthority(context, { clockOk }, (authority) =>
    write(authority, async (tx) => {
      const changes = await editBrand(tx, authority, { slug, name, prefix, reason, idempotencyKey })
      return {
        schema: 'brand',
        data: {
          ...brandData(await theBrand(tx, slug)),
          changes: changesData(changes),
          ...(dryRun && { dryRun: true }),
        },
        show: changesShow(['brand', slug], changes),
        notes: changesNotes(changes, dryRun, {
          name: 'its slug stays, and so do the licenses that are signed',
          prefix: 'keys that were dealt keep their prefix, and so do products with one of their own',
        }),
      }
    }),
  )
}

const fieldsOf = ({ slug, name, prefix, createdAt }: Brand): [string, string | undefined][] => [
  ['brand', slug],
  ['name', name],
  ['keys begin with', prefix],
  ['added', isoTime(createdAt) ?? undefined],
]
