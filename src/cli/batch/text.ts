/**
 * Bytes of others to text, some whole lines at a time. Invariants: no more than one line and one piece is held, whatever
 * is sent; every character was strictly decoded; what stands before a fault is handed on first, so that the fault has a row.
 */

import { LicError } from '../../core/errors.ts'

/** Bytes of one line, quotes and all. */
export const LONGEST_LINE = 65_536
const PIECE = 16_384
const LINE_FEED = 10

const UTF16 = ['fffe', 'feff'] as const
const FIX = 'save it as UTF-8 (in a spreadsheet: "CSV UTF-8"), and run it again'

const unreadable = (message: string, hint: string): LicError => new LicError('INVALID_INPUT', message, { hint })

/** @throws LicError INVALID_INPUT for another encoding, NUL and a line that is too long; what came before was yielded */
export async function* textOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest: Uint8Array = new Uint8Array()
  let first = true
  for await (const piece of piecesOf(bytes)) {
    const joined = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    if (first && joined.length >= 2) {
      if (UTF16.some((mark) => Buffer.from(joined.subarray(0, 2)).toString('hex') === mark)) {
        throw unreadable('the input is UTF-16, not UTF-8', FIX)
      }
    }
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

const tooLong = (): LicError =>
  unreadable(`a line is longer than ${LONGEST_LINE} bytes`, 'a row has one line: look for line ends that are missing')

async function* piecesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += PIECE) yield chunk.subarray(at, at + PIECE)
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

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
    const good = tryDecode(line)
    if (good === undefined) {
      throw line.includes(0)
        ? unreadable('a line holds a NUL byte: this is no text, or UTF-16', FIX)
        : unreadable('a line is not UTF-8', FIX)
    }
    yield good
    at = end
  }
}

/** Undefined for what is no UTF-8 text. */
const tryDecode = (bytes: Uint8Array): string | undefined => {
  if (bytes.includes(0)) return undefined
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}
