/**
 * Words for `lic find`: one row for each word of a text and whose it is, written by the projections that write the text.
 * A word is folded, so that `Müller`, `muller`, `mueller` and `MÜLLER` are one; a search folds in the same way, and asks
 * for words that begin with its own: a range of the primary key, in the same SQL on every engine. Beside them stands each
 * tag whole, behind a `#` that no word has. Invariant: a beginning of a word folds to a beginning of the folded word.
 */

import { insertRow } from './compiled.ts'
import type { Tx } from './schema.ts'

/** Of a word, in code points; what is longer is found by so much of it. */
const LONGEST = 40
const LONGEST_ADDRESS = 254
/** Of one customer or license, and the characters of one text that are looked at: a note of a megabyte ends there. */
const MOST = 1_000
const LOOKED_AT = 65_536

/** Latin letters with a stroke or a ligature, which no normal form takes apart. */
const PLAIN: Readonly<Record<string, string>> = Object.fromEntries(
  'ß:ss æ:ae œ:oe ø:o đ:d ð:d ħ:h ı:i ł:l ŋ:n þ:th ŧ:t ſ:s'.split(' ').map((pair) => pair.split(':')),
)
const STROKED = new RegExp(`[${Object.keys(PLAIN).join('')}]`, 'gu')
/** Accents; vowel points of Hebrew and Arabic, and the stroke that only stretches. Vowel signs of India and Thai stay. */
const ACCENTS = /[\u0300-\u036f\u0591-\u05c7\u0640\u064b-\u065f\u0670]/gu

/** Case, width, accents and spelling gone: ä, a and ae are one. */
const fold = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFKD')
    .replace(ACCENTS, '')
    .normalize('NFC')
    .replace(STROKED, (letter) => PLAIN[letter] ?? letter)
    .replace(/([aou])e/gu, '$1')

const BETWEEN = /[\s<>()[\],;:"]+/u
const ADDRESS = /^[^@]+@[^@]+$/u
const TOKEN = /[\p{L}\p{N}\p{M}]+/gu
/** A run of a script that is written without blanks, or of all others. */
const RUN = /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}]+|[^\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}]+/gu
const UNSPACED = /^[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}]/u

const cut = (word: string): string => (word.length <= LONGEST ? word : [...word].slice(0, LONGEST).join(''))

/** Addresses, each without the full stop of the sentence that it ends, and the text without them. */
const addressesIn = (folded: string): { readonly addresses: readonly string[]; readonly rest: string } => {
  if (!folded.includes('@')) return { addresses: [], rest: folded }
  const parts = folded.split(BETWEEN)
  const addresses = parts.filter((part) => ADDRESS.test(part))
  return {
    addresses: addresses.map((address) => cut(address.slice(0, LONGEST_ADDRESS).replace(/[.!?']+$/u, ''))),
    rest: parts.filter((part) => !ADDRESS.test(part)).join(' '),
  }
}

/** Words of one run; `last`: its last character too, so that one character finds it wherever it stands. */
const wordsOfRun = (run: string, last: boolean): readonly string[] => {
  if (!UNSPACED.test(run)) return [cut(run)]
  const characters = [...run]
  if (characters.length === 1) return characters
  const pairs = characters.slice(1).map((character, i) => `${characters[i]}${character}`)
  return last ? [...pairs, characters.at(-1) ?? ''] : pairs
}

const tokensOf = (folded: string, last: boolean): readonly string[] =>
  [...folded.matchAll(TOKEN)].flatMap(([token]) => [...token.matchAll(RUN)].flatMap(([run]) => wordsOfRun(run, last)))

/** What a text is found by. Addresses stand there whole and in parts. */
export const wordsOf = (text: string): readonly string[] => {
  const folded = fold(text.slice(0, LOOKED_AT))
  return [...new Set([...addressesIn(folded).addresses, ...tokensOf(folded, true)])]
}

/** The words that a search asks for: a text that is found has, for each, a word that begins with it. */
export const wordsSought = (text: string): readonly string[] => {
  const { addresses, rest } = addressesIn(fold(text.slice(0, LOOKED_AT)))
  return [...new Set([...addresses, ...tokensOf(rest, false)])]
}

/** Words that begin with `word`: from the first to before the second. */
export const rangeOf = (word: string): readonly [from: string, before: string] => [word, `${word}\u{10ffff}`]

/** A tag as it stands among the words, until its customer is forgotten. */
export const tagWord = (tag: string): string => `#${tag}`

/** A customer's own texts, or those of one of their licenses or its activations. */
export interface Owner {
  readonly customer: string
  /** Number of the license; 0: the customer's own. */
  readonly license: number
}

/** The most telling text first: of very many words the last are left out. */
export interface Findable {
  readonly texts: readonly (string | null | undefined)[]
  readonly tags?: readonly string[] | null | undefined
}

/** Writes the words of an owner that has none yet. An owner without texts costs nothing. */
export const writeWords = async (tx: Tx, { customer, license }: Owner, { texts, tags }: Findable): Promise<void> => {
  const found = new Set((tags ?? []).map(tagWord))
  for (const text of [...texts, ...(tags ?? [])]) {
    for (const word of text ? wordsOf(text) : []) {
      if (found.size >= MOST) break
      found.add(word)
    }
  }
  for (const word of found) await insertRow(tx, 'words', { word, customer, license })
}

/** Adds the words of more texts to what an owner has. */
export const addWords = async (
  tx: Tx,
  { customer, license }: Owner,
  texts: readonly (string | null | undefined)[],
): Promise<void> => {
  const found = new Set(texts.flatMap((text) => (text ? wordsOf(text) : [])))
  for (const word of found) {
    await tx
      .insertInto('words')
      .values({ word, customer, license })
      .onConflict((conflict) => conflict.columns(['word', 'customer', 'license']).doNothing())
      .execute()
  }
}

/** The same after an edit. */
export const rewriteWords = async (tx: Tx, owner: Owner, findable: Findable): Promise<void> => {
  await tx.deleteFrom('words').where('customer', '=', owner.customer).where('license', '=', owner.license).execute()
  await writeWords(tx, owner, findable)
}

/** Notes grow at their end: the newest paragraph first. */
export const newestFirst = (notes: string | null): string | null => notes?.split('\n').reverse().join('\n') ?? null
