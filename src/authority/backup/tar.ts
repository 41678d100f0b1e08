/**
 * A tar archive as a backup is one: a handful of regular files (POSIX ustar), so that what lies in it can be taken out
 * without lic. Sizes above 8 GiB stand in base 256, as GNU tar and bsdtar write and read them.
 * Invariant: what is read is bounded before it is kept, and a header whose checksum does not fit ends the reading.
 */

import { LicError } from '../../core/errors.ts'

export interface Entry {
  readonly name: string
  readonly bytes: number
  readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

const BLOCK = 512
const OCTAL_SIZE = 0o77777777777

export const damagedArchive = (what: string): LicError =>
  new LicError('LEDGER_DAMAGED', `the backup is damaged: ${what}`, { hint: 'use another copy' })

/** The archive in pieces. @param at unix seconds, for every entry */
export async function* tar(entries: readonly Entry[], at: number): AsyncGenerator<Uint8Array> {
  for (const { name, bytes, content } of entries) {
    yield header(name, bytes, at)
    let length = 0
    for await (const piece of content) {
      length += piece.length
      yield piece
    }
    if (length !== bytes) throw new LicError('UNEXPECTED', `${name} changed while it was copied`)
    yield new Uint8Array((BLOCK - (length % BLOCK)) % BLOCK)
  }
  yield new Uint8Array(2 * BLOCK)
}

const header = (name: string, bytes: number, at: number): Uint8Array => {
  const block = Buffer.alloc(BLOCK)
  const octal = (value: number, from: number, width: number): void => {
    block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, from, 'latin1')
  }
  if (name.length > 99) throw new LicError('INVALID_INPUT', `the name ${name} is too long for a backup`)
  block.write(name, 0, 'latin1')
  octal(0o600, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  if (bytes <= OCTAL_SIZE) octal(bytes, 124, 12)
  else {
    block[124] = 0x80
    block.writeBigUInt64BE(BigInt(bytes), 128)
  }
  octal(at, 136, 12)
  block.write('ustar\x0000', 257, 'latin1')
  block.write('0', 156, 'latin1')
  block.fill(0, 157, 257)
  block.fill(0x20, 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

/** What is done with a file of the archive: its pieces in order. Undefined for one that is not wanted. */
export type Taking = (name: string, bytes: number) => ((piece: Uint8Array) => void) | undefined

/** Reads an archive. @throws LicError LEDGER_DAMAGED where it is cut short or is none */
export const untar = async (pieces: AsyncIterable<Uint8Array>, take: Taking): Promise<void> => {
  let held: Uint8Array<ArrayBufferLike> = new Uint8Array()
  let left = 0
  let padding = 0
  let into: ((piece: Uint8Array) => void) | undefined
  let ended = false
  for await (const piece of pieces) {
    if (ended) continue
    held = held.length === 0 ? piece : Buffer.concat([held, piece])
    for (;;) {
      if (left > 0) {
        const part = held.subarray(0, left)
        if (part.length === 0) break
        into?.(part)
        left -= part.length
        held = held.subarray(part.length)
        continue
      }
      if (padding > 0) {
        const skipped = Math.min(padding, held.length)
        padding -= skipped
        held = held.subarray(skipped)
        if (padding > 0) break
      }
      if (held.length < BLOCK) break
      const block = Buffer.from(held.subarray(0, BLOCK))
      held = held.subarray(BLOCK)
      if (block.every((byte) => byte === 0)) {
        ended = true
        break
      }
      const { name, bytes } = readHeader(block)
      into = take(name, bytes)
      left = bytes
      padding = (BLOCK - (bytes % BLOCK)) % BLOCK
    }
  }
  if (!ended) throw damagedArchive('it ends too early')
}

const readHeader = (block: Buffer): { readonly name: string; readonly bytes: number } => {
  const text = (from: number, to: number): string => block.toString('latin1', from, to).replace(/\0.*$/s, '')
  const said = Number.parseInt(text(148, 156).trim(), 8)
  const blank = Buffer.from(block)
  blank.fill(0x20, 148, 156)
  if (block.toString('latin1', 257, 262) !== 'ustar' || said !== blank.reduce((sum, byte) => sum + byte, 0)) {
    throw damagedArchive('a header in it does not fit')
  }
  if (block[156] !== 0x30 && block[156] !== 0) throw damagedArchive('it holds something that is no file')
  const bytes =
    (block[124] ?? 0) & 0x80 ? Number(block.readBigUInt64BE(128)) : Number.parseInt(text(124, 136).trim(), 8)
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw damagedArchive('a size in it is none')
  return { name: text(0, 100), bytes }
}
