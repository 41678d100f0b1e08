/**
 * Text to a QR code: for a terminal, as SVG, as PNG. Level M with a quiet zone of four modules; text of the
 * alphanumeric set (all of lic's codes) goes in as one alphanumeric segment, so its size depends on its length alone.
 */

import type { QRCodeSegment } from 'qrcode'
import { encodeParts } from '../core/codes/text.ts'
import { open, openArray, splitSequence } from '../core/cose.ts'
import { LicError } from '../core/errors.ts'

const ALPHANUMERIC = /^[0-9A-Z $%*+\-./:]+$/
const QUIET = 4
/** Pixels a module in a PNG: sharp on paper at 300 dpi with modules of 0.7 mm. */
const SCALE = 8
const OPTIONS = { errorCorrectionLevel: 'M', margin: QUIET } as const

export interface QrCode {
  /** QR version: 1 (21 modules a side) to 40 (177). */
  readonly version: number
  /** Modules a side, quiet zone left out. */
  readonly size: number
  /**
   * Two modules a character cell. With colour, black on white is set explicitly; without, light modules are drawn
   * with the text's own colour, which reads on the usual dark ground.
   */
  terminal(colored: boolean): string
  /** One filled path, no strokes: renderers disagree on how strokes end. Without a size it takes that of its frame. */
  svg(): string
  png(): Promise<Uint8Array>
}

/** Characters of the alphanumeric set that versions 1 to 25 hold at level M (ISO/IEC 18004, table 7). */
const CAPACITY = [
  20, 38, 61, 90, 122, 154, 178, 221, 262, 311, 366, 419, 483, 528, 600, 656, 734, 816, 909, 970, 1035, 1134, 1248,
  1326, 1451,
]

/** The largest version that a phone reads off paper or a screen without a second try. */
const COMFORTABLE = 22
/** A license that brings more than one certificate or link along is made and read by machines: one code is worth more steadiness. */
const WITH_LONG_CHAIN = 25

/** The longest text for one code of at most this version, and in a terminal of `columns` what fits its width. */
export const longestText = (columns?: number, most = COMFORTABLE): number => {
  // Version 4 is the least that parts are worth: narrower terminals scroll sideways or show nothing of use.
  const fits = columns === undefined ? most : Math.max(4, Math.floor((columns - 17 - 2 * QUIET) / 4))
  return CAPACITY[Math.min(most, fits) - 1] as number
}

/** The text of objects in as many parts as it takes for each code to be read with ease, and to fit a terminal. */
export const qrTexts = (bytes: Uint8Array, columns?: number): readonly string[] =>
  encodeParts(bytes, longestText(columns, hasLongChain(bytes) ? WITH_LONG_CHAIN : COMFORTABLE))

const hasLongChain = (bytes: Uint8Array): boolean => {
  const [first, ...beside] = splitSequence(bytes)
  if (first === undefined || beside.length > 0) return false
  const { type, chain } = open(first)
  return type === 'license' && chain !== undefined && openArray(chain).chain !== undefined
}

/** @throws LicError INVALID_INPUT when the text is longer than a QR code of level M holds. */
export const qrCode = async (text: string): Promise<QrCode> => {
  const { default: QRCode } = await import('qrcode')
  const segments: QRCodeSegment[] = [
    ALPHANUMERIC.test(text)
      ? { data: text, mode: 'alphanumeric' }
      : { data: new TextEncoder().encode(text), mode: 'byte' },
  ]
  const made = (() => {
    try {
      return QRCode.create(segments, OPTIONS)
    } catch (cause) {
      throw new LicError('INVALID_INPUT', `${text.length} characters do not fit into one QR code`, {
        hint: 'hand it over as a file, or leave the chain out with --compact',
        cause,
      })
    }
  })()
  const { size, data } = made.modules
  const dark = (row: number, column: number): boolean =>
    row >= 0 && column >= 0 && row < size && column < size && data[row * size + column] === 1
  return {
    version: made.version,
    size,
    terminal: (colored) => halfBlocks(size, dark, colored),
    svg: () => filledPath(size, dark),
    png: async () => new Uint8Array(await QRCode.toBuffer(segments, { ...OPTIONS, type: 'png', scale: SCALE })),
  }
}

const filledPath = (size: number, dark: (row: number, column: number) => boolean): string => {
  let path = ''
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (!dark(row, column)) continue
      const start = column
      while (dark(row, column + 1)) column++
      const run = column + 1 - start
      path += `M${start + QUIET} ${row + QUIET}h${run}v1h-${run}z`
    }
  }
  const side = size + 2 * QUIET
  const paths = `<path fill="#fff" stroke="none" d="M0 0h${side}v${side}H0z"/><path fill="#000" stroke="none" d="${path}"/>`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges">${paths}</svg>\n`
}

const BLACK_ON_WHITE = '\u001b[30;107m'
const RESET = '\u001b[0m'

const halfBlocks = (size: number, dark: (row: number, column: number) => boolean, colored: boolean): string => {
  let out = ''
  for (let row = -QUIET; row < size + QUIET; row += 2) {
    let line = ''
    for (let column = -QUIET; column < size + QUIET; column++) {
      const upper = dark(row, column) === colored
      // The quiet zone ends with an odd row: what lies below it is not drawn at all without colour.
      const lower = row + 1 < size + QUIET ? dark(row + 1, column) === colored : false
      line += upper ? (lower ? '█' : '▀') : lower ? '▄' : ' '
    }
    out += colored ? `${BLACK_ON_WHITE}${line}${RESET}\n` : `${line.trimEnd()}\n`
  }
  return out
}
