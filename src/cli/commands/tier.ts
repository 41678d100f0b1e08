/** `lic tier add|list|show|edit`: what can be bought, from a TOML file into the ledger. */

import { brandForNew } from '../../authority/add-product.ts'
import { addTier } from '../../authority/add-tier.ts'
import { write } from '../../authority/authority.ts'
import { editTier } from '../../authority/edit-tier.ts'
import { ladderOf } from '../../authority/lines.ts'
import type { TierDefinition } from '../../authority/tier.ts'
import { parseTier } from '../../authority/tier-file.ts'
import { tierToml } from '../../authority/tier-toml.ts'
import { LicError } from '../../core/errors.ts'
import type { BrandScope } from '../../ledger/brand-filter.ts'
import { listBrands } from '../../ledger/brands.ts'
import type { Plain } from '../../ledger/event-types.ts'
import type { Reader } from '../../ledger/schema.ts'
import { listTiers, type Tier, theTier, tierNamed } from '../../ledger/tiers.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { changesData, changesNotes, changesShow } from '../edited.ts'
import { readGiven } from '../input.ts'
import { seatsText } from '../listed.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'
import { quantitiesText } from '../quantity.ts'
import type { Show } from '../show.ts'

interface AddOptions {
  readonly file: string
  readonly brand: string | undefined
  readonly idempotencyKey: string | undefined
  readonly clockOk: boolean
}

export const tierAdd = async (context: Context, options: AddOptions): Promise<Outcome> => {
  const tier = await tierIn(context, options.file)
  return withAuthority(context, options, (authority) =>
    write(authority, async (tx) => {
      const brand = await brandForNew(tx, authority)
      await addTier(tx, authority, brand, tier, options.idempotencyKey)
      const outcome = await page(tx, await theTier(tx, brand, tier.code))
      if (!context.dryRun) return outcome
      return { ...outcome, data: { ...outcome.data, dryRun: true }, notes: ['dry run: nothing was recorded'] }
    }),
  )
}

/** @throws LicError UNREADABLE, INVALID_INPUT naming the line */
const tierIn = async (context: Context, file: string): Promise<TierDefinition> => {
  const { source, content } = await readGiven(context, file)
  if (source === 'the command line') {
    throw new LicError('UNREADABLE', `there is no file ${file}`, { data: { path: file } })
  }
  return parseTier('text' in content ? content.text : content.bytes, source)
}

interface EditOptions {
  readonly tier: string
  readonly file: string | undefined
  readonly brand: string | undefined
  readonly reason: string | undefined
  readonly idempotencyKey: string | undefined
  readonly clockOk: boolean
}

export const tierEdit = async (context: Context, options: EditOptions): Promise<Outcome> => {
  const { tier: code, reason, idempotencyKey } = options
  const file = await context.ask.need(options.file, '--file', 'File with the tier as it is to be')
  const tier = await tierIn(context, file)
  return withAuthority(context, options, (authority) =>
    write(authority, async (tx) => {
      const { brand, changes } = await editTier(tx, authority, { code, tier, reason, idempotencyKey })
      const { data } = await page(tx, await theTier(tx, brand, code))
      return {
        schema: 'tier',
        data: { ...data, changes: changesData(changes), ...(context.dryRun && { dryRun: true }) },
        show: changesShow(['tier', code], changes),
        notes: changesNotes(changes, context.dryRun, {
          '*': `licenses that are signed keep their terms; lic change KEY --tier ${code} signs a revision with the new ones`,
        }),
      }
    }),
  )
}

/** A brand whose tiers are looked for, or null for all. */
interface BrandOptions {
  readonly brand: string | undefined
}

export const tierList = async (context: Context, options: BrandOptions): Promise<Outcome> =>
  withAuthority(context, options, async ({ ledger, brand }) => {
    const tiers = await tiersIn(ledger.db, brand)
    return {
      schema: 'tiers',
      data: { tiers: tiers.map((tier) => tierData(tier, tiers)) },
      show: {
        table: {
          columns: [
            { title: 'tier' },
            { title: 'title', flexible: true },
            { title: 'brand' },
            { title: 'rank', align: 'right' },
            { title: 'kind' },
            { title: 'term' },
            { title: 'seats', align: 'right' },
          ],
          rows: tiers.map(({ code, title, brand, rank, kind, term, seats }) => [
            code,
            title,
            brand,
            rank === null ? '' : String(rank),
            kind,
            term ?? '',
            seatsText(seats),
          ]),
        },
      },
    }
  })

interface ShowOptions extends BrandOptions {
  readonly tier: string
  readonly toml: boolean
}

export const tierShow = async (context: Context, { toml, ...options }: ShowOptions): Promise<Outcome> =>
  withAuthority(context, options, async ({ ledger, brand }) => {
    const tier = await tierNamed(ledger.db, brand, options.tier)
    const outcome = await page(ledger.db, tier)
    if (!toml) return outcome
    const text = await tierToml(tier)
    return { ...outcome, data: { ...outcome.data, toml: text }, show: { text } }
  })

const tiersIn = async (db: Reader, brand: BrandScope): Promise<readonly Tier[]> => {
  const brands = brand === null ? (await listBrands(db)).map(({ slug }) => slug) : [brand]
  const tiers: Tier[] = []
  for (const each of brands) tiers.push(...(await listTiers(db, each)))
  return tiers
}

const tierData = (tier: Tier, all: readonly Tier[]) => {
  const { createdAt, ...rest } = tier
  const siblings = all.filter(({ brand }) => brand === tier.brand)
  return { ...rest, ladder: ladderOf(tier, siblings), created: isoTime(createdAt) }
}

const page = async (db: Reader, tier: Tier) => {
  const all = await listTiers(db, tier.brand)
  return { schema: 'tier', data: tierData(tier, all), show: show(tier, all) }
}

const show = (tier: Tier, all: readonly Tier[]): Show => ({
  fields: [
    ['tier', tier.code],
    ['title', tier.title],
    ['description', tier.description ?? undefined],
    ['brand', tier.brand],
    ['rank', tier.rank === null ? undefined : String(tier.rank)],
    ['includes', ladderOf(tier, all).join(', ') || undefined],
    ['on offer', tier.active ? undefined : 'no'],
    ['price', priceText(tier.prices)],
    ['kind', tier.kind],
    ['metric', tier.metric],
    ['term', tier.term ?? 'asked for at issue'],
    ['seats', seatsText(tier.seats)],
    ['devices', tier.devices === null ? undefined : seatsText(tier.devices)],
    ['activation', tier.activation],
    ['grace', `${tier.graceHours ?? 48} hours`],
    ['newest list within', tier.freshDays === null ? undefined : `${tier.freshDays} days`],
    ['emergency codes', tier.emergency ? 'yes' : 'no'],
    ['features', quantitiesText(Object.entries(tier.features)) || 'none'],
    ['limits', quantitiesText(Object.entries(tier.limits)) || 'none'],
  ],
})

/** Minor units: 9900 is 99.00. */
const priceText = (prices: Plain): string | undefined => {
  if (prices === null || typeof prices !== 'object' || !('currency' in prices)) return undefined
  const { currency, month, year } = prices
  const amount = (value: Plain, per: string): string[] =>
    typeof value === 'number' ? [`${(value / 100).toFixed(2)} ${currency} a ${per}`] : []
  return [...amount(month, 'month'), ...amount(year, 'year')].join(', ')
}
