/** `lic issue`: a license for a customer, signed and recorded. Its bytes leave only after the commit. */

import { LicError } from '../core/errors.ts'
import type { License } from '../core/license.ts'
import { theBrand } from '../ledger/brands.ts'
import { type Customer, findCustomers, theCustomer } from '../ledger/customers.ts'
import { record } from '../ledger/events.ts'
import type { Idempotency } from '../ledger/idempotency.ts'
import { ctiPrefix } from '../ledger/licenses.ts'
import { theProduct } from '../ledger/products.ts'
import type { Tx } from '../ledger/schema.ts'
import { signedObject } from '../ledger/signed-objects.ts'
import { dealStatusIndexes } from '../ledger/status-indexes.ts'
import { listTiers, type Tier, theTier } from '../ledger/tiers.ts'
import { addCustomer, type CustomerInput } from './add-customer.ts'
import { type Authority, stamp, write } from './authority.ts'
import { linesOfBundles } from './bundle.ts'
import { checkName } from './checked.ts'
import { type HandedLicense, handOver } from './hand-over.ts'
import { type LineInput, lineData, lineFrom } from './lines.ts'
import { type RemarksInput, remarkData, remarkTexts } from './remarks.ts'
import { earlierAnswer, requestOf } from './repeat.ts'
import { openSigningKey, type SigningKey } from './sealing.ts'
import { revisionData, signLicense } from './sign-license.ts'
import { parseExpiry, parseTime } from './term.ts'

export interface IssueInput {
  /** Customer id, or an e-mail address that is one customer's. */
  readonly customer: string
  /** One line a product; those of bundles come first. */
  readonly lines: readonly LineInput[]
  /** Slugs of bundles, each of which stands for several lines. */
  readonly bundles?: readonly string[] | undefined
  /** What those lines take over where the bundle leaves it open. */
  readonly bundled?: Omit<LineInput, 'product'> | undefined
  /** `1y`, `2027-01-31` or `never`; absent = the tier's own term. */
  readonly expires?: string | undefined
  readonly starts?: string | undefined
  readonly test?: boolean | undefined
  /** Absent = as the tier says. */
  readonly emergency?: boolean | undefined
  /** Create the customer with this when nobody is found; then it must have a name. */
  readonly newCustomer?: (Omit<CustomerInput, 'brand' | 'name'> & { readonly name: string | undefined }) | undefined
  /** The name in the license; absent = the customer's. */
  readonly licensee?: string | undefined
  /** Hours after the end in which it still runs; absent = as the tier says. */
  readonly grace?: number | undefined
  /** How old the newest revocation list may be, in days; absent = as the tier says. */
  readonly fresh?: number | undefined
  readonly remarks?: RemarksInput | undefined
  readonly reason?: string | undefined
  readonly idempotencyKey?: string | undefined
}

/**
 * @throws LicError NOT_FOUND, AMBIGUOUS, INVALID_INPUT, RIGHTS_EXCEEDED, CONFLICT, CLOCK_SUSPECT, and as keys and ledger do
 */
export const issue = async (authority: Authority, input: IssueInput): Promise<HandedLicense> => {
  const { idempotencyKey, ...asked } = input
  const request = requestOf('issue', idempotencyKey, asked)
  const answered = await earlierAnswer(authority.ledger.db, request)
  if (answered !== null) return handOver((await signedObject(authority.ledger.db, answered)).bytes)
  const key = await openSigningKey(authority, 'issuing')
  return write(authority, (tx) => issueIn(tx, authority, key, input, request))
}

/** The same inside a transaction, with the key already open. */
const issueIn = async (
  tx: Tx,
  authority: Authority,
  key: SigningKey,
  input: IssueInput,
  request: Idempotency | undefined,
): Promise<HandedLicense> => {
  // Another process may have answered between the look outside the transaction and now.
  const answered = await earlierAnswer(tx, request)
  if (answered !== null) return handOver((await signedObject(tx, answered)).bytes)
  const { random } = authority
  const issuedAt = authority.now()
  const wanted = [...(await linesOfBundles(tx, authority.brand, input)), ...input.lines]
  if (wanted.length === 0) throw new LicError('INVALID_INPUT', 'a license has at least one product')
  const products = await Promise.all(wanted.map(({ product }) => theProduct(tx, authority.brand, product)))
  const product = products[0] as (typeof products)[number]
  const stranger = products.find(({ brand }) => brand !== product.brand)
  if (stranger) throw new LicError('INVALID_INPUT', `${product.slug} and ${stranger.slug} belong to different brands`)
  const brand = await theBrand(tx, product.brand)
  const tiers = await listTiers(tx, brand.slug)
  const chosen = await Promise.all(wanted.map((line) => tierFor(tx, brand.slug, line)))
  const expires = expiryOf(input, chosen, issuedAt)
  const customer = await customerFor(tx, authority, brand.slug, input)
  const when = { now: issuedAt, forever: expires === undefined }
  const lines = wanted.map((line, i) => lineFrom(line, chosen[i] as Tier, tiers, when))
  const indexes = await dealStatusIndexes(tx, lines.length, random)
  const license: License = {
    customer: customer.id,
    expires,
    starts: input.starts === undefined ? undefined : parseTime(input.starts, 'start'),
    issuedAt,
    cti: await freshCti(tx, random),
    prefix: product.prefix ?? brand.prefix,
    lines: new Map(lines.map((line, i) => [i, { ...line, statusIndex: indexes[i] }])),
    revision: 1,
    licensee: licenseeOf(input.licensee ?? customer.name),
    grace: input.grace ?? Math.min(...chosen.map(({ graceHours }) => graceHours ?? 48)),
    fresh: input.fresh ?? least(chosen.map(({ freshDays }) => freshDays)),
    test: input.test === true ? true : undefined,
  }
  const object = await signLicense(license, key, input.emergency ?? chosen.some(({ emergency }) => emergency))
  const handed = handOver(object.bytes)
  await record(
    tx,
    {
      ...stamp(authority),
      type: 'license.issued',
      entity: license.cti,
      brand: brand.slug,
      customer: customer.id,
      ...(input.reason !== undefined && { reason: input.reason }),
      ...(request && { idempotency: request }),
      object,
      texts: remarkTexts(input.remarks),
      data: {
        ...remarkData(input.remarks),
        prefix: license.prefix,
        test: input.test === true,
        lines: lines.map((line, i) => lineData(i, line)),
        revision: revisionData(handed.license, key.kid),
        statusIndexes: indexes.map((index, line) => ({ line, index })),
      },
    },
    random,
  )
  return handed
}

/** @throws LicError INVALID_INPUT */
export const licenseeOf = (name: string | null): License['licensee'] =>
  name === null ? undefined : { name: checkName('the name of the licensee', name) }

const tierFor = (tx: Tx, brand: string, line: LineInput): Promise<Tier> => {
  if (line.tier !== undefined) return theTier(tx, brand, line.tier)
  throw new LicError('USAGE', `no tier is given for ${line.product}`, { hint: 'add --tier; see lic tier list' })
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

const customerFor = async (tx: Tx, authority: Authority, brand: string, input: IssueInput): Promise<Customer> => {
  const { customer, newCustomer } = input
  if (newCustomer && (await findCustomers(tx, brand, customer)).length === 0) {
    const { name } = newCustomer
    // An address in its place would stand in a license that anyone may read.
    if (name === undefined) {
      throw new LicError('USAGE', 'a customer that is created has a name', { hint: 'add --customer-name NAME' })
    }
    const { id } = await addCustomer(tx, authority, { ...newCustomer, name, brand })
    return theCustomer(tx, brand, id)
  }
  return theCustomer(tx, brand, customer)
}

/** 80 random bits whose first 40 no other license of the ledger has, since a request names its license by them. */
export const freshCti = async (tx: Tx, random: Authority['random']): Promise<Uint8Array> => {
  for (;;) {
    const cti = random(10)
    const taken = tx.selectFrom('licenses').select('id').where('cti_prefix', '=', ctiPrefix(cti))
    if ((await taken.executeTakeFirst()) === undefined) return cti
  }
}

const least = (values: readonly (number | null)[]): number | undefined => {
  const given = values.filter((value) => value !== null)
  return given.length > 0 ? Math.min(...given) : undefined
}
