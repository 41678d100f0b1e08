/**
 * A picture of QR codes to their texts, by zxing-cpp compiled to WebAssembly: it unpacks PNG and JPEG in memory of its own.
 * What is read is only text; nothing in it is followed. Loaded only when there is a picture to read.
 */

import type { ReaderOptions } from 'zxing-wasm/reader'
import { LicError } from '../core/errors.ts'
import { checkPicture } from './picture.ts'

/** A page of parts has 64 at most. */
const CODES = 64

const LOOK: ReaderOptions = {
  formats: ['QRCode', 'MicroQRCode'],
  maxNumberOfSymbols: CODES,
  tryHarder: false,
  tryRotate: true,
  tryInvert: true,
  tryDownscale: true,
}

/**
 * One look after the other until something is read. Measured on photographs with 24 megapixels full of what looks like a
 * code: looking at every row takes time without bound, so that comes last and for small pictures only.
 */
const LOOKS: readonly { readonly how: ReaderOptions; readonly pixels?: number }[] = [
  { how: LOOK },
  // For small modules: one threshold for the whole picture.
  { how: { ...LOOK, binarizer: 'GlobalHistogram' } },
  // For a grain that is finer than the modules.
  { how: { ...LOOK, downscaleThreshold: 100, downscaleFactor: 2 } },
  { how: { ...LOOK, tryHarder: true }, pixels: 2_000_000 },
]

/**
 * The texts of all QR codes in a PNG or JPEG, each once, the order being the reader's own.
 * @throws LicError INVALID_INPUT: no picture, too large, damaged, or no QR code that can be read
 */
export const readQr = async (bytes: Uint8Array): Promise<readonly string[]> => {
  const { width, height } = await checkPicture(bytes)
  const looks = LOOKS.filter(({ pixels }) => pixels === undefined || width * height <= pixels)
  for (const { how } of looks) {
    const texts = await look(bytes, how)
    if (texts.length > 0) return texts
  }
  throw new LicError('INVALID_INPUT', 'no readable QR code in the picture', {
    hint: 'take it again: close, sharp, in even light, with the white border; or type the code',
  })
}

const look = async (bytes: Uint8Array, how: ReaderOptions): Promise<readonly string[]> => {
  const { readBarcodes } = await reader()
  const found = await (async () => {
    try {
      return await readBarcodes(bytes, how)
    } catch (cause) {
      throw new LicError('INVALID_INPUT', 'a picture that cannot be unpacked', { cause })
    }
  })()
  return [...new Set(found.filter(({ isValid }) => isValid).map(textOf))]
}

/** Bytes without a mark of their encoding are UTF-8 wherever they can be. */
const textOf = ({ bytes, text, hasECI }: { bytes: Uint8Array; text: string; hasECI: boolean }): string => {
  if (hasECI) return text
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return text
  }
}

const reader = () => {
  loaded ??= load()
  return loaded
}
let loaded: ReturnType<typeof load> | undefined

const load = async () => {
  const [zxing, { wasm }] = await Promise.all([import('zxing-wasm/reader'), import('./qr-wasm.ts')])
  await zxing.prepareZXingModule({ overrides: { wasmBinary: wasm() }, fireImmediately: true })
  return zxing
}
