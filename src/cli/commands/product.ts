/** `lic product add|list|show|edit`: what licenses are for. */

import { addProduct, brandForNew } from '../../authority/add-product.ts'
import { write } from '../../authority/authority.ts'
import { editProduct } from '../../authority/edit-product.ts'
import { theBrand } from '../../ledger/brands.ts'
import { listProducts, type Product, theProduct } from '../../ledger/products.ts'
import type { Reader } from '../../ledger/schema.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { changesData, changesNotes, changesShow } from '../edited.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'

interface AddOptions {
  readonly slug: string
  readonly name: string | undefined
  readonly prefix: string | undefined
  readonly brand: string | undefined
  readonly idempotencyKey: string | undefined
  readonly clockOk: boolean
}

export const productAdd = async (context: Context, options: AddOptions): Promise<Outcome> => {
  const { ask, dryRun } = context
  const { slug, prefix, idempotencyKey } = options
  const name = await ask.need(options.name, '--name', 'Name of the product')
  return withAuthority(context, options, (authority) =>
    write(authority, async (tx) => {
      const brand = await brandForNew(tx, authority)
      await addProduct(tx, authority, { slug, name, prefix, brand, idempotencyKey })
      const outcome = await page(tx, await theProduct(tx, null, slug))
      const next = `next: lic issue --customer C --product ${slug} --tier T --expires 1y --out FILE`
      return {
        ...outcome,
        data: { ...outcome.data, ...(dryRun && { dryRun: true }) },
        notes: [dryRun ? 'dry run: nothing was recorded' : next],
      }
    }),
  )
}

export const productList = async (
  context: Context,
  options: { readonly brand: string | undefined },
): Promise<Outcome> =>
  withAuthority(context, options, async ({ ledger, brand }) => {
    const products = await listProducts(ledger.db, brand)
    return {
      schema: 'products',
      data: { products: await Promise.all(products.map(async (each) => (await page(ledger.db, each)).data)) },
      show: {
        table: {
          columns: [{ title: 'product' }, { title: 'name', flexible: true }, { title: 'brand' }, { title: 'prefix' }],
          rows: products.map(({ slug, name, brand, prefix }) => [slug, name, brand, prefix ?? '']),
          empty: 'none yet: lic product add SLUG --name NAME',
        },
      },
    }
  })

export const productShow = async (
  context: Context,
  options: { readonly product: string; readonly brand: string | undefined },
): Promise<Outcome> =>
  withAuthority(context, options, async ({ ledger, brand }) =>
    page(ledger.db, await theProduct(ledger.db, brand, options.product)),
  )

interface EditOptions {
  readonly product: string
  readonly name: string | undefined
  readonly prefix: string | undefined
  readonly reason: string | undefined
  readonly idempotencyKey: string | undefined
  readonly clockOk: boolean
}

export const productEdit = async (context: Context, options: EditOptions): Promise<Outcome> => {
  const { product: slug, name, prefix, reason, idempotencyKey } = options
  return withAuthority(context, options, (authority) =>
    write(authority, async (tx) => {
      const changes = await editProduct(tx, authority, { slug, name, prefix, reason, idempotencyKey })
      const { data } = await page(tx, await theProduct(tx, authority.brand, slug))
      return {
        schema: 'product',
        data: { ...data, changes: changesData(changes), ...(context.dryRun && { dryRun: true }) },
        show: changesShow(['product', slug], changes),
        notes: changesNotes(changes, context.dryRun, {
          name: 'licenses that are signed name it by its slug, which stays',
          prefix: 'keys that were dealt keep their prefix',
        }),
      }
    }),
  )
}

/** `prefix` is what its keys begin with, its own or the brand's. */
const page = async (db: Reader, { slug, name, brand, prefix, createdAt }: Product) => {
  const begins = prefix ?? (await theBrand(db, brand)).prefix
  return {
    schema: 'product',
    data: { slug, name, brand, prefix: begins, ownPrefix: prefix !== null, created: isoTime(createdAt) },
    show: {
      fields: [
        ['product', slug],
        ['name', name],
        ['brand', brand],
        ['keys begin with', prefix === null ? `${begins}, as the brand's` : begins],
        ['added', isoTime(createdAt) ?? undefined],
      ],
    },
  } as const
}
