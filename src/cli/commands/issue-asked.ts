/**
 * `lic issue` with a person at the terminal: what no flag says is asked for, in the order in which it is thought of, then
 * shown and confirmed. Invariant: nothing is written here; what it hands back are flags, so that the questions can do
 * nothing that a command line could not, and that command line is shown.
 */

import { checkForm, checkName } from '../../authority/checked.ts'
import { parseExpiry } from '../../authority/term.ts'
import { shellWord } from '../../authority/vault.ts'
import { LicError } from '../../core/errors.ts'
import { type Customer, findCustomers, theCustomer } from '../../ledger/customers.ts'
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
    const product = await productsAsked(context, offered, options)
    const [first] = product
    const tiers =
      first === undefined ? [] : await listTiers(db, (await theProduct(db, brand, ownTerms(first).product)).brand)
    const tier = await tierAsked(context, tiers, product, options)
    const terms = await termsAsked(context, tiers, tier, product, options)
    const answers = { ...who.flags, product, tier, ...terms }
    await summarized(context, who.text, answers, options)
    return { answers, same: `the same without questions: ${commandLine({ ...options, ...answers })}` }
  })

const textOf = ({ id, name, email }: Customer): string => [name ?? id, email ?? id].join(', ')

const customerAsked = async ({ ask }: Context, db: Reader, brand: string | null, options: Options) => {
  const { customer, createCustomer, customerName } = options
  if (customer !== undefined) return { text: customer, flags: { customer, createCustomer, customerName } }
  const known = await ask.until('Customer: id or e-mail (Enter for a new one)', undefined, async (answer) =>
    answer === '' ? undefined : theCustomer(db, brand, answer),
  )
  if (known !== undefined)
    return { text: textOf(known), flags: { customer: known.id, createCustomer: false, customerName: undefined } }
  const name =
    customerName ?? (await ask.until('Name of the new customer', undefined, (answer) => checkName('the name', answer)))
  const id = await ask.until('E-mail of the new customer (or an id of your own)', undefined, async (answer) => {
    if (answer.includes('@')) checkForm('email', 'the address', answer)
    else checkForm('code', 'the id', answer)
    if ((await findCustomers(db, brand, answer)).length > 0) {
      throw new LicError('CONFLICT', `there is a customer ${answer} already`)
    }
    return answer
  })
  return { text: `${name}, ${id} (new)`, flags: { customer: id, createCustomer: true, customerName: name } }
}

const productsAsked = async (
  { io, voice }: Context,
  offered: Awaited<ReturnType<typeof listProducts>>,
  { product, bundle }: Options,
): Promise<readonly string[]> => {
  if (product.length > 0 || bundle.length > 0) return product
  const [only] = offered
  if (only !== undefined && offered.length === 1) return [only.slug]
  for (;;) {
    const chosen = await io.prompt.selectSome(
      'Products',
      offered.map(({ slug, name }) => ({ value: slug, title: `${name} (${slug})` })),
    )
    const brands = new Set(offered.filter(({ slug }) => chosen.includes(slug)).map((each) => each.brand))
    if (brands.size === 1) return chosen
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
): Promise<string | undefined> => {
  if (tier !== undefined || product.every((each) => ownTerms(each).tier !== undefined)) return tier
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

const summarized = async (
  { ask, voice }: Context,
  who: string,
  { product, tier, expires, seats }: Answers,
  { bundle }: Options,
): Promise<void> => {
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['customer', who],
    ['products', [...bundle, ...product].join(', ')],
    ['tier', tier],
    ['expires', expires ?? 'never'],
    ['seats', seats === '0' ? 'unlimited' : seats],
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
