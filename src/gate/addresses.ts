/**
 * Addresses and ranges of the Internet, read strictly: what is written in any but the usual way (leading zeros, octal, zones,
 * half an address) is no address, so that no two programs read different ones. Both kinds are compared as numbers; an IPv4
 * address inside IPv6 (::ffff:0:0/96), as servers report it, is the IPv4 address. Pure.
 */

export interface Address {
  /** 32 or 128. */
  readonly bits: 32 | 128
  readonly value: bigint
}

const OCTET = /^(0|[1-9][0-9]{0,2})$/

const ipv4 = (text: string): bigint | undefined => {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => OCTET.test(part) && Number(part) <= 255)) return undefined
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n)
}

const GROUP = /^[0-9a-f]{1,4}$/i

const ipv6 = (text: string): bigint | undefined => {
  // The last 32 bits may be written as IPv4.
  const [, head = '', tail] = /^(.*:)([^:]*\.[^:]*)$/.exec(text) ?? []
  const embedded = tail === undefined ? undefined : ipv4(tail)
  if (tail !== undefined && embedded === undefined) return undefined
  const written =
    embedded === undefined ? text : `${head}${(embedded >> 16n).toString(16)}:${(embedded & 0xffffn).toString(16)}`
  const halves = written.split('::')
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')))
  const count = groups.flat().length
  if (halves.length > 2 || (halves.length === 2 ? count > 7 : count !== 8)) return undefined
  if (!groups.flat().every((group) => GROUP.test(group))) return undefined
  const [before = [], after = []] = groups
  const all = [...before, ...Array<string>(8 - count).fill('0'), ...after]
  return all.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n)
}

const MAPPED = 0xffffn

/** Undefined for what is no address. */
export const parseAddress = (text: string): Address | undefined => {
  const four = ipv4(text)
  if (four !== undefined) return { bits: 32, value: four }
  if (text.length > 45) return undefined
  const six = ipv6(text)
  if (six === undefined) return undefined
  return six >> 32n === MAPPED ? { bits: 32, value: six & 0xffffffffn } : { bits: 128, value: six }
}

const RANGE = /^([^/]+)\/(0|[1-9][0-9]{0,2})$/

/** Whether an address lies in a range of FORMAT 8.7; bits behind the length do not count. A range that is none holds nothing. */
export const isInRange = ({ bits, value }: Address, range: string): boolean => {
  const [, text = '', digits = ''] = RANGE.exec(range) ?? []
  const four = ipv4(text)
  const base = four ?? ipv6(text)
  const length = Number(digits)
  const width = four === undefined ? 128 : 32
  if (base === undefined || digits === '' || length > width) return false
  if (width === bits) return value >> BigInt(bits - length) === base >> BigInt(bits - length)
  // A range of IPv6 that lies inside the mapped ones, or around them, holds IPv4 addresses too.
  return bits === 32 && ((MAPPED << 32n) | value) >> BigInt(128 - length) === base >> BigInt(128 - length)
}
