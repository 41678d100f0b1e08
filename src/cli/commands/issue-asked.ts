/**
 * `lic issue` with a person at the terminal: what no flag says is asked for, in the order in which it is thought of, then
 * shown and confirmed. Invariant: nothing is written here; what it hands back are flags, so that the questions can do
 * nothing that a command line could not, and that command line is shown.
 */

import { checkForm, checkName } from '../../authority/checked.ts'
import { formatDay, parseExpiry } from '../../authority/term.ts'
import { shellWord } from '../../authority/vault.ts'
import { LicError } from '../../core/errors.ts'
import { type Bundle, listBundles, theBundle } from '../../ledger/bundles.ts'
import { type Customer, customersById, findCustomers, theCustomer } from '../../ledger/customers.ts'
import { findByWords } from '../../ledger/find.ts'
import { listProducts, theProduct } from '../../ledger/products.ts'
import type { Reader } from '../../ledger/schema.ts'
import { listTiers, type Tier } from '../../ledger/tiers.ts'
import { type AuthorityFlags, withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import type { IssueFlags } from '../issue-input.ts'
import { ownTerms, whole } from '../line-terms.ts'

interface Options extends IssueFlags, AuthorityFlags {
  readonly customer: string | undefined
  readonly createCustomer: boolean
  readonly customerName: string | undefined
}

interface Answers {
  readonly customer: string
  readonly createCustomer: boolean
  readonly customerName: string | undefined
  readonly product: readonly string[]
  readonly bundle: readonly string[]
  readonly tier: string | undefined
  readonly expires: string | undefined
  readonly seats: string | undefined
}

/** @throws LicError as the ledger does, INTERRUPTED at any question, CONFIRMATION_REQUIRED when the answer is no */
export const askIssue = (context: Context, options: Options): Promise<{ answers: Answers; same: string }> =>
  withAuthority(context, options, async ({ ledger: { db }, brand }) => {
    const offered = await listProducts(db, brand)
    if (offered.length === 0) {
      throw new LicError('NOT_FOUND', 'there is no product to issue a license for', {
        hint: 'add one: lic product add SLUG --name NAME',
      })
    }
    const who = await customerAsked(context, db, brand, options)
    const { product, bundle } = await productsAsked(context, offered, await listBundles(db, brand), options)
    const [first] = product
    const [bundled] = bundle
    const of =
      first !== undefined
        ? (await theProduct(db, brand, ownTerms(first).product)).brand
        : bundled !== undefined
          ? (await theBundle(db, brand, bundled)).brand
          : undefined
    const tiers = of === undefined ? [] : await listTiers(db, of)
    const chosen = { ...options, bundle }
    const open = bundle.length > 0 ? await openItems(db, brand, bundle) : false
    const tier = await tierAsked(context, tiers, product, chosen, open)
    const terms = await termsAsked(context, tiers, tier, product, chosen)
    const answers = { ...who.flags, product, bundle, tier, ...terms }
    await summarized(context, who.text, answers, tiers)
    return { answers, same: `the same without questions: ${commandLine({ ...options, ...answers })}` }
  })

const textOf = ({ id, name, email }: Customer): string => [name ?? id, email ?? id].join(', ')

/** So many are offered to choose from; whoever is not among them is looked for with more words. */
const OFFERED = 10
/** The choices that are none of them. No id has such a sign. */
const NEW = '+'
const AGAIN = '?'

const customerAsked = async (context: Context, db: Reader, brand: string | null, options: Options) => {
  const { customer, createCustomer, customerName } = options
  if (customer !== undefined) return { text: customer, flags: { customer, createCustomer, customerName } }
  const { ask } = context
  const found = await ask.until(
    'Customer: id, e-mail or words of the name (Enter for a new one)',
    undefined,
    (answer) => whoIsMeant(context, db, brand, answer),
  )
  if (typeof found !== 'string') {
    return { text: textOf(found), flags: { customer: found.id, createCustomer: false, customerName: undefined } }
  }
  const name =
    customerName ?? (await ask.until('Name of the new customer', undefined, (answer) => checkName('the name', answer)))
  const email = found !== '' ? found : await ask.until('E-mail of the new customer', undefined, newAddress(db, brand))
  return { text: `${name}, ${email} (new)`, flags: { customer: email, createCustomer: true, customerName: name } }
}

const newAddress =
  (db: Reader, brand: string | null) =>
  async (answer: string): Promise<string> => {
    const email = checkForm('email', 'the address', answer)
    if ((await findCustomers(db, brand, email)).length === 0) return email
    throw new LicError('CONFLICT', `there is a customer ${email} already`)
  }

/** The customer, or the address of one to be created, empty where it is not known yet. @throws LicError to be asked again */
const whoIsMeant = async (
  { io }: Context,
  db: Reader,
  brand: string | null,
  answer: string,
): Promise<Customer | string> => {
  if (answer === '') return ''
  const named = await findCustomers(db, brand, answer)
  if (named.length === 1) return theCustomer(db, brand, answer)
  const address = answer.includes('@')
  if (address) checkForm('email', 'the address', answer)
  const near = named.length > 0 ? named : await byWords(db, brand, answer, io.now())
  if (near.length === 0 && !address) return theCustomer(db, brand, answer)
  const chosen = await io.prompt.select(near.length === 0 ? `Nobody has the address ${answer}` : 'Which customer?', [
    ...near.slice(0, OFFERED).map((each) => ({ value: each.id, title: `${textOf(each)} (${each.id})` })),
    ...(named.length > 0 ? [] : [{ value: NEW, title: address ? `a new customer, ${answer}` : 'a new customer' }]),
    { value: AGAIN, title: 'somebody else: ask again' },
  ])
  if (chosen === NEW) return address ? answer : ''
  if (chosen === AGAIN) throw new LicError('NOT_FOUND', 'nobody was chosen')
  return theCustomer(db, brand, chosen)
}

/** Customers whose own texts, or whose licenses, hold all the words. */
const byWords = async (db: Reader, brand: string | null, text: string, now: number): Promise<readonly Customer[]> => {
  if (!/[\p{L}\p{N}]/u.test(text)) return []
  const { found } = await findByWords(db, brand, text, { limit: OFFERED }, now)
  const ids = [...new Set(found.map((each) => ('customer' in each ? each.customer.id : each.license.customer)))]
  const customers = await customersById(db, ids)
  return customers.filter(({ forgottenAt }) => forgottenAt === null)
}

/** Before a bundle's slug among the choices: a product may have the same. */
const BUNDLE = 'bundle:'

const bundleTitle = ({ name, slug, items }: Bundle): string =>
  `${name} (bundle ${slug}): ${items.map(({ product }) => product).join(', ')}`

/** Whether a product of the bundles has no tier of its own. */
const openItems = async (db: Reader, brand: string | null, bundles: readonly string[]): Promise<boolean> => {
  const found = await Promise.all(bundles.map((slug) => theBundle(db, brand, slug)))
  return found.some(({ items }) => items.some(({ tier }) => (tier ?? null) === null))
}

const productsAsked = async (
  { io, voice }: Context,
  offered: Awaited<ReturnType<typeof listProducts>>,
  bundles: readonly Bundle[],
  { product, bundle }: Options,
): Promise<Pick<Answers, 'product' | 'bundle'>> => {
  if (product.length > 0 || bundle.length > 0) return { product, bundle }
  const [only] = offered
  if (only !== undefined && offered.length === 1 && bundles.length === 0) return { product: [only.slug], bundle }
  const all = [
    ...offered.map((each) => ({ ...each, value: each.slug, title: `${each.name} (${each.slug})` })),
    ...bundles.map((each) => ({ ...each, value: `${BUNDLE}${each.slug}`, title: bundleTitle(each) })),
  ]
  for (;;) {
    const chosen = await io.prompt.selectSome(
      bundles.length > 0 ? 'Products and bundles' : 'Products',
      all.map(({ value, title }) => ({ value, title })),
    )
    const brands = new Set(all.filter(({ value }) => chosen.includes(value)).map((each) => each.brand))
    if (brands.size === 1) {
      const isBundle = (value: string): boolean => value.startsWith(BUNDLE)
      return {
        product: chosen.filter((value) => !isBundle(value)),
        bundle: chosen.filter(isBundle).map((value) => value.slice(BUNDLE.length)),
      }
    }
    await voice.note(`a license is for products of one brand, these belong to ${[...brands].join(' and ')}`)
  }
}

const countText = (count: number | null, what: string): string =>
  count === 0 ? `unlimited ${what}s` : `${count ?? 1} ${what}${(count ?? 1) === 1 ? '' : 's'}`

const tierAsked = async (
  { io }: Context,
  tiers: readonly Tier[],
  product: readonly string[],
  { tier, bundle }: Options,
  open: boolean,
): Promise<string | undefined> => {
  if (tier !== undefined || (!open && product.every((each) => ownTerms(each).tier !== undefined))) return tier
  const active = tiers.filter((each) => each.active)
  if (active.length === 0) {
    throw new LicError('NOT_FOUND', 'the brand has no tier', { hint: 'add one: lic tier add FILE' })
  }
  return io.prompt.select(
    bundle.length > 0 ? 'Tier of the other products' : 'Tier',
    active.map(({ code, title, seats, term }) => ({
      value: code,
      title: `${title} (${code}): ${countText(seats, 'seat')}${term === null ? '' : `, ${term}`}`,
    })),
    active.find(({ popular }) => popular)?.code,
  )
}

/** What the tier would say stands in the question: Enter takes it. */
const termsAsked = async (
  { ask, io }: Context,
  tiers: readonly Tier[],
  code: string | undefined,
  product: readonly string[],
  { expires, seats, kind, bundle }: Options,
): Promise<{ expires: string | undefined; seats: string | undefined }> => {
  const tier = tiers.find((each) => each.code === code)
  const until =
    expires ??
    (kind === 'perpetual'
      ? undefined
      : await ask.until('Expires: a term, a date or never', tier?.term ?? '1y', (answer) => {
          parseExpiry(answer, io.now())
          return answer
        }))
  const ownSeats = product.some((each) => ownTerms(each).seats !== undefined)
  if (seats !== undefined || ownSeats || bundle.length > 0 || tier === undefined) return { expires: until, seats }
  const usual = String(tier.seats ?? 1)
  const answer = await ask.until('Seats (0 is unlimited)', usual, (text) => whole('seats', text) ?? 0)
  // The tier's own seats come with its devices; the same number as a flag would bring those of the seats.
  return { expires: until, seats: String(answer) === usual ? undefined : String(answer) }
}

/** The date, whatever term it was given as. */
const endOf = (expires: string | undefined, now: number): string => {
  const end = expires === undefined ? undefined : parseExpiry(expires, now)
  return end === undefined ? 'never' : formatDay(end)
}

const summarized = async (
  { ask, voice, io }: Context,
  who: string,
  { product, bundle, tier, expires, seats }: Answers,
  tiers: readonly Tier[],
): Promise<void> => {
  const usual = tiers.find(({ code }) => code === tier)?.seats ?? (tier === undefined ? undefined : 1)
  const count = seats ?? (bundle.length > 0 || usual === undefined ? undefined : String(usual))
  const own = product.some((each) => ownTerms(each).seats !== undefined)
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['customer', who],
    ['products', [...bundle, ...product].join(', ')],
    ['tier', tier],
    ['expires', endOf(expires, io.now())],
    ['seats', own ? undefined : count === '0' ? 'unlimited' : count],
  ]
  for (const [label, text] of lines) if (text !== undefined) await voice.note(`${label.padEnd(8)}  ${text}`)
  await ask.confirm('Issue this license?')
}

/** Every flag that was given or answered. Repeating the key of a request would only repeat its answer. */
const commandLine = (options: Readonly<Record<string, unknown>> | (Options & Answers)): string =>
  Object.entries(options)
    .filter(([name]) => !['dryRun', 'idempotencyKey'].includes(name))
    .reduce((line, [name, value]) => {
      const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
      if (value === true) return `${line} ${flag}`
      const given: readonly unknown[] = Array.isArray(value) ? value : [value]
      return given.reduce<string>(
        (all, each) => (typeof each === 'string' ? `${all} ${flag} ${shellWord(each)}` : all),
        line,
      )
    }, 'lic issue')
