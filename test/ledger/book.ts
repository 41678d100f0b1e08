/** A vendor's book for tests: the real ledger in memory, one brand, two products, two tiers, one customer; counted randomness. */

import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { sql } from 'kysely'
import { hashOf } from '../../src/core/hash.ts'
import type { LicenseIssued } from '../../src/ledger/event-types.ts'
import { type NewEvent, record } from '../../src/ledger/events.ts'
import { type Ledger, type LedgerOptions, openLedger } from '../../src/ledger/open.ts'
import type { Tx } from '../../src/ledger/schema.ts'
import { dealStatusIndexes } from '../../src/ledger/status-indexes.ts'
import { freshPlace, onServer } from '../harness/place.ts'

export const NOW = 1_800_000_000
export const DAY = 86_400

/** Deterministic bytes that look random: one stream a test. */
export const counted = (seed = 'seed') => {
  let n = 0
  return (length: number): Uint8Array => {
    const parts: Uint8Array[] = []
    for (let have = 0; have < length; have += 32) parts.push(createHash('sha256').update(`${seed}:${n++}`).digest())
    return Uint8Array.from(Buffer.concat(parts).subarray(0, length))
  }
}

export const random = counted()
export const by = { actor: 'anna', source: 'cli', host: 'desk' } as const
export const KID = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)

export const signed = (text: string, type = 1) => {
  const bytes = new TextEncoder().encode(text)
  return { hash: hashOf('lic-object-1', bytes), bytes, type }
}

export const addCustomer = (
  tx: Tx,
  id: string,
  texts: Record<string, string> = {},
  more: Partial<NewEvent<'customer.added'>> = {},
) => record(tx, { ...by, type: 'customer.added', at: NOW, entity: id, brand: 'main', data: {}, texts, ...more }, random)

export const addBrand = (tx: Tx, slug: string, prefix: string) =>
  record(tx, { ...by, type: 'brand.added', at: NOW, entity: slug, data: { name: slug, prefix } }, random)

export const addProduct = (tx: Tx, slug: string, brand = 'main') =>
  record(tx, { ...by, type: 'product.added', at: NOW, entity: slug, brand, data: { name: slug } }, random)

export interface Issue {
  readonly cti?: Uint8Array
  readonly customer?: string
  readonly brand?: string
  readonly products?: readonly string[]
  readonly tier?: string
  readonly expires?: number | null
  readonly activation?: string
  readonly at?: number
  readonly more?: Partial<LicenseIssued>
  readonly event?: Partial<NewEvent<'license.issued'>>
}

/** Issues a license as the authority would. @returns its cti */
export const issue = async (tx: Tx, what: Issue = {}): Promise<Uint8Array> => {
  const { cti = random(10), products = ['editor'], tier = 'pro', at = NOW } = what
  const expires = what.expires === undefined ? at + 365 * DAY : what.expires
  const indexes = await dealStatusIndexes(tx, products.length, random)
  await record(
    tx,
    {
      ...by,
      type: 'license.issued',
      at,
      entity: cti,
      brand: what.brand ?? 'main',
      customer: what.customer ?? 'c7k2m9xq',
      data: {
        prefix: 'EDIT',
        lines: products.map((product, number) => ({
          number,
          product,
          tier,
          kind: 'subscription',
          metric: 'seat',
          seats: 5,
          devices: 5,
          activation: what.activation ?? 'none',
        })),
        revision: { number: 1, issuedAt: at, expires, signer: KID, anchor: { epoch: 1, base: 500_000, n: 8760 } },
        statusIndexes: indexes.map((index, line) => ({ index, line })),
        ...what.more,
      },
      object: signed(`license ${Buffer.from(cti).toString('hex')}`),
      ...what.event,
    },
    random,
  )
  return cti
}

/** The book with its furniture. */
export const stocked = async (options: Partial<LedgerOptions> = {}): Promise<Ledger> => {
  const ledger = await openLedger({ file: await freshPlace(), create: true, ...options })
  await ledger.transaction(async (tx) => {
    await record(tx, { ...by, type: 'authority.created', at: NOW, entity: 'authority', data: { name: 'Acme' } }, random)
    await addBrand(tx, 'main', 'EDIT')
    await addProduct(tx, 'editor')
    await addProduct(tx, 'viewer')
    for (const [rank, code] of ['free', 'pro'].entries()) {
      await record(
        tx,
        {
          ...by,
          type: 'tier.added',
          at: NOW,
          entity: `main/${code}`,
          brand: 'main',
          data: {
            code,
            rank,
            title: code.toUpperCase(),
            kind: 'subscription',
            metric: 'seat',
            seats: 5,
            activation: 'none',
            features: { webhook_support: true, api_access: true },
            limits: { max_users: 5 },
            prices: [{ currency: 'EUR', amount: 2900, period: 'month' }],
          },
        },
        random,
      )
    }
    await addCustomer(tx, 'c7k2m9xq', { name: 'Ada Lovelace', email: 'Ada@Example.com' })
  })
  return ledger
}

/** Of this ledger: a server has others beside it. */
const tablesOf = async ({ db }: Ledger): Promise<readonly { readonly name: string }[]> => {
  const tables = await db.introspection.getTables()
  if (!onServer()) return tables
  const { rows } = await sql<{ schema: string }>`select current_schema() as schema`.execute(db)
  return tables.filter(({ schema }) => schema === rows[0]?.schema)
}

/** Every row of every table, for comparing two books. */
export const everything = async (ledger: Ledger): Promise<Record<string, unknown[]>> => {
  const all: Record<string, unknown[]> = {}
  for (const { name } of await tablesOf(ledger)) {
    const rows = await ledger.db
      .selectFrom(name as 'meta')
      .selectAll()
      .execute()
    // Without an order of its own, a server gives them in any.
    all[name] = onServer() ? rows.sort((a, b) => (inspect(a) < inspect(b) ? -1 : 1)) : rows
  }
  return all
}

/** The code of the LicError that `work` throws. */
export const codeOf = async (work: Promise<unknown> | (() => unknown)): Promise<string> => {
  try {
    await (typeof work === 'function' ? work() : work)
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : `not a LicError: ${error}`
  }
  return 'no error'
}
