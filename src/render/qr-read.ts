/**
 * A PNG image of a QR code to its text. The image comes from anyone: its bytes and its pixels are capped before a
 * decoder sees it, and what is read is only text; nothing in it is followed.
 */

import { LicError } from '../core/errors.ts'

export const IMAGE_BYTES = 10_000_000
export const IMAGE_PIXELS = 24_000_000
/** Milliseconds the search may spend on second looks at a poor picture. */
const PATIENCE = 4_000

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

export const isPng = (bytes: Uint8Array): boolean => SIGNATURE.every((byte, i) => bytes[i] === byte)

/** @throws LicError INVALID_INPUT: not a PNG, too large, or no QR code that can be read. */
export const readQr = async (bytes: Uint8Array): Promise<string> => {
  if (bytes.length > IMAGE_BYTES) throw new LicError('INVALID_INPUT', `an image over ${IMAGE_BYTES} bytes is not read`)
  const { width, height } = dimensions(bytes)
  if (width * height > IMAGE_PIXELS) {
    throw new LicError('INVALID_INPUT', `an image of ${width} x ${height} pixels is not read`, {
      hint: 'cut the picture to the QR code, or take it at a lower resolution',
    })
  }
  // pngjs is CommonJS: bundled, it has no named exports.
  const [{ default: pngjs }, { default: decodeQr }] = await Promise.all([import('pngjs'), import('qr/decode.js')])
  const image = (() => {
    try {
      return pngjs.PNG.sync.read(Buffer.from(bytes))
    } catch (cause) {
      throw new LicError('INVALID_INPUT', 'a damaged PNG image', { cause })
    }
  })()
  try {
    return decodeQr(
      { width: image.width, height: image.height, data: image.data },
      { format: 'RGBA', timeLimit: PATIENCE },
    )
  } catch (cause) {
    throw new LicError('INVALID_INPUT', 'no readable QR code in the image', {
      hint: 'take the picture again: straight, sharp, with the white border, or type the code',
      cause,
    })
  }
}

/** The size stands at a fixed place in the first chunk, so it is known before anything is unpacked. */
const dimensions = (bytes: Uint8Array): { readonly width: number; readonly height: number } => {
  if (!isPng(bytes) || bytes.length < 33) throw new LicError('INVALID_INPUT', 'not a PNG image')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { width: view.getUint32(16), height: view.getUint32(20) }
}
