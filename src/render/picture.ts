/**
 * What a picture says of itself before it is unpacked. It comes from anyone, and a small file can ask for any amount of
 * memory or time: invariant: what `checkPicture` lets pass unpacks within bounds that are known here.
 */

import { LicError } from '../core/errors.ts'

export const PICTURE_BYTES = 10_000_000
export const PICTURE_PIXELS = 24_000_000
/** A progressive JPEG has about ten; each may cost a pass over all pixels, however few bytes it has. */
const SCANS = 100

interface Size {
  readonly width: number
  readonly height: number
}

const begins = (bytes: Uint8Array, magic: readonly number[]): boolean => magic.every((byte, i) => bytes[i] === byte)
const isPng = (bytes: Uint8Array): boolean => begins(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const isJpeg = (bytes: Uint8Array): boolean => begins(bytes, [0xff, 0xd8, 0xff])

/** Told by its first bytes, never by a name. */
export const isPicture = (bytes: Uint8Array): boolean => isPng(bytes) || isJpeg(bytes)

const damaged = (what: string, cause?: unknown): LicError =>
  new LicError('INVALID_INPUT', `a damaged picture: ${what}`, {
    hint: 'send or take the picture again; lic reads PNG and JPEG',
    cause,
  })

/** @throws LicError INVALID_INPUT: neither PNG nor JPEG, damaged, or more than is unpacked */
export const checkPicture = async (bytes: Uint8Array): Promise<Size> => {
  if (bytes.length > PICTURE_BYTES) {
    throw new LicError('INVALID_INPUT', `a picture over ${PICTURE_BYTES} bytes is not read`, { hint: SMALLER })
  }
  if (isPng(bytes)) return checkPng(bytes)
  if (isJpeg(bytes)) return checkJpeg(bytes)
  throw new LicError('INVALID_INPUT', 'neither a PNG nor a JPEG picture')
}

const SMALLER = 'cut the picture to the QR code, or take it at a lower resolution'

const checkSize = (size: Size): Size => {
  const { width, height } = size
  if (width === 0 || height === 0) throw damaged('it has no pixels')
  if (width * height <= PICTURE_PIXELS) return size
  throw new LicError('INVALID_INPUT', `a picture of ${width} x ${height} pixels is not read`, { hint: SMALLER })
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

interface Chunk {
  readonly type: string
  readonly data: Uint8Array
}

function* chunksOf(bytes: Uint8Array): Generator<Chunk> {
  const view = viewOf(bytes)
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at)
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    if (at + 12 + length > bytes.length) break
    yield { type, data: bytes.subarray(at + 8, at + 8 + length) }
    if (type === 'IEND') return
    at += 12 + length
  }
  throw damaged('it is cut off')
}

/** Samples a pixel by color type. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

const checkPng = async (bytes: Uint8Array): Promise<Size> => {
  const [header, ...rest] = chunksOf(bytes)
  if (header?.type !== 'IHDR' || header.data.length !== 13) throw damaged('it does not begin with its header')
  const view = viewOf(header.data)
  const size = checkSize({ width: view.getUint32(0), height: view.getUint32(4) })
  const samples = SAMPLES[view.getUint8(9)]
  if (samples === undefined) throw damaged('its colors are of no known type')
  // Apple's own variant leaves the head of the zlib stream out.
  if (rest.some(({ type }) => type === 'CgBI')) throw damaged('it was packed for a telephone alone')
  const row = Math.ceil((size.width * samples * view.getUint8(8)) / 8)
  // Interlaced, every row comes in up to two pieces, each rounded up and with a byte of its own.
  await checkInflated(
    rest.filter(({ type }) => type === 'IDAT').map(({ data }) => data),
    (row + 4) * size.height + 1_024,
  )
  return size
}

/** Unpacks into nothing, and stops where the header's promise ends. */
const checkInflated = async (pieces: readonly Uint8Array[], limit: number): Promise<void> => {
  const { Unzlib } = await import('fflate')
  let length = 0
  const stream = new Unzlib((chunk) => {
    length += chunk.length
    if (length > limit) throw damaged('it unpacks to more than its size says')
  })
  try {
    for (const piece of pieces) {
      // By small pieces, as one of them may unpack to a thousand times its length.
      for (let at = 0; at < piece.length; at += 4_096) stream.push(piece.subarray(at, at + 4_096))
    }
  } catch (cause) {
    throw cause instanceof LicError ? cause : damaged('it cannot be unpacked', cause)
  }
}

/** The markers of frames: Huffman-coded, baseline or progressive. What else exists is hardly found in the wild. */
const FRAMES: readonly number[] = [0xc0, 0xc1, 0xc2]
const OTHER_FRAMES: readonly number[] = [0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]
const START_OF_SCAN = 0xda

const checkJpeg = (bytes: Uint8Array): Size => {
  const view = viewOf(bytes)
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) throw damaged('a marker is missing')
    const marker = view.getUint8(at + 1)
    // Any number of these may stand before a marker.
    if (marker === 0xff) {
      at += 1
      continue
    }
    if (marker === START_OF_SCAN) break
    if (OTHER_FRAMES.includes(marker)) throw damaged('it is of a rare kind of JPEG')
    if (FRAMES.includes(marker)) {
      if (at + 9 > bytes.length) break
      checkScans(bytes)
      return checkSize({ width: view.getUint16(at + 7), height: view.getUint16(at + 5) })
    }
    at += 2 + view.getUint16(at + 2)
  }
  throw damaged('it is cut off')
}

/** In packed data 0xff is never followed by a marker's number, so no scan is missed. */
const checkScans = (bytes: Uint8Array): void => {
  let scans = 0
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    if (bytes[at + 1] === START_OF_SCAN) scans += 1
  }
  if (scans > SCANS) throw damaged(`it has ${scans} scans`)
}
