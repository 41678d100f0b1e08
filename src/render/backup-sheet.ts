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
