/** What something that was given is, told before the command that it was given to reads it as something else. */

import { LicError } from '../core/errors.ts'
import { misplaced, type Thing } from './belongs.ts'

/** The first bytes of the two forms of a request (FORMAT 16): a byte string of thirty, an array of three. */
const REQUEST_HEADS: readonly (number | undefined)[] = [0x58, 0x83]

/** Undefined for what is nothing of ours, or not whole. */
export const thingIn = async (
  content: { readonly text: string } | { readonly bytes: Uint8Array },
): Promise<Thing | undefined> => {
  try {
    if ('bytes' in content) return await thingOf(content.bytes)
    const { recognise } = await import('../core/codes/recognise.ts')
    const { numberedLines } = await import('../core/codes/typed.ts')
    const known = recognise(content.text) ?? recognise(numberedLines(content.text) ?? '')
    if (known === undefined) return undefined
    if (known.form === 'code') return known.wrong.length === 0 ? known.kind : undefined
    const { decodeArmor } = await import('../core/codes/armor.ts')
    const { decodeText } = await import('../core/codes/text.ts')
    return await thingOf((known.form === 'armor' ? decodeArmor : decodeText)(content.text.trim()))
  } catch (error) {
    if (error instanceof LicError) return undefined
    throw error
  }
}

const thingOf = async (bytes: Uint8Array): Promise<Thing | undefined> => {
  if (REQUEST_HEADS.includes(bytes[0])) return 'request'
  const { isUsage } = await import('../core/usage.ts')
  if (isUsage(bytes)) return 'usage'
  const { LIST_LIMITS } = await import('../core/cbor.ts')
  const { open, openArray, splitSequence } = await import('../core/cose.ts')
  const [first = bytes] = splitSequence(bytes)
  return (first[0] === 0xd2 ? open : openArray)(first, LIST_LIMITS).type
}

/**
 * @param due what is due, with its article
 * @throws LicError CODE_KIND for something of ours that is not taken here
 */
export const checkDue = async (
  content: { readonly text: string } | { readonly bytes: Uint8Array },
  due: string,
  taken: (thing: Thing) => boolean,
): Promise<void> => {
  const thing = await thingIn(content)
  if (thing !== undefined && !taken(thing)) throw misplaced(thing, due)
}

/**
 * Whoever verifies is told of a request or a report of usage that it carries no signature; other bytes are left to the verifier.
 * @throws LicError LICENSE_INVALID, stage decode: what the verifier itself says of them (FORMAT 3.1)
 */
export const checkSigned = async (bytes: Uint8Array, due: string): Promise<void> => {
  const thing = await thingIn({ bytes })
  if (thing !== 'request' && thing !== 'usage') return
  const { message, data } = misplaced(thing, due)
  throw new LicError('LICENSE_INVALID', message, { stage: 'decode', ...(data && { data }) })
}
