/** `lic bundle add`, `lic bundle edit`, and what a bundle means when a license is issued: the lines it stands for. */

import { LicError } from '../core/errors.ts'
import { KINDS, METRICS } from '../core/license.ts'
import type { BrandScope } from '../ledger/brand-filter.ts'
import { theBrand } from '../ledger/brands.ts'
import { listBundles, theBundle } from '../ledger/bundles.ts'
import type { Change } from '../ledger/edits.ts'
import type { BundleItem } from '../ledger/event-types.ts'
import { record } from '../ledger/events.ts'
import { theProduct } from '../ledger/products.ts'
import type { Reader, Tx } from '../ledger/schema.ts'
import { theTier } from '../ledger/tiers.ts'
import { type Authority, stamp } from './authority.ts'
import { checkChoice, checkForm, checkName } from './checked.ts'
import { checkGiven, different, type Editing, recordEdit } from './edit-record.ts'
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
  if ((await earlierAnswer(tx, request, authority.brand)) !== null) return
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

export interface BundleChange extends Editing {
  readonly slug: string
  readonly name?: string | undefined
  /** All of them together. */
  readonly items?: readonly LineInput[] | undefined
}

/** @throws LicError as `addBundle`, and USAGE when nothing is to change */
export const editBundle = (tx: Tx, authority: Authority, input: BundleChange): Promise<readonly Change[]> =>
  recordEdit<'bundle.edited'>(tx, authority, 'bundle edit', input, async () => {
    const { slug, brand, name: before, items: had } = await theBundle(tx, authority.brand, input.slug)
    const { name, items } = input
    checkGiven({ name, items }, '--name or --product')
    const asked = {
      name: name === undefined ? undefined : checkName('the name', name),
      items: items && (await itemsOf(tx, brand, items)),
    }
    const now = { name: before, items: had }
    return { type: 'bundle.edited', entity: slug, brand, data: different(asked, now) }
  })

/** What the brand really has, so that a bundle never fails at the desk for a slip in its making. */
const itemsOf = async (tx: Tx, brand: string, items: readonly LineInput[]): Promise<readonly BundleItem[]> => {
  if (items.length === 0) throw new LicError('USAGE', 'a bundle has at least one product', { hint: 'add --product' })
  if (items.length > MOST_LINES) throw new LicError('INVALID_INPUT', `a license has at most ${MOST_LINES} products`)
  const twice = items.find(({ product }, i) => items.findIndex((each) => each.product === product) < i)
  if (twice) throw new LicError('INVALID_INPUT', `${twice.product} stands in the bundle twice`)
  const checked: BundleItem[] = []
  for (const { product, tier, kind, metric, seats, devices, activation } of items) {
    await theProduct(tx, brand, product)
    if (tier !== undefined) await theTier(tx, brand, tier)
    checked.push({
      product,
      tier: tier ?? null,
      kind: kind === undefined ? null : checkChoice(KINDS, 'kind', kind),
      metric: metric === undefined ? null : checkChoice(METRICS, 'metric', metric),
      seats: seats ?? null,
      devices: devices ?? null,
      activation: activation === undefined ? null : checkChoice(['none', 'required'], 'activation', activation),
    })
  }
  return checked
}

/** Lines are numbered 0 to 15. */
const MOST_LINES = 16

interface Wanted {
  readonly bundles?: readonly string[] | undefined
  /** What the lines of bundles take over where the bundle leaves it open. */
  readonly bundled?: Omit<LineInput, 'product'> | undefined
  /** Lines beside those of bundles. */
  readonly lines: readonly LineInput[]
}

/**
 * The lines of a license as asked for: those that its bundles stand for, then the others.
 * @throws LicError NOT_FOUND; INVALID_INPUT when a product would stand in the license twice
 */
export const wantedLines = async (
  db: Reader,
  brand: BrandScope,
  { bundles = [], bundled = {}, lines: beside }: Wanted,
): Promise<readonly LineInput[]> => {
  const lines: LineInput[] = []
  const from: string[] = []
  for (const slug of bundles) {
    const { items } = await theBundle(db, brand, slug)
    for (const { product, tier, kind, metric, seats, devices, activation } of items) {
      from.push(`the bundle ${slug}`)
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
  const all = [...lines, ...beside]
  checkOnce(all, from)
  return all
}

/** @param from where the first lines come from */
const checkOnce = (lines: readonly LineInput[], from: readonly string[]): void => {
  const first = new Map<string, number>()
  for (const [i, { product }] of lines.entries()) {
    const before = first.get(product)
    if (before !== undefined) {
      const places = [before, i].map((place) => from[place] ?? `--product ${product}`)
      throw new LicError('INVALID_INPUT', `${product} would stand in the license twice`, {
        hint: `it is in ${places.join(' and in ')}; a license has one line a product`,
        data: { product },
      })
    }
    first.set(product, i)
  }
  if (lines.length <= MOST_LINES) return
  throw new LicError('INVALID_INPUT', `a license has at most ${MOST_LINES} products, not ${lines.length}`)
}
