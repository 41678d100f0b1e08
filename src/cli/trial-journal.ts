/**
 * What a runner left behind, as licenses: files of `lic trial --out`, codes, armored text, the lines of `--json`, and any
 * log in which such lines stand. Read line by line, whatever its length. What is none of ours is passed over; what looks
 * like ours and is damaged is yielded with its error.
 */

import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Found } from '../authority/import-trials.ts'
import { decodeBase64 } from '../core/base64.ts'
import { decodeArmor } from '../core/codes/armor.ts'
import { decodeText } from '../core/codes/text.ts'
import { splitSequence } from '../core/cose.ts'
import { LicError } from '../core/errors.ts'
import { textOf } from './batch/text.ts'
import type { Context } from './context.ts'

/** Where it stood: `trials.ndjson line 7`. */
export type Entry = { readonly place: string } & (Found | { readonly error: LicError })

/** A license, and what may travel beside it. */
const MOST_BYTES = 1_048_576
const TAG = 0xd2

export interface Journal {
  readonly source: string
  /** 0 where it is not known. */
  readonly bytes: number
  /** By itself, and not with its directory: then something is expected in it. */
  readonly named: boolean
}

/** @param given as the user wrote it: files, directories, `-` @throws LicError UNREADABLE, USAGE */
export const journals = async (
  { path }: Pick<Context, 'path'>,
  given: readonly string[],
): Promise<readonly Journal[]> => {
  if (given.filter((each) => each === '-').length > 1) throw new LicError('USAGE', '- can be given only once')
  const found: Journal[] = []
  for (const each of given) {
    if (each === '-') {
      found.push({ source: each, bytes: 0, named: true })
      continue
    }
    const there = await reading(each, () => stat(path(each)))
    if (!there.isDirectory()) found.push({ source: each, bytes: there.size, named: true })
    else
      for (const name of (await reading(each, () => readdir(path(each)))).sort()) {
        const file = await reading(name, () => stat(path(join(each, name))))
        if (file.isFile() && !name.startsWith('.'))
          found.push({ source: join(each, name), bytes: file.size, named: false })
      }
  }
  return found
}

const reading = async <T>(source: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (cause) {
    throw new LicError('UNREADABLE', `cannot read ${source}`, { cause, data: { path: source } })
  }
}

/** Everything in one of them, in its order. @param read told of each piece as it is read @throws LicError UNREADABLE */
export async function* entriesOf(
  { io, path }: Pick<Context, 'io' | 'path'>,
  { source, named }: Journal,
  read: (bytes: number) => void,
): AsyncGenerator<Entry> {
  const name = source === '-' ? 'stdin' : source
  const pieces = source === '-' ? io.stdin.pieces() : createReadStream(path(source))
  let found = 0
  let blank = true
  try {
    const all = pieces[Symbol.asyncIterator]()
    const first = await all.next()
    const rest = resumed(first, all, read)
    const entries = first.done !== true && first.value[0] === TAG ? binary(name, rest) : lines(name, rest)
    for await (const entry of entries) {
      if (entry === BLANK) continue
      if (entry !== NOTHING) {
        found += 1
        yield entry
      }
      blank = false
    }
  } catch (cause) {
    if (!(cause instanceof LicError)) throw new LicError('UNREADABLE', `cannot read ${name}`, { cause })
    found += 1
    yield { place: name, error: cause }
  }
  if (found === 0 && !blank && named)
    yield { place: name, error: new LicError('INVALID_INPUT', 'no license stands in it') }
}

/** A line that is none of ours, and one without anything. */
const NOTHING = Symbol('nothing')
const BLANK = Symbol('blank')
type Line = Entry | typeof NOTHING | typeof BLANK

async function* resumed(
  first: IteratorResult<Uint8Array>,
  rest: AsyncIterator<Uint8Array>,
  read: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for (let next = first; next.done !== true; next = await rest.next()) {
    read(next.value.length)
    yield next.value
  }
}

/** Raw objects, one behind the other; beside a license, others may stand. */
async function* binary(name: string, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const piece of pieces) {
    length += piece.length
    if (length > MOST_BYTES) throw new LicError('INVALID_INPUT', `it is longer than ${MOST_BYTES} bytes`)
    chunks.push(piece)
  }
  for (const bytes of splitSequence(new Uint8Array(Buffer.concat(chunks)))) yield { place: name, bytes }
}

const CODE = /LIC1-[0-9A-Za-z-]+/

async function* lines(name: string, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let number = 0
  let armor: string[] | undefined
  for await (const text of textOf(pieces)) {
    for (const line of text.replace(/\r?\n$/, '').split(/\r?\n/)) {
      number += 1
      const place = `${name} line ${number}`
      if (line.includes('-----BEGIN LIC ')) armor = []
      if (armor !== undefined) {
        armor.push(line)
        if (!line.includes('-----END LIC ')) continue
        const block = `${armor.join('\n')}\n`
        armor = undefined
        yield decoded(place, () => ({ bytes: decodeArmor(block) }))
      } else yield lineOf(place, line)
    }
  }
  if (armor !== undefined) throw new LicError('INVALID_INPUT', 'an armored block does not end')
}

const lineOf = (place: string, line: string): Line => {
  const trimmed = line.trim()
  if (trimmed === '') return BLANK
  const json = trimmed.startsWith('{') ? dataIn(trimmed) : undefined
  if (json !== undefined) {
    const { license, code } = json
    if (typeof code === 'string') return decoded(place, () => ({ bytes: decodeText(code) }))
    if (typeof license === 'string') return decoded(place, () => ({ bytes: decodeBase64(license) }))
    return NOTHING
  }
  const code = CODE.exec(trimmed)?.[0]
  return code === undefined ? NOTHING : decoded(place, () => ({ bytes: decodeText(code) }))
}

const decoded = (place: string, read: () => Found): Entry => {
  try {
    return { place, ...read() }
  } catch (error) {
    if (error instanceof LicError) return { place, error }
    throw error
  }
}

/** What `--json` prints in `data`; undefined for what is no JSON. */
const dataIn = (line: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value = JSON.parse(line) as { readonly data?: unknown }
    const data = value.data ?? value
    return typeof data === 'object' && data !== null ? (data as Readonly<Record<string, unknown>>) : {}
  } catch {
    return undefined
  }
}
