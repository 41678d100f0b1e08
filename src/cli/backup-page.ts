/** The page that a private key is printed on, from an opened key: lines, QR code, and the words of a language. */

import type { Opened } from '../authority/backup-key.ts'
import { paperLines } from '../authority/paper.ts'
import type { Sealing } from '../authority/vault.ts'
import { toHex } from '../core/bytes.ts'
import { symbolsOfLines } from '../core/paper.ts'
import { authorityName } from '../ledger/meta.ts'
import type { Reader } from '../ledger/schema.ts'
import { backupSheet } from '../render/backup-sheet.ts'
import { backupTemplate } from './sheet.ts'

/** @param sealing absent: whoever reads the page has the key @throws LicError USAGE for a language that there is not */
export const backupPage = async (
  db: Reader,
  { key: { role, kid, epoch }, contents: { seed, emergency } }: Opened,
  {
    language,
    sealing,
    now,
  }: { readonly language: string | undefined; readonly sealing?: Sealing | undefined; readonly now: number },
): Promise<string> => {
  const template = backupTemplate(language)
  // The issuing key's file holds the emergency secret as well, which has a page of its own.
  const own = role === 'emergency' ? { ...(emergency && { emergency }) } : { ...(seed && { seed }) }
  const lines = await paperLines(own, sealing?.passphrase, sealing?.logN)
  return backupSheet(template, {
    authority: (await authorityName(db)) ?? '',
    role,
    kid: epoch === null ? toHex(kid) : '',
    epoch: epoch === null ? '' : String(epoch),
    lines,
    code: symbolsOfLines(lines),
    sealed: sealing !== undefined,
    now,
  })
}
