/** `lic bundle add|list|show|edit`: products that are sold together under one name. */

import { brandForNew } from '../../authority/add-product.ts'
import { write } from '../../authority/authority.ts'
import { addBundle, editBundle } from '../../authority/bundle.ts'
import { type Bundle, listBundles, theBundle } from '../../ledger/bundles.ts'
import type { BundleItem } from '../../ledger/event-types.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { changesData, changesNotes, changesShow } from '../edited.ts'
import { ownTerms } from '../line-terms.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'

interface BundleOptions {
  readonly name: string | undefined
  readonly product: readonly string[]
  readonly idempotencyKey: string | undefined
  readonly clockOk: boolean
}

interface AddOptions extends BundleOptions {
  readonly slug: string
  readonly brand: string | undefined
}

export const bundleAdd = async (context: Context, options: AddOptions): Promise<Outcome> => {
  const { ask, dryRun } = context
  const { slug, product, idempotencyKey } = options
  const name = await ask.need(options.name, '--name', 'Name of the bundle')
  const products = product.length > 0 ? product : [await ask.need(undefined, '--product', 'Its first product')]
  const items = products.map((each) => ownTerms(each))
  return withAuthority(context, options, (authority) =>
    write(authority, async (tx) => {
      const brand = await brandForNew(tx, authority)
      await addBundle(tx, authority, { slug, name, items, brand, idempotencyKey })
      const bundle = await theBundle(tx, authority.brand, slug)
      const next = `next: lic issue --customer C --bundle ${slug} --tier T --expires 1y --out FILE`
      return {
        schema: 'bundle',
        data: { ...bundleData(bundle), ...(dryRun && { dryRun: true }) },
        show: { fields: fieldsOf(bundle) },
        notes: [dryRun ? 'dry run: nothing was recorded' : next],
      }
    }),
  )
}

export const bundleList = async (context: Context, options: { readonly brand: string | undefined }): Promise<Outcome> =>
  withAuthority(context, options, async ({ ledger, brand }) => {
    const bundles = await listBundles(ledger.db, brand)
    return {
      schema: 'bundles',
      data: { bundles: bundles.map(bundleData) },
      show: {
        table: {
          columns: [
            { title: 'bundle' },
            { title: 'name', flexible: true },
            { title: 'products', flexible: true },
            { title: 'brand' },
          ],
          rows: bundles.map(({ slug, name, items, brand }) => [slug, name, items.map(itemText).join(' '), brand]),
          empty: 'none yet: lic bundle add SLUG --name NAME --product P --product Q',
        },
      },
    }
  })

export const bundleShow = async (
  context: Context,
  options: { readonly bundle: string; readonly brand: string | undefined },
): Promise<Outcome> =>
  withAuthority(context, options, async ({ ledger, brand }) => {
    const bundle = await theBundle(ledger.db, brand, options.bundle)
    return { schema: 'bundle', data: bundleData(bundle), show: { fields: fieldsOf(bundle) } }
  })

interface EditOptions extends BundleOptions {
  readonly bundle: string
  readonly reason: string | undefined
}

export const bundleEdit = async (context: Context, options: EditOptions): Promise<Outcome> => {
  const { bundle: slug, name, product, reason, idempotencyKey } = options
  const items = product.length > 0 ? product.map((each) => ownTerms(each)) : undefined
  return withAuthority(context, options, (authority) =>
    write(authority, async (tx) => {
      const changes = await editBundle(tx, authority, { slug, name, items, reason, idempotencyKey })
      const bundle = await theBundle(tx, authority.brand, slug)
      return {
        schema: 'bundle',
        data: { ...bundleData(bundle), changes: changesData(changes), ...(context.dryRun && { dryRun: true }) },
        show: changesShow(['bundle', slug], changes.map(readable)),
        notes: changesNotes(changes, context.dryRun, {
          items: 'licenses that were issued from it keep their lines; lic change KEY changes one',
        }),
      }
    }),
  )
}

/** Items as a command line would name them. */
const readable = <C extends { readonly field: string; readonly before: unknown; readonly after: unknown }>(
  change: C,
) => {
  if (change.field !== 'items') return change
  const text = (items: unknown): string => (items as readonly BundleItem[]).map(itemText).join(' ')
  return { ...change, before: text(change.before), after: text(change.after) }
}

const TERMS = ['tier', 'kind', 'metric', 'seats', 'devices', 'activation'] as const

/** `editor:seats=5,tier=basic` */
const itemText = (item: BundleItem): string => {
  const own = TERMS.flatMap((term) =>
    item[term] === null || item[term] === undefined ? [] : [`${term}=${item[term]}`],
  )
  return own.length === 0 ? item.product : `${item.product}:${own.join(',')}`
}

/** Null: the license that is issued says it. */
const itemData = ({ product, ...own }: BundleItem) => ({
  product,
  ...(Object.fromEntries(TERMS.map((term) => [term, own[term] ?? null])) as Required<Omit<BundleItem, 'product'>>),
})

const bundleData = ({ slug, name, brand, items, createdAt }: Bundle) => ({
  slug,
  name,
  brand,
  items: items.map(itemData),
  created: isoTime(createdAt),
})

const fieldsOf = ({ slug, name, brand, items, createdAt }: Bundle): [string, string | undefined][] => [
  ['bundle', slug],
  ['name', name],
  ['brand', brand],
  ...items.map((item): [string, string] => ['product', itemText(item)]),
  ['added', isoTime(createdAt) ?? undefined],
]
