/**
 * Which key of the ledger a private half belongs to. A signing key is known by its public half. Of an emergency secret the
 * ledger knows the epoch alone, so a secret is held against an anchor that was signed with it: no two fit one anchor.
 */

import { equal, toHex } from '../core/bytes.ts'
import { anchorOf } from '../core/emergency.ts'
import { LicError } from '../core/errors.ts'
import { kidOf } from '../core/keys.ts'
import { type Key, listKeys } from '../ledger/keys.ts'
import { newestAnchored } from '../ledger/revisions.ts'
import type { Reader } from '../ledger/schema.ts'
import { handOver } from './hand-over.ts'
import type { KeyContents } from './key-pem.ts'
import type { EmergencySecret } from './secret.ts'
import { fileSigner } from './signer.ts'

/** @throws LicError NOT_FOUND when the ledger knows no such key; KEY_FILE_INVALID for a secret that made other anchors */
export const keyOfContents = async (db: Reader, { seed, emergency }: KeyContents): Promise<Key> => {
  const keys = await listKeys(db)
  if (seed !== undefined) {
    const { publicKey } = fileSigner(seed)
    const key = keys.find((each) => each.publicKey && equal(each.publicKey, publicKey))
    if (key) return key
    throw new LicError('NOT_FOUND', `the ledger knows no key ${toHex(kidOf(publicKey))}`, {
      hint: 'it belongs to another authority: --home DIR; or write it to a file of its own: --out FILE',
    })
  }
  if (emergency === undefined) throw new LicError('INVALID_INPUT', 'there is no key in it')
  const key = keys.find(({ role, epoch }) => role === 'emergency' && epoch === emergency.epoch)
  if (!key) {
    throw new LicError('NOT_FOUND', `the ledger knows no emergency secret of epoch ${emergency.epoch}`, {
      hint: 'it belongs to another authority: --home DIR; or write it to a file of its own: --out FILE',
    })
  }
  if ((await fitsAnchors(db, emergency)) !== false) return key
  throw new LicError('KEY_FILE_INVALID', `the emergency secret is another than that of epoch ${emergency.epoch}`, {
    hint: 'it belongs to another authority: look for the right page or file, or use --home DIR',
  })
}

/** Null: no license has an anchor of that epoch, so nothing tells. */
export const fitsAnchors = async (db: Reader, { epoch, secret }: EmergencySecret): Promise<boolean | null> => {
  const bytes = await newestAnchored(db, epoch)
  if (bytes === null) return null
  const { license } = handOver(bytes)
  if (!license.anchor) return null
  const [, baseHour, length, first] = license.anchor
  const subject = { cti: license.cti, revision: license.revision }
  const [, , , made] = anchorOf({ epoch, secret: secret.reveal() }, subject, { baseHour, length })
  return equal(made, first)
}
