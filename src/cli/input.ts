/**
 * What was given where a license, list, request or response is taken: stdin (`-`), a file, or a code on the command
 * line; and in a file or on stdin raw bytes, armored text, a code, or a PNG of a QR code. Recognised by content,
 * never by the name. All of it comes from others: sizes are capped before anything is decoded.
 */

import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { LicError } from '../core/errors.ts'
import { IMAGE_BYTES, isPng } from '../render/qr-read.ts'
import type { Context } from './context.ts'

/** Bytes of an object or a text. */
export const OBJECT_BYTES = 1_048_576

type World = Pick<Context, 'io' | 'path'>

export interface Read {
  /** Where it came from, for messages: `stdin`, the path, or `the command line`. */
  readonly source: string
  readonly content: { readonly text: string } | { readonly bytes: Uint8Array }
}

/**
 * The content, texts of QR codes already read, not yet decoded. For codes that are no signed object: requests, keys.
 * @throws LicError UNREADABLE, INVALID_INPUT
 */
export const readGiven = async (world: World, given: string): Promise<Read> => {
  if (given === '-') return { source: 'stdin', content: await recognise(await world.io.stdin.read(IMAGE_BYTES)) }
  const bytes = await readPath(world.path(given), given)
  if (bytes !== undefined) return { source: given, content: await recognise(bytes) }
  return { source: 'the command line', content: { text: given } }
}

/** The bytes of a signed object, whatever form it came in. @throws LicError UNREADABLE, INVALID_INPUT, LICENSE_INVALID */
export const readObject = async (world: World, given: string): Promise<{ bytes: Uint8Array; source: string }> => {
  const { source, content } = await readGiven(world, given)
  if ('bytes' in content) return { source, bytes: content.bytes }
  const text = content.text.trim()
  const { decodeArmor, isArmor } = await import('../core/codes/armor.ts')
  if (isArmor(text)) return { source, bytes: decodeArmor(text) }
  const { decodeText, isText } = await import('../core/codes/text.ts')
  if (isText(text)) return { source, bytes: decodeText(text) }
  if (source !== 'the command line') {
    throw new LicError('INVALID_INPUT', `${source} holds no license: neither its bytes, nor armored text, nor a code`)
  }
  throw new LicError('UNREADABLE', `no file ${given}, and no code either`, { data: { path: given } })
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  ELOOP: 'too many symbolic links',
}
/** The name is no path at all: then it is taken for a code. */
const NO_PATH = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE'])

/** Undefined when there is no such file. Never more than the cap is read, even from a device without an end. */
const readPath = async (path: string, given: string): Promise<Uint8Array | undefined> => {
  try {
    const { read, close } = statSync(path).isFile() ? openFile(path) : await openPipe(path)
    try {
      return await readUpTo(read, IMAGE_BYTES, given)
    } finally {
      await close()
    }
  } catch (cause) {
    if (cause instanceof LicError) throw cause
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    if (NO_PATH.has(code)) return undefined
    throw new LicError('UNREADABLE', `cannot read ${given}: ${REASONS[code] ?? code}`, { cause, data: { path: given } })
  }
}

interface Opened {
  /** How many bytes it put into `chunk`; 0 at the end. */
  readonly read: (chunk: Uint8Array) => number | Promise<number>
  readonly close: () => void | Promise<void>
}

const openFile = (path: string): Opened => {
  const file = openSync(path, 'r')
  return { read: (chunk) => readSync(file, chunk), close: () => closeSync(file) }
}

/** What may keep one waiting: Ctrl-C works meanwhile. */
const openPipe = async (path: string): Promise<Opened> => {
  const { open } = await import('node:fs/promises')
  const handle = await open(path, 'r')
  return { read: async (chunk) => (await handle.read(chunk)).bytesRead, close: () => handle.close() }
}

const readUpTo = async (read: Opened['read'], limit: number, given: string): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = []
  let total = 0
  for (;;) {
    const chunk = new Uint8Array(65_536)
    const length = await read(chunk)
    if (length === 0) return new Uint8Array(Buffer.concat(chunks))
    total += length
    if (total > limit) throw new LicError('INVALID_INPUT', `${given} is larger than ${limit} bytes`)
    chunks.push(chunk.subarray(0, length))
  }
}

const recognise = async (bytes: Uint8Array): Promise<Read['content']> => {
  if (isPng(bytes)) {
    const { readQr } = await import('../render/qr-read.ts')
    return { text: await readQr(bytes) }
  }
  if (bytes.length > OBJECT_BYTES) throw new LicError('INVALID_INPUT', `more than ${OBJECT_BYTES} bytes, and no image`)
  const text = textIn(bytes)
  return text === undefined ? { bytes } : { text }
}

/** Text when every byte of it is: UTF-8, or UTF-16 with its mark, as PowerShell's `>` writes it. */
const textIn = (bytes: Uint8Array): string | undefined => {
  const utf16 =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : undefined
  try {
    const text = new TextDecoder(utf16 ?? 'utf-8', { fatal: true }).decode(bytes)
    // A control character stands in no text that we take, and every signed object has one in its first bytes.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    return /[\u0000-\u0008\u000e-\u001f]/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}
