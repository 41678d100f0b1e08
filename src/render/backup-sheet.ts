/**
 * The page that a private key is kept on: its lines to type, the same as a QR code, and what to do with them. Like the page of
 * a license it is a template that brings every word with it. Whoever reads what comes out has the key.
 */

import { qrCode } from './qr.ts'
import { Drawn, fill, readTemplate } from './template.ts'

export interface BackupFacts {
  readonly authority: string
  /** What the key is for: root, issuing, list, audit, emergency. */
  readonly role: string
  /** Of a signing key, in hexadecimal; empty for the emergency secret. */
  readonly kid: string
  /** Of the emergency secret; empty for a signing key. */
  readonly epoch: string
  /** `1. XXXXX XXXXX ...` */
  readonly lines: readonly string[]
  /** What the QR code holds. */
  readonly code: string
  /** A passphrase opens it, and nothing else does. */
  readonly sealed: boolean
  /** When the page is made, unix seconds. */
  readonly now: number
}

/** A row of the table of lines: its number, and five groups. A browser that saves the page may write attributes and blanks. */
const ROW = /<tr[^<>]*>\s*<td[^<>]*>\s*(\d{1,2}\.)\s*<\/td>((?:\s*<td[^<>]*>\s*[0-9A-Za-z]{5}\s*<\/td>){5})\s*<\/tr>/g

/** The lines of a page that was kept as HTML, as they were given to it; undefined for HTML of others. */
export const linesOfSheet = (html: string): string | undefined => {
  const rows = [...html.matchAll(ROW)].map(
    ([, number = '', groups = '']) =>
      `${number} ${groups
        .replace(/<[^<>]*>/g, ' ')
        .trim()
        .split(/\s+/)
        .join(' ')}`,
  )
  return rows.length === 0 ? undefined : rows.join('\n')
}

/** @throws LicError INVALID_INPUT when the template is not in order */
export const backupSheet = async (template: string, { lines, code, now, ...facts }: BackupFacts): Promise<string> => {
  const read = readTemplate(template)
  const day = new Intl.DateTimeFormat(read.words.get('locale') ?? 'en', { dateStyle: 'long', timeZone: 'UTC' })
  return fill(read, {
    ...facts,
    purpose: facts.role,
    code: new Drawn((await qrCode(code)).svg().trimEnd()),
    count: String(lines.length),
    lines: lines.map((line) => {
      const [number = '', ...groups] = line.split(' ')
      return { number, groups: groups.map((group) => ({ group })) }
    }),
    printed: day.format(now * 1000),
  })
}
