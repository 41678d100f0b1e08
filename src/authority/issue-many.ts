/**
 * Many licenses in one transaction: what rows ask of the ledger is asked once for all of them, and what they write is
 * written together. Invariant: a row that is refused leaves nothing behind and touches no other row; nothing of any row
 * leaves before the commit.
 */

import { equal } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import type { License } from '../core/license.ts'
import { type NewEvent, recordAll } from '../ledger/events.ts'
import { answersBefore, type Idempotency } from '../ledger/idempotency.ts'
import type { Tx } from '../ledger/schema.ts'
import { signedObject } from '../ledger/signed-objects.ts'
import { dealStatusIndexes } from '../ledger/status-indexes.ts'
import { type Authority, stamp, write } from './authority.ts'
import { freshCtis } from './fresh-cti.ts'
import { type HandedLicense, handed, handOver } from './hand-over.ts'
import type { IssueInput } from './issue.ts'
import { licenseeOf } from './licensee.ts'
import { inBlocks } from './random-blocks.ts'
import { remarkData, remarkTexts } from './remarks.ts'
import { requestOf } from './repeat.ts'
import { customersOf } from './row-customers.ts'
import { remembered, type Terms } from './row-terms.ts'
import { SecretAway } from './secret-away.ts'
import { readyAlike, readyLicense, revisionData } from './sign-license.ts'
import type { SigningKey } from './sign-object.ts'
import { signAll } from './signer.ts'

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
  // A block is signed while the one before it is written.
  let inHand: () => Promise<readonly Issued[]> = async () => []
  for (let at = 0, size = FIRST; at < rows.length; at += size, size = BLOCK) {
    const block = signing(key, await prepared(desk, rows.slice(at, at + size)))
    issued.push(...(await inHand()))
    inHand = () => recorded(tx, block, random)
  }
  return [...issued, ...(await inHand())]
}

/** Rows that are signed together: as few as make handing them over cheap. */
const BLOCK = 64
/** Of the first, which nothing is written beside: few enough to be signed here, with no wait for the other thread. */
const FIRST = 16
/** Rows that are written together: few enough that what they leave behind dies young. */
const WRITTEN = 32

/** A row of which nothing but the signature is missing. */
interface Ready {
  readonly toSign: Uint8Array
  readonly signed: (signature: Uint8Array) => {
    readonly issued: Issued
    readonly events: readonly Parameters<typeof recordAll>[1][number][]
  }
}

/** A row that asks for what a row before it in the same batch has asked. */
interface Again {
  readonly again: () => Issued
}

type Prepared = Settled<Ready | Again | HandedLicense>

const prepared = async (
  desk: Awaited<ReturnType<typeof deskFor>>,
  rows: readonly Settled<Row | HandedLicense>[],
): Promise<readonly Prepared[]> => {
  const block: Prepared[] = []
  for (const row of rows) {
    if (!row.ok) block.push(row)
    else {
      const { value } = row
      block.push('terms' in value ? await settled(() => desk.prepare(value)) : { ok: true, value })
    }
  }
  return block
}

interface Block {
  readonly rows: readonly Prepared[]
  readonly signatures: Promise<readonly Uint8Array[]>
}

const signing = ({ signer }: SigningKey, rows: readonly Prepared[]): Block => {
  const signatures = signAll(
    signer,
    rows.flatMap((row) => (row.ok && 'toSign' in row.value ? [row.value.toSign] : [])),
  )
  // A key that does not sign ends the batch, when its turn comes.
  signatures.catch(() => undefined)
  return { rows, signatures }
}

const recorded = async (
  tx: Tx,
  { rows, signatures }: Block,
  random: Authority['random'],
): Promise<readonly Issued[]> => {
  const next = (await signatures).values()
  const done = rows.map((row) => {
    if (!row.ok) return { issued: row, events: [] }
    const { value } = row
    if ('toSign' in value) return value.signed(next.next().value as Uint8Array)
    if ('again' in value) return { issued: value.again(), events: [] }
    return { issued: { ok: true, handed: value, repeated: true, created: false } as const, events: [] }
  })
  for (let at = 0; at < done.length; at += WRITTEN) {
    const events = done.slice(at, at + WRITTEN).flatMap((row) => row.events)
    await recordAll(tx, events, random)
  }
  return done.map(({ issued }) => issued)
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

/** Prepares row after row, up to the signature; what is to be recorded collects in `events`. */
const deskFor = async (tx: Tx, authority: Authority, key: SigningKey, rows: readonly Row[]) => {
  const { random } = authority
  const by = stamp(authority)
  const issuedAt = by.at
  const customers = await customersOf(tx, authority, rows)
  const ctis = await freshCtis(tx, rows.length, random)
  const count = rows.reduce((sum, { terms }) => sum + terms.tiers.length, 0)
  const indexes = (await dealStatusIndexes(tx, count, random)).values()
  const answers = new Map<string, { readonly request: Idempotency; issued?: Issued }>()

  /** Rows of the same terms, live and test apart. */
  const ready = new Map<Terms, Map<boolean, ReturnType<typeof readyAlike>>>()
  const alike = (terms: Terms, test: boolean) => {
    const own = ready.get(terms) ?? new Map<boolean, ReturnType<typeof readyAlike>>()
    ready.set(terms, own)
    const known = own.get(test) ?? readyAlike(key)
    own.set(test, known)
    return known
  }

  const prepare = async ({ input, request, terms }: Row): Promise<Ready | Again> => {
    const known = request && answers.get(request.key)
    if (known !== undefined && request !== undefined) {
      if (equal(known.request.requestHash, request.requestHash)) {
        return { again: () => ({ ...(known.issued as Issued), repeated: true, created: false }) }
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
    const cti = ctis.pop() as Uint8Array
    const prefix = product.prefix ?? brand.prefix
    const licensee = licenseeOf(input.licensee ?? customer.name)
    const whole = (): License => ({
      customer: customer.id,
      expires,
      starts: terms.starts(),
      issuedAt,
      cti,
      prefix,
      lines: new Map(lines.map((line, i) => [i, { ...line, statusIndex: statusIndexes[i]?.index }])),
      revision: 1,
      licensee,
      grace: terms.grace,
      fresh: terms.fresh,
      test: test ? true : undefined,
    })
    const texts = remarkTexts(input.remarks)
    const remarks = remarkData(input.remarks)
    const ready =
      terms.emergency || licensee === undefined
        ? readyLicense(whole(), key, terms.emergency)
        : alike(terms, test)(
            {
              customer: customer.id,
              cti,
              licensee: licensee.name,
              statusIndexes: statusIndexes.map(({ index }) => index),
            },
            whole,
          )
    customers.keep(brand.slug, input, customer)
    const answer: { readonly request: Idempotency; issued?: Issued } | undefined = request && { request }
    if (answer) answers.set(answer.request.key, answer)
    return {
      toSign: ready.object.toSign,
      signed: (signature) => {
        const object = ready.object.signed(signature)
        const created = customer.event !== undefined
        const issued: Issued = { ok: true, handed: handed(ready.license, object.bytes), repeated: false, created }
        if (answer) answer.issued = issued
        const event: NewEvent<'license.issued'> = {
          at: by.at,
          actor: by.actor,
          source: by.source,
          host: by.host,
          type: 'license.issued',
          entity: cti,
          brand: brand.slug,
          customer: customer.id,
          reason: input.reason,
          idempotency: request,
          object,
          texts,
          data: {
            prefix,
            lines: data,
            revision: revisionData(ready.license, key.kid),
            statusIndexes,
            test,
            ...remarks,
          },
        }
        return { issued, events: customer.event ? [customer.event, event] : [event] }
      },
    }
  }

  return { prepare }
}
