/**
 * Bytes of others to text, some whole lines at a time. Invariants: no more than one line and one piece is held, whatever
 * is sent; a line that is not strictly UTF-8, or holds a NUL, is handed on with a NUL in it, by which `lineFault` knows
 * it, so that it costs its own row alone; what stands before a line without end is handed on first.
 */

import { toHex } from '../../core/bytes.ts'
import { LicError } from '../../core/errors.ts'

/** Bytes of one line, quotes and all. */
export const LONGEST_LINE = 65_536
const PIECE = 16_384
const LINE_FEED = 10

const UTF16 = ['fffe', 'feff'] as const
const XLSX = '504b0304'
const FIX = 'save it as UTF-8 (in a spreadsheet: "CSV UTF-8"), and run it again'

const unreadable = (message: string, hint: string): LicError => new LicError('INVALID_INPUT', message, { hint })

/** @throws LicError INVALID_INPUT for another encoding and a line that is too long; what came before was yielded */
export async function* textOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest: Uint8Array = new Uint8Array()
  let first = true
  for await (const piece of piecesOf(bytes)) {
    const joined = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    if (first) checkSort(joined)
    const end = joined.lastIndexOf(LINE_FEED) + 1
    if (end > 0) {
      yield* decoded(joined.subarray(0, end), first)
      first = false
    }
    // Copied: the piece may be a view into a buffer that is filled again.
    rest = Uint8Array.from(joined.subarray(end))
    if (rest.length > LONGEST_LINE) throw tooLong()
  }
  if (rest.length > 0) yield* decoded(rest, first)
}

/** By its first bytes. */
const checkSort = (bytes: Uint8Array): void => {
  const head = toHex(bytes.subarray(0, 4))
  if (UTF16.some((mark) => head.startsWith(mark))) throw unreadable('the input is UTF-16, not UTF-8', FIX)
  if (head === XLSX) throw unreadable('this is an Excel file: save it as CSV UTF-8', FIX)
}

const tooLong = (): LicError =>
  unreadable(`a line is longer than ${LONGEST_LINE} bytes`, 'a row has one line: look for line ends that are missing')

async function* piecesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += PIECE) yield chunk.subarray(at, at + PIECE)
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lossy = new TextDecoder('utf-8', { ignoreBOM: true })
/** In the place of bytes that are no character; no other text has it, since a NUL is a fault by itself. */
const NO_CHARACTER = '\0\ufffd'

function* decoded(bytes: Uint8Array, first: boolean): Generator<string> {
  const start = first && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  const text = tryDecode(bytes.subarray(start))
  if (text !== undefined) {
    yield text
    return
  }
  for (let at = start; at < bytes.length; ) {
    const found = bytes.indexOf(LINE_FEED, at)
    const end = found < 0 ? bytes.length : found + 1
    const line = bytes.subarray(at, end)
    yield tryDecode(line) ?? lossy.decode(line).replaceAll('\ufffd', NO_CHARACTER)
    at = end
  }
}

/** Undefined for what is no UTF-8. */
const tryDecode = (bytes: Uint8Array): string | undefined => {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

/** Why a line of `textOf` is no text. */
export const lineFault = (line: string): LicError | undefined => {
  if (!line.includes('\0')) return undefined
  return line.includes(NO_CHARACTER)
    ? unreadable('the line is not UTF-8', FIX)
    : unreadable('the line holds a NUL byte: this is no text, or UTF-16', FIX)
}
