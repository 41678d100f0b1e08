/**
 * `lic activation release` and `revoke`: a device gives its place up, with the code that only it could show, or the vendor
 * takes it. Either way the next list names its anchor. Invariant: a place is given up once.
 */

import { typedCode } from '../core/codes/typed.ts'
import { LicError } from '../core/errors.ts'
import { activationId, openRelease, releaseAnchor } from '../core/release.ts'
import { type Activation, activationBy, activationsOf, findActivation } from '../ledger/activations.ts'
import type { ActivationReleased } from '../ledger/event-types.ts'
import { record } from '../ledger/events.ts'
import { type License, licensesById } from '../ledger/licenses.ts'
import { linesOf } from '../ledger/lines.ts'
import type { Reader, Tx } from '../ledger/schema.ts'
import { type Authority, stamp, write } from './authority.ts'
import { checkUnproved, holderText } from './places.ts'
import { earlierAnswer, requestOf } from './repeat.ts'
import { formatDay } from './term.ts'
import { activationNamed } from './the-activation.ts'
import { licenseNamed } from './the-license.ts'

export interface ReleaseInput {
  /** The activation by its id; or the license by its key, where the code or there being only one says which. */
  readonly named: string
  /** The code that the device shows. */
  readonly code?: string | undefined
  readonly reason?: string | undefined
  readonly idempotencyKey?: string | undefined
}

export interface ActivationOf {
  readonly row: License
  readonly activation: Activation
}

/** @throws LicError NOT_FOUND, AMBIGUOUS, CONFLICT, CODE_MISTYPED, CODE_KIND, BAD_SIGNATURE, ILLEGAL_MOVE above the limit */
export const release = (authority: Authority, input: ReleaseInput): Promise<ActivationOf> => {
  const { code, reason } = input
  if (code === undefined && reason === undefined) {
    throw new LicError('USAGE', 'a place that is freed without the code of its device has a reason', {
      hint: 'add --code CODE, or --without-proof --reason R',
    })
  }
  return giveUp(authority, 'activation release', code === undefined ? 'unproved' : 'released', input)
}

/** @throws LicError NOT_FOUND, AMBIGUOUS, CONFLICT */
export const revokeActivation = (
  authority: Authority,
  input: Omit<ReleaseInput, 'code'> & { readonly reason: string },
): Promise<ActivationOf> => giveUp(authority, 'activation revoke', 'revoked', input)

/** Which activation it would be, for a question before it is. @throws LicError as `release` */
export const foreseeRelease = (
  authority: Authority,
  input: Omit<ReleaseInput, 'idempotencyKey'>,
): Promise<ActivationOf> => meant(authority.ledger.db, authority, input)

const giveUp = async (
  authority: Authority,
  verb: string,
  how: ActivationReleased['how'],
  { idempotencyKey, ...asked }: ReleaseInput,
): Promise<ActivationOf> => {
  const request = requestOf(verb, idempotencyKey, asked)
  return write(authority, async (tx) => {
    const again = await earlierAnswer(tx, request, authority.brand)
    if (again !== null) return answeredAt(tx, again)
    const { row, activation } = await meant(tx, authority, asked)
    if (how === 'unproved') {
      const line = ((await linesOf(tx, [row.id])).get(row.id) ?? []).find(({ number }) => number === activation.line)
      await checkUnproved(tx, row, line?.devices ?? 1, authority.now())
    }
    await record(
      tx,
      {
        ...stamp(authority),
        type: 'activation.released',
        entity: activation.anchor,
        activation: activation.anchor,
        license: row.cti,
        line: activation.line,
        brand: row.brand,
        customer: row.customer,
        ...(asked.reason !== undefined && { reason: asked.reason }),
        ...(request && { idempotency: request }),
        data: { how, ...(asked.code !== undefined && { proof: openRelease(asked.code, row.cti, activation.anchor) }) },
      },
      authority.random,
    )
    return { row, activation: await activationBy(tx, activation.anchor) }
  })
}

const answeredAt = async (tx: Tx, event: number): Promise<ActivationOf> => {
  const { entity_id } = await tx
    .selectFrom('events')
    .select('entity_id')
    .where('id', '=', event)
    .executeTakeFirstOrThrow()
  return ofActivation(tx, await activationBy(tx, entity_id))
}

/** With the license that it is of. */
export const ofActivation = async (db: Reader, activation: Activation): Promise<ActivationOf> => {
  const [row] = await licensesById(db, [activation.license])
  if (row) return { row, activation }
  throw new LicError('LEDGER_DAMAGED', 'an activation of no license')
}

/** A key has groups, an id is one word. */
const isKey = (named: string): boolean => /[-…]/.test(named.trim())

const meant = async (
  db: Reader,
  { brand }: Authority,
  { named, code }: Pick<ReleaseInput, 'named' | 'code'>,
): Promise<ActivationOf> => {
  if (isKey(named)) {
    const row = await licenseNamed(db, brand, named)
    return { row, activation: standing(code === undefined ? await onlyOne(db, row) : await shownBy(db, row, code)) }
  }
  const found = await ofActivation(db, await activationNamed(db, brand, named))
  // A slip of the pen, another device's code: said before anything is said of the place.
  if (code !== undefined) openRelease(code, found.row.cti, found.activation.anchor)
  return { ...found, activation: standing(found.activation) }
}

/** The activation whose anchor the code opens. */
const shownBy = async (db: Reader, { id, cti }: License, code: string): Promise<Activation> => {
  const found = await findActivation(db, releaseAnchor(cti, typedCode('release', code)))
  if (found?.license === id) return found
  throw new LicError('BAD_SIGNATURE', 'the release code belongs to no activation of this license', {
    hint: 'compare the key on both sides: the device shows it beside the code',
  })
}

const onlyOne = async (db: Reader, { id }: License): Promise<Activation> => {
  const all = (await activationsOf(db, id)).filter(({ ended, place }) => ended === null && place !== null)
  const [one] = all
  if (one === undefined) throw new LicError('NOT_FOUND', 'the license has no activation that holds a place')
  if (all.length === 1) return one
  const candidates = all.map(({ anchor }) => activationId(anchor))
  throw new LicError('AMBIGUOUS', `${all.length} devices hold a place of this license`, {
    hint: `say which: ${all.slice(0, 5).map(holderText).join('; ')}`,
    data: { candidates },
  })
}

/** @throws LicError CONFLICT when it gave its place up before, or never had one */
const standing = (activation: Activation): Activation => {
  const { anchor, place, ended, endedAt, replacedBy } = activation
  const id = activationId(anchor)
  if (place === null) throw new LicError('CONFLICT', `${id} confirmed a clock and holds no place`)
  if (ended === null) return activation
  throw new LicError('CONFLICT', `the activation ${id} was ${ended} on ${formatDay(endedAt ?? 0)}`, {
    hint: replacedBy
      ? `its place is held by ${activationId(replacedBy)}; ask for the code that the device shows now`
      : 'the place is free already: lic activation list KEY',
    data: { activation: id, ended },
  })
}
