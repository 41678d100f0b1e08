/** Armor for e-mail (FORMAT 9.4): RFC 7468 in its strict form, with a label by object type. */

import { decodeBase64, encodeBase64 } from '../base64.ts'
import { LIST_LIMITS } from '../cbor.ts'
import { open, openArray, splitSequence } from '../cose.ts'
import { LicError } from '../errors.ts'
import { OBJECTS, type ObjectName } from '../objects.ts'

const LABELS = new Set<string>(Object.values(OBJECTS).flatMap(({ label }) => label ?? []))
const BLOCK = /-----BEGIN (LIC [A-Z ]+)-----\r?\n([\s\S]*?)\r?\n?-----END (LIC [A-Z ]+)-----/

const AGAIN = 'copy it again, from BEGIN to END, or send the file'

export const isArmor = (text: string): boolean => /^-----BEGIN LIC [A-Z ]+-----/m.test(text)

export const encodeArmor = (type: ObjectName, bytes: Uint8Array): string => {
  const { label } = OBJECTS[type]
  if (!label) throw new LicError('INVALID_INPUT', `a ${type} has no armored form`)
  const lines = encodeBase64(bytes).match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/** The label that the first object of a sequence takes; a certificate or link may stand without its tag. */
const labelOf = (bytes: Uint8Array): string | undefined => {
  const first = splitSequence(bytes)[0] ?? bytes
  return OBJECTS[(first[0] === 0xd2 ? open : openArray)(first, LIST_LIMITS).type].label
}

/** The bytes of the first armored block; text around it is ignored. @throws LicError INVALID_INPUT, LICENSE_INVALID */
export const decodeArmor = (text: string): Uint8Array => {
  const match = BLOCK.exec(text)
  if (!match) throw new LicError('INVALID_INPUT', 'no complete armored block found', { hint: AGAIN })
  const [, begin, body, end] = match as unknown as [string, string, string, string]
  if (begin !== end || !LABELS.has(begin))
    throw new LicError('INVALID_INPUT', `"${begin}" is not a label of lic, or does not end as it begins`)
  const lines = body.split(/\r?\n/)
  const last = lines.length - 1
  if (!lines.every((line, i) => (i < last ? line.length === 64 : line.length > 0 && line.length <= 64))) {
    throw new LicError('INVALID_INPUT', 'armored lines must be 64 characters long', { hint: AGAIN })
  }
  const bytes = decodeBase64(lines.join(''))
  if (labelOf(bytes) !== begin) throw new LicError('INVALID_INPUT', `what stands under "${begin}" is something else`)
  return bytes
}
