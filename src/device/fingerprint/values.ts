/**
 * What the five slots of a machine hold, whatever the system (FORMAT 12.1). Invariant: a value that many machines share by
 * default (a manufacturer's blank, an emulator's serial number) is no value.
 */

/** In the order of the slots: machine id, serial of the root disk, MAC address, board or product, CPU model. */
export type Values = readonly [
  machineId: string | undefined,
  disk: string | undefined,
  mac: string | undefined,
  board: string | undefined,
  cpu: string | undefined,
]

const BLANKS =
  /^(|0+|x+|f+|none|null|n\/a|not (specified|applicable|available|set)|unknown|default( string)?|to be filled by o\.?e\.?m\.?|o\.?e\.?m\.?|system (serial number|product name|manufacturer|version)|qm0*\d+|drive-\w+|serial|invalid|123456789\w*)$/i

/** ASCII white space made single, and blanks of manufacturers taken away. */
export const telling = (text: string | undefined): string | undefined => {
  const plain = text
    ?.replace(/\0+$/, '')
    .replace(/[\t\n\v\f\r ]+/g, ' ')
    .trim()
  return plain === undefined || BLANKS.test(plain) ? undefined : plain
}

/** 32 hexadecimal digits, however they were grouped. */
export const machineIdOf = (text: string | undefined): string | undefined => {
  const digits = text?.replace(/[\s{}-]/g, '').toLowerCase() ?? ''
  return /^[0-9a-f]{32}$/.test(digits) && !/^(.)\1*$/.test(digits) ? digits : undefined
}

/** 12 hexadecimal digits of an address that is one machine's: no group, not blank. */
export const macOf = (text: string | undefined): string | undefined => {
  const digits = text?.trim().replace(/[:.-]/g, '').toLowerCase() ?? ''
  if (!/^[0-9a-f]{12}$/.test(digits) || /^(.)\1*$/.test(digits)) return undefined
  return (Number.parseInt(digits.slice(0, 2), 16) & 1) === 1 ? undefined : digits
}

/** The lowest of several addresses: the same one in whatever order a system counts its interfaces. */
export const lowest = (macs: readonly (string | undefined)[]): string | undefined =>
  macs.filter((each) => each !== undefined).sort()[0]

/** Maker and model as one text. */
export const joined = (...parts: readonly (string | undefined)[]): string | undefined =>
  telling(
    parts
      .map(telling)
      .filter((each) => each !== undefined)
      .join(' '),
  )
