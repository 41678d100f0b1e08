/**
 * What a vendor signs for a license that is out already (FORMAT 12.6, 13, 14.2): activation, extension, device anchor. Each
 * names the license by its id, and whoever signed it must hold what the license holds (FORMAT 6.10).
 * Invariant: an answer that `openAnswer` returns was verified, stage by stage, before anything in it was used.
 */

import { equal } from './bytes.ts'
import { encode } from './cbor.ts'
import { holds, type Issuer, issuersOf, type Trust } from './chain.ts'
import { FIELDS, open, type Signed, toBeSigned } from './cose.ts'
import { DEVICE } from './device.ts'
import { LicError } from './errors.ts'
import { bytes, invalid, MARK, optional, record, required, TIME, type Type, type TypeOf, uint } from './fields.ts'
import { ANCHOR, CTI, checkAnchor } from './license.ts'
import { anObject, OBJECTS, otherObject } from './objects.ts'
import { checkTimes, type GrantedLicense } from './rights.ts'

const REVISION = uint(0xffffffff, 1)
const RELEASE_ANCHOR = bytes(10)
/** The highest number of a place that an activation tells: the typed form has ten bits for it (FORMAT 12.7). */
export const MOST_PLACES_TOLD = 1023

/** Fields from 64 up tell and decide nothing: a value of another form counts as absent (FORMAT 3.5). */
const told = <T>(kind: Type<T>): Type<T | undefined> => ({
  read: (value, name) => {
    try {
      return kind.read(value, name)
    } catch (error) {
      if (error instanceof LicError) return undefined
      throw error
    }
  },
  // `record` leaves out what is undefined.
  write: (value) => kind.write(value as T),
})

const FIELDS_OF = {
  activation: record({
    type: required(0, uint(3, 3)),
    cti: required(1, CTI),
    device: required(2, DEVICE),
    anchor: required(3, RELEASE_ANCHOR),
    line: required(4, uint(15)),
    clock: optional(5, MARK),
    place: optional(64, told(uint(MOST_PLACES_TOLD, 1))),
  }),
  extension: record({ type: required(0, uint(10, 10)), cti: required(1, CTI), revision: required(2, REVISION) }),
  deviceAnchor: record({
    type: required(0, uint(7, 7)),
    cti: required(1, CTI),
    revision: required(2, REVISION),
    anchor: required(3, RELEASE_ANCHOR),
    chain: required(4, ANCHOR),
  }),
} as const

export type AnswerName = keyof typeof FIELDS_OF
type Own<N extends AnswerName> = Omit<TypeOf<(typeof FIELDS_OF)[N]>, 'type'>
interface Times {
  readonly issuedAt: number
  /** End of a lease or of what a device anchor is for; absent: none. */
  readonly expires?: number | undefined
}

/**
 * `anchor` is the release anchor; `clock` confirms a request with the clock flag and lets the device lower its floor; `place`
 * is the number of its place among those of the line, for people: nothing turns on it.
 */
export type Activation = Times & Own<'activation'>
/** Moves the end of one installed revision, and nothing else. */
export type Extension = Times & Own<'extension'> & { readonly expires: number }
/** An emergency chain that is one device's. */
export type DeviceAnchor = Times & Own<'deviceAnchor'>
export interface Answers {
  readonly activation: Activation
  readonly extension: Extension
  readonly deviceAnchor: DeviceAnchor
}

const claimsOf = <N extends AnswerName>(name: N) =>
  record(
    {
      expires: optional(4, TIME),
      issuedAt: required(6, TIME),
      fields: required(FIELDS, FIELDS_OF[name] as unknown as Type<Own<N>>),
    },
    { open: false },
  )

/** The payload bytes. @throws LicError LICENSE_INVALID for one that no reader would take */
export const writeAnswer = <N extends AnswerName>(name: N, answer: Answers[N]): Uint8Array => {
  const { expires, issuedAt, ...fields } = answer as Times
  checkAnswer(name, answer)
  const typed = { ...fields, type: OBJECTS[name].type } as unknown as Own<N>
  return encode(claimsOf(name).write({ expires, issuedAt, fields: typed }))
}

/** Reads an opened object. @throws LicError LICENSE_INVALID, UNSUPPORTED_CLAIM (stage type) */
export const readAnswer = <N extends AnswerName>(name: N, signed: Signed): Answers[N] => {
  if (signed.type !== name) throw otherObject(name, signed)
  const { fields, ...times } = claimsOf(name).read(signed.claims, name)
  const { type: _, ...own } = fields as Own<N> & { readonly type: number }
  const answer = { ...times, ...own } as unknown as Answers[N]
  checkAnswer(name, answer)
  return answer
}

const checkAnswer = (name: AnswerName, answer: Answers[AnswerName]): void => {
  const { issuedAt, expires } = answer
  if (expires !== undefined && expires <= issuedAt) throw invalid(`${anObject(name)} that ends before it begins`)
  if (name === 'extension' && expires === undefined) throw invalid('an extension without an end')
  if ('chain' in answer) checkAnchor(answer.chain, issuedAt, expires)
}

export interface OpenAnswer<N extends AnswerName> {
  readonly answer: Answers[N]
  readonly signed: Signed
  readonly issuer: Issuer
}

/**
 * Verifies an answer for a license that is installed.
 * @throws LicError with a stage, as `verify` does; CUSTOMER_MISMATCH never, LICENSE_INVALID when it names another license
 */
export const openAnswer = <N extends AnswerName>(
  name: N,
  object: Uint8Array,
  trust: Trust,
  license: GrantedLicense,
): OpenAnswer<N> => {
  const signed = open(object)
  const answer = readAnswer(name, signed)
  return { answer, ...judgeAnswer(name, signed, answer, trust, license) }
}

/** The stages chain, signature, rights and time of an object that was read. */
export const judgeAnswer = <N extends AnswerName>(
  name: N,
  signed: Signed,
  answer: Answers[N],
  trust: Trust,
  license: GrantedLicense,
): { readonly signed: Signed; readonly issuer: Issuer } => {
  const covered = toBeSigned(signed.protected, signed.payload)
  const issuer = issuersOf(signed, trust).find(({ key }) => key.verify(covered, signed.signature))
  if (!issuer) {
    throw new LicError('BAD_SIGNATURE', `the signature does not match ${anObject(name)}`, { stage: 'signature' })
  }
  checkRights(name, answer, issuer, license)
  checkTimes(answer.issuedAt, issuer)
  if (!equal(answer.cti, license.cti)) {
    throw new LicError('LICENSE_INVALID', `${anObject(name)} for another license`, {
      stage: 'rights',
      hint: 'take the answer that was made for this license',
    })
  }
  return { signed, issuer }
}

const refuse = (message: string): LicError => new LicError('RIGHTS_EXCEEDED', message, { stage: 'rights' })

/** FORMAT 6.10. A root signs no answers. */
const checkRights = (name: AnswerName, answer: Times, { certificates }: Issuer, license: GrantedLicense): void => {
  const { type } = OBJECTS[name]
  if (!certificates[0]?.types.includes(type)) throw refuse(`the key may not sign ${anObject(name)}`)
  for (const { products, tiers, only, term } of certificates) {
    for (const line of license.lines.values()) {
      if (!holds(products, [line.product])) throw refuse(`the key may not sign for the product ${line.product}`)
      if (!holds(tiers, [line.tier, ...(line.ladder ?? [])])) throw refuse(`the key may not sign the tier ${line.tier}`)
    }
    if (license.test && only === 'live') throw refuse('the key may not sign for test licenses')
    if (!license.test && only === 'test') throw refuse('the key may sign for test licenses only')
    if (name === 'extension' && term !== undefined && (answer.expires ?? 0) - answer.issuedAt > term * 3600) {
      throw refuse('a longer term than the key may sign')
    }
  }
}
