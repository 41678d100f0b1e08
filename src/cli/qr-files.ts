/** QR codes of a signed object as commands hand them over: as files, or drawn on the terminal, in parts where one is too long. */

import { LicError } from '../core/errors.ts'
import type { ResultFile } from './outcome.ts'
import type { Show } from './show.ts'

/** @throws LicError USAGE for a name that says no kind of picture */
export const checkQr = (qr: string | undefined): void => {
  if (qr !== undefined && qr !== '-') qrEnding(qr)
}

/** As `qrTexts` of render, loaded where it is needed. */
export const qrTexts = async (bytes: Uint8Array, columns: number | undefined): Promise<readonly string[]> => {
  const { qrTexts } = await import('../render/qr.ts')
  return qrTexts(bytes, columns)
}

/** The codes as they are drawn, each part under its number. */
export const qrShow = (texts: readonly string[]): readonly Show[] =>
  texts.flatMap((text, i) => [...partTitle(i, texts.length), { qr: text }])

const partTitle = (i: number, count: number): readonly Show[] =>
  count === 1 ? [] : [{ text: `\npart ${i + 1} of ${count}: scan all of them, in any order` }]

const qrEnding = (path: string): string => {
  const ending = /\.(png|svg)$/i.exec(path)?.[1]?.toLowerCase()
  if (ending !== undefined) return ending
  throw new LicError('USAGE', `--qr takes a name that ends in .png or .svg, or - for the terminal, not ${path}`)
}

/** One image, or one a part, numbered before the ending: acme.png, or acme.1.png, acme.2.png. */
export const qrWritten = async (texts: readonly string[], path: string | undefined): Promise<ResultFile[]> => {
  if (path === undefined || path === '-') return []
  const ending = qrEnding(path)
  const { qrCode } = await import('../render/qr.ts')
  return Promise.all(
    texts.map(async (text, i) => {
      const code = await qrCode(text)
      const name = texts.length === 1 ? path : path.replace(/(\.\w+)$/, `.${i + 1}$1`)
      return { path: name, content: ending === 'png' ? await code.png() : code.svg() }
    }),
  )
}
