/**
 * A private key on paper (FORMAT 10.6, 10.7): three numbered lines, or ten when a passphrase seals it, each with its check
 * symbol. What stands on the page is all that it takes. Pure layout: nothing here signs, seals or keeps anything, and no
 * error repeats what was read.
 */

import { decodeBase64, encodeBase64 } from './base64.ts'
import { concat, equal, utf8 } from './bytes.ts'
import { normalize } from './codes/base32.ts'
import { type CodeKind, spell } from './codes/spoken.ts'
import { typedCode } from './codes/typed.ts'
import { LicError } from './errors.ts'
import { hashOf } from './hash.ts'

const FORMS = { 'signing key': 1, 'emergency secret': 2 } as const
export type PaperForm = keyof typeof FORMS

export interface Paper {
  readonly form: PaperForm
  /** Of an emergency secret; 0 for a signing key. */
  readonly epoch: number
  /** 32 bytes. */
  readonly secret: Uint8Array
}

/** Form, epoch and secret: what a passphrase seals. */
const BODY = 1 + 4 + 32
const CHECK = 8
const SECRET = 32

/** 37 bytes. @throws LicError INVALID_INPUT for an epoch or a secret that does not fit */
export const paperBody = ({ form, epoch, secret }: Paper): Uint8Array => {
  if (secret.length !== SECRET || !Number.isInteger(epoch) || epoch < 0 || epoch > 0xffffffff) {
    throw new LicError('INVALID_INPUT', 'a paper backup holds one secret of 32 bytes, and an epoch below 2^32')
  }
  const out = new Uint8Array(BODY)
  const view = new DataView(out.buffer)
  view.setUint8(0, FORMS[form])
  view.setUint32(1, epoch)
  out.set(secret, 5)
  return out
}

/** @throws LicError INVALID_INPUT for what no paper of this version holds */
export const readPaperBody = (bytes: Uint8Array): Paper => {
  const form = (Object.keys(FORMS) as PaperForm[]).find((name) => FORMS[name] === bytes[0])
  const epoch = bytes.length === BODY ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(1) : 0
  if (bytes.length !== BODY || form === undefined || (form === 'signing key' && epoch !== 0)) {
    throw new LicError('INVALID_INPUT', 'a paper backup of a form that is not known here', {
      hint: 'this paper needs a newer lic; upgrade and try again',
    })
  }
  return { form, epoch, secret: bytes.slice(5) }
}

/** What a paper says besides its secret: the kid of a signing key, for an emergency secret a hash (FORMAT 10.6). */
export const paperCheck = ({ epoch, secret }: Paper): Uint8Array => hashOf('lic-paper-1', epoch, secret).slice(0, CHECK)

/** @param kid of a signing key, 8 bytes */
export const plainLines = (paper: Paper, kid: Uint8Array | undefined): readonly string[] =>
  numbered('paper', concat(paperBody(paper), kid ?? paperCheck(paper)))

export interface ReadPlain {
  readonly paper: Paper
  /** Of a signing key: what the public half must come to. */
  readonly kid: Uint8Array | undefined
}

/** @throws LicError CODE_MISTYPED naming the lines, CODE_KIND, INVALID_INPUT */
export const readPlain = (text: string): ReadPlain => {
  const bytes = typedCode('paper', text)
  const paper = readPaperBody(bytes.slice(0, BODY))
  const check = bytes.slice(BODY)
  if (paper.form === 'signing key') return { paper, kid: check }
  if (equal(check, paperCheck(paper))) return { paper, kid: undefined }
  throw damagedPaper()
}

/** Every line fits its check symbol, and all of them together do not. */
export const damagedPaper = (): LicError =>
  new LicError('CODE_MISTYPED', 'the lines of the paper backup do not belong together', {
    hint: 'compare every line with the page, and their order',
  })

// The age file of one scrypt stanza over a body of 37 bytes, but for what is the same in all of them (FORMAT 10.7).
const SALT = 16
const WRAPPED = 32
const MAC = 32
const REST = 16 + BODY + 16
const AGE =
  /^age-encryption\.org\/v1\n-> scrypt ([A-Za-z0-9+/]{22}) ([1-9][0-9]?)\n([A-Za-z0-9+/]{43})\n--- ([A-Za-z0-9+/]{43})\n$/

/** @param file the age file as bytes @throws LicError UNEXPECTED for one of another shape */
export const sealedLines = (file: Uint8Array): readonly string[] => {
  const head = String.fromCharCode(...file.subarray(0, file.length - REST))
  const [, salt = '', factor = '', wrapped = '', mac = ''] = AGE.exec(head) ?? []
  const parts = [padded(salt), Uint8Array.of(Number(factor)), padded(wrapped), padded(mac), file.slice(-REST)]
  if (factor === '') throw new LicError('UNEXPECTED', 'the age file has another shape than a paper takes')
  return numbered('sealed', concat(...parts))
}

/** The age file again, byte for byte. @throws LicError CODE_MISTYPED naming the lines, CODE_KIND */
export const readSealed = (text: string): Uint8Array => {
  const bytes = typedCode('sealed', text)
  const base64 = (from: number, length: number): string => unpadded(bytes.slice(from, from + length))
  const wrapped = SALT + 1
  const mac = wrapped + WRAPPED
  const stanza = `-> scrypt ${base64(0, SALT)} ${bytes[SALT]}\n${base64(wrapped, WRAPPED)}\n`
  const head = `age-encryption.org/v1\n${stanza}--- ${base64(mac, MAC)}\n`
  return concat(utf8(head), bytes.slice(mac + MAC))
}

const padded = (text: string): Uint8Array => decodeBase64(text.padEnd(Math.ceil(text.length / 4) * 4, '='))
const unpadded = (bytes: Uint8Array): string => encodeBase64(bytes).replace(/=+$/, '')

/** `1. XXXXX XXXXX XXXXX XXXXX XXXXX` and so on. */
const numbered = (kind: CodeKind, bytes: Uint8Array): readonly string[] =>
  spell(kind, bytes).map((line, i) => `${i + 1}. ${line.match(/.{5}/g)?.join(' ')}`)

/** What the QR code of a page holds: the symbols of all lines and nothing else. */
export const symbolsOfLines = (lines: readonly string[]): string =>
  lines.map((line) => line.replace(/^\d+\. /, '').replaceAll(' ', '')).join('')

/** Which of the two a text would be, by its length alone; undefined for any other. */
export const paperKind = (text: string): 'paper' | 'sealed' | undefined => {
  try {
    const { length } = normalize(text.replace(/(^|\n)\s*\d{1,2}[.:)]\s*/g, '$1'))
    return length === 75 ? 'paper' : length === 250 ? 'sealed' : undefined
  } catch {
    return undefined
  }
}
