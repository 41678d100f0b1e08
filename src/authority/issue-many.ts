/**
 * Many licenses in one transaction: what rows ask of the ledger is asked once for all of them, and what they write is
 * written together. Invariant: a row that is refused leaves nothing behind and touches no other row; nothing of any row
 * leaves before the commit.
 */

import { equal } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import type { License, Line } from '../core/license.ts'
import { type Brand, theBrand } from '../ledger/brands.ts'
import { type Customer, findAllCustomers, oneOf } from '../ledger/customers.ts'
import type { LineData } from '../ledger/event-types.ts'
import { type NewEvent, recordAll } from '../ledger/events.ts'
import { answersBefore, type Idempotency } from '../ledger/idempotency.ts'
import { type Product, theProduct } from '../ledger/products.ts'
import type { Tx } from '../ledger/schema.ts'
import { signedObject } from '../ledger/signed-objects.ts'
import { dealStatusIndexes } from '../ledger/status-indexes.ts'
import { listTiers, type Tier, theTier } from '../ledger/tiers.ts'
import { customerAdded, freshId } from './add-customer.ts'
import { type Authority, stamp, write } from './authority.ts'
import { wantedLines } from './bundle.ts'
import { checkForm } from './checked.ts'
import { toServe } from './customer-to-serve.ts'
import { freshCtis } from './fresh-cti.ts'
import { type HandedLicense, handed, handOver } from './hand-over.ts'
import type { IssueInput } from './issue.ts'
import { licenseeOf } from './licensee.ts'
import { type LineInput, lineData, lineFrom } from './lines.ts'
import { inBlocks } from './random-blocks.ts'
import { remarkData, remarkTexts } from './remarks.ts'
import { requestOf } from './repeat.ts'
import type { SigningKey } from './sealing.ts'
import { readyAlike, readyLicense, revisionData } from './sign-license.ts'
import { parseExpiry, parseTime } from './term.ts'
import { SecretAway } from './write-signed.ts'

/** What became of one row. */
export type Issued =
  | {
      readonly ok: true
      readonly handed: HandedLicense
      /** It had been issued before, under the same idempotency key. */
      readonly repeated: boolean
      /** The customer was created for it. */
      readonly created: boolean
    }
  | { readonly ok: false; readonly error: LicError }

/**
 * Issues them all, those that are refused left out. The answers stand in the order of the inputs.
 * @throws LicError CLOCK_SUSPECT, and as the ledger does; then none was issued
 */
export const issueMany = async (
  authority: Authority,
  key: SigningKey,
  inputs: readonly IssueInput[],
): Promise<readonly Issued[]> => {
  try {
    return await write(authority, (tx) => issueAll(tx, authority, key, inputs))
  } catch (error) {
    // What only the tables can tell: each row alone then says whether it is meant.
    if (!(error instanceof LicError) || !ONE_ROWS.has(error.code)) throw error
    if (inputs.length === 1) return [{ ok: false, error }]
    const alone: Issued[] = []
    for (const input of inputs) alone.push(...(await issueMany(authority, key, [input])))
    return alone
  }
}

/** Refusals that say something about a row; all others are about the ledger, the clock or the machine. */
const ONE_ROWS: ReadonlySet<string> = new Set(['CONFLICT', 'NOT_FOUND', 'INVALID_INPUT'])

/** What rows say of products and terms, worked out once for all that say the same. */
interface Terms {
  readonly product: Product
  readonly brand: Brand
  /** The one of each line. */
  readonly tiers: readonly Tier[]
  readonly expires: () => number | undefined
  readonly lines: () => { readonly lines: readonly Line[]; readonly data: readonly LineData[] }
  readonly starts: () => number | undefined
  readonly grace: number
  readonly fresh: number | undefined
  readonly emergency: boolean
}

interface Row {
  readonly input: IssueInput
  readonly request: Idempotency | undefined
  readonly terms: Terms
}

const issueAll = async (
  tx: Tx,
  authority: Authority,
  key: SigningKey,
  inputs: readonly IssueInput[],
): Promise<readonly Issued[]> => {
  const requests = inputs.map(({ idempotencyKey, ...asked }) => requestOf('issue', idempotencyKey, asked))
  const answered = await answersBefore(
    tx,
    requests.flatMap((request) => request ?? []),
    authority.brand,
  )
  const termsOf = remembered(tx, authority)
  const rows: Settled<Row | HandedLicense>[] = []
  for (const [i, input] of inputs.entries()) {
    const request = requests[i]
    rows.push(
      await settled(async (): Promise<Row | HandedLicense> => {
        const event = request === undefined ? null : answered(request)
        if (event !== null) return handOver((await signedObject(tx, event)).bytes)
        return { input, request, terms: await termsOf(input) }
      }),
    )
  }
  const fresh = rows.flatMap((row) => (row.ok && 'terms' in row.value ? [row.value] : []))
  // One row more or less is asked for as it always was; many are dealt from blocks.
  const random = fresh.length > 1 ? inBlocks(authority.random) : authority.random
  const desk = await deskFor(tx, { ...authority, random }, key, fresh)
  const issued: Issued[] = []
  for (const row of rows) {
    if (!row.ok) issued.push(row)
    else if ('terms' in row.value) {
      const { value } = row
      // A row may be refused; a key that does not sign ends the batch.
      const ready = await settled(() => desk.prepare(value))
      issued.push(ready.ok ? await ready.value() : ready)
    } else issued.push({ ok: true, handed: row.value, repeated: true, created: false })
  }
  await recordAll(tx, desk.events, random)
  return issued
}

type Settled<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: LicError }

/** A refusal as a value; what is no refusal is thrown on. */
const settled = async <T>(work: () => Promise<T>): Promise<Settled<T>> => {
  try {
    return { ok: true, value: await work() }
  } catch (error) {
    if (error instanceof LicError && !(error instanceof SecretAway)) return { ok: false, error }
    throw error
  }
}

/** The terms of a row. What rows say again and again, of products, tiers and bundles too, is asked and worked out once. */
const remembered = (tx: Tx, authority: Authority): ((input: IssueInput) => Promise<Terms>) => {
  const { brand: scope } = authority
  const now = authority.now()
  const product = once((slug: string) => theProduct(tx, scope, slug))
  const brand = once((slug: string) => theBrand(tx, slug))
  const tiers = once((slug: string) => listTiers(tx, slug))
  const tier = once((both: string) => {
    const [slug = '', code = ''] = both.split('/', 2)
    return theTier(tx, slug, code)
  })
  const tierOf = async (slug: string, line: LineInput): Promise<Tier> => {
    if (line.tier !== undefined) return tier(`${slug}/${line.tier}`)
    throw new LicError('USAGE', `no tier is given for ${line.product}`, { hint: 'add --tier; see lic tier list' })
  }
  const workOut = async (input: IssueInput): Promise<Terms> => {
    const wanted = await wantedLines(tx, scope, input)
    const products = await Promise.all(wanted.map((line) => product(line.product)))
    const [first] = products
    if (first === undefined) throw new LicError('INVALID_INPUT', 'a license has at least one product')
    const stranger = products.find((each) => each.brand !== first.brand)
    if (stranger) {
      throw new LicError('INVALID_INPUT', `${first.slug} and ${stranger.slug} belong to different brands`)
    }
    const chosen = await Promise.all(wanted.map((line) => tierOf(first.brand, line)))
    const all = await tiers(first.brand)
    const expires = kept(() => expiryOf(input, chosen, now))
    return {
      product: first,
      brand: await brand(first.brand),
      tiers: chosen,
      expires,
      lines: kept(() => {
        const when = { now, forever: expires() === undefined }
        const lines = wanted.map((line, i) => lineFrom(line, chosen[i] as Tier, all, when))
        return { lines, data: lines.map((line, i) => lineData(i, line)) }
      }),
      starts: kept(() => (input.starts === undefined ? undefined : parseTime(input.starts, 'start'))),
      grace: input.grace ?? Math.min(...chosen.map(({ graceHours }) => graceHours ?? 48)),
      fresh: input.fresh ?? least(chosen.map(({ freshDays }) => freshDays)),
      emergency: input.emergency ?? chosen.some(({ emergency }) => emergency),
    }
  }
  const known = new Map<string, Promise<Terms>>()
  return (input) => {
    const { lines, bundles, bundled, expires, starts, grace, fresh, emergency } = input
    const same = JSON.stringify({ lines, bundles, bundled, expires, starts, grace, fresh, emergency })
    const terms = known.get(same) ?? workOut(input)
    known.set(same, terms)
    return terms
  }
}

const once = <V>(ask: (key: string) => Promise<V>): ((key: string) => Promise<V>) => {
  const answers = new Map<string, Promise<V>>()
  return (key) => {
    const known = answers.get(key)
    if (known !== undefined) return known
    const asked = ask(key)
    answers.set(key, asked)
    return asked
  }
}

/** Worked out when it is first asked for, so that a row's faults are told in their order. */
const kept = <V>(work: () => V): (() => V) => {
  let done: { readonly value: V } | undefined
  return () => {
    done ??= { value: work() }
    return done.value
  }
}

interface Recipient {
  readonly id: string
  readonly name: string | null
  /** Present when the customer is yet to be recorded. */
  readonly event?: NewEvent<'customer.added'>
}

/** Prepares row after row, up to the signature; what is to be recorded collects in `events`. */
const deskFor = async (tx: Tx, authority: Authority, key: SigningKey, rows: readonly Row[]) => {
  const { random } = authority
  const issuedAt = authority.now()
  const events: (NewEvent<'customer.added'> | NewEvent<'license.issued'>)[] = []
  const customers = await customersOf(tx, authority, rows)
  const ctis = await freshCtis(tx, rows.length, random)
  const count = rows.reduce((sum, { terms }) => sum + terms.tiers.length, 0)
  const indexes = (await dealStatusIndexes(tx, count, random)).values()
  const answers = new Map<string, { readonly request: Idempotency; readonly handed: () => Promise<Issued> }>()

  /** Rows of the same terms, live and test apart. */
  const ready = new Map<Terms, Map<boolean, ReturnType<typeof readyAlike>>>()
  const alike = (terms: Terms, test: boolean) => {
    const own = ready.get(terms) ?? new Map<boolean, ReturnType<typeof readyAlike>>()
    ready.set(terms, own)
    const known = own.get(test) ?? readyAlike(key)
    own.set(test, known)
    return known
  }

  const prepare = async ({ input, request, terms }: Row): Promise<() => Promise<Issued>> => {
    const known = request && answers.get(request.key)
    if (known !== undefined && request !== undefined) {
      if (equal(known.request.requestHash, request.requestHash)) {
        return async () => ({ ...(await known.handed()), repeated: true, created: false })
      }
      throw new LicError('CONFLICT', 'this idempotency key was used for another request', {
        hint: 'use a new key for a new request',
      })
    }
    const { product, brand } = terms
    const expires = terms.expires()
    const customer = await customers.of(brand.slug, input)
    const { lines, data } = terms.lines()
    const statusIndexes = lines.map((_, line) => ({ line, index: indexes.next().value as number }))
    const test = input.test === true
    const license: License = {
      customer: customer.id,
      expires,
      starts: terms.starts(),
      issuedAt,
      cti: ctis.pop() as Uint8Array,
      prefix: product.prefix ?? brand.prefix,
      lines: new Map(lines.map((line, i) => [i, { ...line, statusIndex: statusIndexes[i]?.index }])),
      revision: 1,
      licensee: licenseeOf(input.licensee ?? customer.name),
      grace: terms.grace,
      fresh: terms.fresh,
      test: test ? true : undefined,
    }
    const texts = remarkTexts(input.remarks)
    const remarks = remarkData(input.remarks)
    const ready = terms.emergency ? readyLicense(license, key, true) : alike(terms, test)(license)
    customers.keep(brand.slug, input, customer)
    const finish = async (): Promise<Issued> => {
      const object = ready.object.signed(await key.signer.sign(ready.object.toSign))
      const given = handed(ready.license, object.bytes)
      if (customer.event) events.push(customer.event)
      events.push({
        ...stamp(authority),
        type: 'license.issued',
        entity: license.cti,
        brand: brand.slug,
        customer: customer.id,
        ...(input.reason !== undefined && { reason: input.reason }),
        ...(request && { idempotency: request }),
        object,
        texts,
        data: {
          prefix: license.prefix,
          lines: data,
          revision: revisionData(ready.license, key.kid),
          statusIndexes,
          test,
          ...remarks,
        },
      })
      return { ok: true, handed: given, repeated: false, created: customer.event !== undefined }
    }
    const handedOnce = kept(finish)
    if (request) answers.set(request.key, { request, handed: handedOnce })
    return handedOnce
  }

  return { events, prepare }
}

/** Who the rows name: those of the ledger, and those that rows before have created. */
const customersOf = async (tx: Tx, authority: Authority, rows: readonly Row[]) => {
  const byBrand = new Map<string, string[]>()
  for (const { terms, input } of rows) {
    const { slug } = terms.brand
    const { id } = input.newCustomer ?? {}
    const names = byBrand.get(slug) ?? []
    names.push(input.customer, ...(id === undefined ? [] : [id]))
    byBrand.set(slug, names)
  }
  const found = new Map<string, (named: string) => readonly Customer[]>()
  for (const [brand, names] of byBrand) found.set(brand, await findAllCustomers(tx, brand, names))
  const taken = await findAllCustomers(
    tx,
    null,
    rows.flatMap(({ input }) => input.newCustomer?.id ?? []),
  )
  const made = new Map<string, Recipient>()
  const place = (brand: string, named: string): string => `${brand}/${named.trim().toLowerCase()}`

  return {
    of: async (brand: string, { customer: named, newCustomer }: IssueInput): Promise<Recipient> => {
      const before = made.get(place(brand, named))
      const here = found.get(brand)?.(named) ?? []
      if (before !== undefined && here.length === 0) return namedAs(newCustomer?.name, before)
      const [one] = here
      if (!newCustomer || one !== undefined) {
        const found = one !== undefined && here.length === 1 ? one : await oneOf(tx, brand, named, here)
        return namedAs(newCustomer?.name, toServe(found))
      }
      const { name, id: wanted } = newCustomer
      // An address in its place would stand in a license that anyone may read.
      if (name === undefined) {
        throw new LicError('USAGE', 'a customer that is created has a name', { hint: 'add --customer-name NAME' })
      }
      if (wanted !== undefined && (taken(wanted).length > 0 || made.has(place('', wanted)))) {
        throw new LicError('CONFLICT', `there is a customer ${wanted} already`, { hint: `lic customer show ${wanted}` })
      }
      const id = wanted === undefined ? await freshId(tx, authority) : checkForm('code', 'the customer id', wanted)
      const event = customerAdded(authority, { ...newCustomer, name, brand }, id)
      return { id, name: event.texts?.name ?? name, event }
    },
    /** A customer that was created for a row is there for the rows behind it. */
    keep: (brand: string, { customer: named }: IssueInput, { id, name, event }: Recipient): void => {
      if (event === undefined) return
      for (const key of [place(brand, named), place(brand, id), place('', id)]) made.set(key, { id, name })
    },
  }
}

/** An address may be several customers': one who has another name is not taken for the one who is meant. */
const namedAs = <R extends Recipient>(name: string | undefined, found: R): R => {
  const same = (a: string, b: string): boolean =>
    a.trim().normalize('NFC').toLowerCase() === b.trim().normalize('NFC').toLowerCase()
  if (name === undefined || found.name === null || same(name, found.name)) return found
  throw new LicError('CONFLICT', `${found.id} is a customer of another name`, {
    hint: `if it is the same, leave the name out; if not, name the customer by an id of its own`,
    data: { customer: found.id, candidates: [found.id] },
  })
}

const expiryOf = ({ expires }: IssueInput, tiers: readonly Tier[], now: number): number | undefined => {
  if (expires !== undefined) return parseExpiry(expires, now)
  const terms = tiers.map(({ term }) => term)
  const [term] = terms
  if (term === null || term === undefined || terms.some((each) => each !== term)) {
    throw new LicError('USAGE', 'no expiry is given, and the tier has no term of its own', {
      hint: 'add --expires 1y, a date, or never',
    })
  }
  return parseExpiry(term, now)
}

const least = (values: readonly (number | null)[]): number | undefined => {
  const given = values.filter((value) => value !== null)
  return given.length > 0 ? Math.min(...given) : undefined
}
