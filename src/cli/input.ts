/**
 * What was given where a license, list, request or response is taken: stdin (`-`), a file, or a code on the command
 * line; and in a file or on stdin raw bytes, armored text, a code, or a picture of QR codes. Recognised by content,
 * never by the name. All of it comes from others: sizes are capped before anything is decoded.
 */

import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { LicError } from '../core/errors.ts'
import { isPicture, PICTURE_BYTES } from '../render/picture.ts'
import type { Context } from './context.ts'
import { asSent } from './mailed.ts'

/** Bytes of an object or a text. */
export const OBJECT_BYTES = 1_048_576

/** The source of what is no file. */
export const COMMAND_LINE = 'the command line'

type World = Pick<Context, 'io' | 'path'>

/** Of one thing that was given: its bytes, or the texts in it: one, or as many as a picture shows. */
export interface Seen {
  /** Where it came from, for messages: `stdin`, the path, or `the command line`. */
  readonly source: string
  readonly content: { readonly texts: readonly string[] } | { readonly bytes: Uint8Array }
}

/** Everything that is there, codes of others too. @throws LicError UNREADABLE, INVALID_INPUT */
export const readSeen = async (world: World, given: string): Promise<Seen> => {
  if (given.trim() === '') throw new LicError('USAGE', 'nothing was given to read')
  if (given === '-') return { source: 'stdin', content: await see(await world.io.stdin.read(PICTURE_BYTES), 'stdin') }
  const bytes = await readPath(world.path(given), given)
  if (bytes !== undefined) return { source: given, content: await see(bytes, given) }
  return { source: COMMAND_LINE, content: { texts: [given] } }
}

export interface Read {
  /** As in Seen; of several, all of them. */
  readonly source: string
  readonly content: { readonly text: string } | { readonly bytes: Uint8Array }
}

/**
 * The content, texts of QR codes already read, not yet decoded. For codes that are no signed object: requests, keys.
 * @param given one thing, or several that each hold parts of one code, in any order
 * @throws LicError UNREADABLE, INVALID_INPUT, AMBIGUOUS for a picture of several codes of ours, USAGE
 */
export const readGiven = async (world: World, given: string | readonly string[]): Promise<Read> => {
  const [only, ...more] = typeof given === 'string' ? [given] : given
  if (only === undefined) throw new LicError('USAGE', 'nothing was given to read')
  if (more.length === 0) return chosen(await readSeen(world, only))
  return joined(await readEach(world, [only, ...more]))
}

/** One after the other; stdin is read once. @throws LicError as readSeen, USAGE */
export const readEach = async (world: World, given: readonly string[]): Promise<readonly Seen[]> => {
  if (given.filter((each) => each === '-').length > 1) throw new LicError('USAGE', '- can be given only once')
  const seen: Seen[] = []
  for (const each of given) seen.push(await readSeen(world, each))
  return seen
}

/** Codes of others on the same picture do not count; parts of one code are one. */
const chosen = async ({ source, content }: Seen): Promise<Read> => {
  if ('bytes' in content) return { source, content }
  const [first = '', ...others] = content.texts
  if (others.length === 0) return { source, content: { text: first } }
  const { recognise } = await import('../core/codes/recognise.ts')
  const { partOf } = await import('../core/codes/text.ts')
  const ours = content.texts.filter((text) => recognise(text) !== undefined)
  const codes = new Set(ours.map((text) => partOf(text) ?? text))
  if (codes.size > 1) {
    throw new LicError('AMBIGUOUS', `${source} shows ${codes.size} codes`, {
      hint: 'cut the picture to the one that is meant; `lic decode` tells what each is',
    })
  }
  if (codes.size === 1) return { source, content: { text: ours.join('\n') } }
  throw new LicError('INVALID_INPUT', `${source} shows ${content.texts.length} codes, none of lic`)
}

const joined = async (seen: readonly Seen[]): Promise<Read> => {
  const { partOf } = await import('../core/codes/text.ts')
  const reads = await Promise.all(seen.map(chosen))
  const texts = reads.map(({ source, content }) => {
    if ('text' in content && partOf(content.text) !== undefined) return content.text
    throw new LicError('INVALID_INPUT', `several were given to be joined, and ${source} is no part of a code`, {
      hint: 'give one alone, or all the parts of one code',
    })
  })
  return { source: reads.map(({ source }) => source).join(', '), content: { text: texts.join('\n') } }
}

/**
 * The bytes of a signed object, whatever form it came in; several that were given are parts of its code.
 * @throws LicError as readGiven, LICENSE_INVALID
 */
export const readObject = async (
  world: World,
  given: string | readonly string[],
): Promise<{ bytes: Uint8Array; source: string }> => {
  const read = await readGiven(world, given)
  return { source: read.source, bytes: await objectIn(read) }
}

/** The bytes of the signed object in what was read. @throws LicError UNREADABLE, INVALID_INPUT, CODE_MISTYPED, CODE_KIND, LICENSE_INVALID */
export const objectIn = async ({ source, content }: Read): Promise<Uint8Array> => {
  if ('bytes' in content) {
    if (canBeObject(content.bytes)) return content.bytes
    throw noLicense(source)
  }
  const text = content.text.trim()
  const { decodeArmor, isArmor } = await import('../core/codes/armor.ts')
  if (isArmor(text)) return decodeArmor(text)
  const { decodeText, isText } = await import('../core/codes/text.ts')
  if (isText(text)) return decodeText(text)
  const { checkDue } = await import('./things.ts')
  await checkDue(content, 'a license or another signed object', () => false)
  throw source === COMMAND_LINE
    ? noFile(text)
    : noLicense(source, '`lic decode` shows what it is, and follows nothing in it')
}

/**
 * Where a code is due that is no signed object: text of others, told by characters that no code has. It is not followed. On the
 * command line it would be a code with a slip. @throws LicError INVALID_INPUT
 */
export const checkOurs = (source: string, text: string, due: string): void => {
  if (source === COMMAND_LINE || !/[^\w\s.:)-]/.test(text)) return
  throw new LicError('INVALID_INPUT', `${source} holds no ${due}, but text of others`, {
    hint: '`lic decode` shows it, and follows nothing in it; look for the code that the other side sent',
  })
}

const noLicense = (source: string, hint?: string): LicError =>
  new LicError(
    'INVALID_INPUT',
    `${source} holds no license: neither its bytes, nor armored text, nor a code`,
    hint === undefined ? {} : { hint },
  )

/** What programs write begins otherwise than any signed object: PDF, ZIP (and with it office documents), GZIP. */
const FOREIGN = ['%PDF', 'PK\u0003\u0004', '\u001f\u008b']

const canBeObject = (bytes: Uint8Array): boolean => {
  const beginning = String.fromCharCode(...bytes.subarray(0, 4))
  return !FOREIGN.some((magic) => beginning.startsWith(magic))
}

/** What was typed is no file, and no code that is known. */
export const noFile = (given: string): LicError =>
  new LicError('UNREADABLE', `no file ${clipped(given)}, and no code either`, {
    hint: 'check the path; of a code, copy all of it',
    data: { path: given },
  })

/** Of what was given as much as tells which it was: it may be a whole e-mail. */
export const clipped = (given: string): string => {
  const line = given.replace(/\s+/g, ' ')
  const letters = [...line]
  return letters.length <= LONGEST_SHOWN ? line : `${letters.slice(0, LONGEST_SHOWN - 1).join('')}…`
}
const LONGEST_SHOWN = 60

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
      return await readUpTo(read, PICTURE_BYTES, given)
    } finally {
      await close()
    }
  } catch (cause) {
    if (cause instanceof LicError) throw cause
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    if (NO_PATH.has(code)) return undefined
    throw new LicError('UNREADABLE', `cannot read ${clipped(given)}: ${REASONS[code] ?? code}`, {
      cause,
      data: { path: given },
    })
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

const see = async (bytes: Uint8Array, source: string): Promise<Seen['content']> => {
  if (isPicture(bytes)) {
    const { readQr } = await import('../render/qr-read.ts')
    return { texts: await readQr(bytes) }
  }
  if (bytes.length > OBJECT_BYTES) {
    throw new LicError('INVALID_INPUT', `${source} holds more than ${OBJECT_BYTES} bytes, and is no picture`)
  }
  const text = textIn(bytes)
  if (text?.trim() === '') throw new LicError('INVALID_INPUT', `${source} is empty`)
  return text === undefined ? { bytes } : { texts: [asSent(text)] }
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
