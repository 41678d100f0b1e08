/** Strict base64 (RFC 4648, 4): padded, no white space, no spare bits. For PEM, armor and JSON. */

import { LicError } from './errors.ts'

export const encodeBase64 = (bytes: Uint8Array): string => {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** @throws LicError INVALID_INPUT for anything but the one encoding of some bytes. */
export const decodeBase64 = (text: string): Uint8Array => {
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0) {
    try {
      const binary = atob(text)
      const bytes = new Uint8Array(binary.length)
      for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
      if (encodeBase64(bytes) === text) return bytes
    } catch {
      // falls through to the one error below
    }
  }
  throw new LicError('INVALID_INPUT', 'not base64 in its one canonical form')
}
