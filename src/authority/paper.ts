/**
 * Private keys on paper: from the contents of a key file to the lines of a page, and back (FORMAT 10.6, 10.7). The other
 * place, beside the vault, where a secret is written down. A passphrase seals a page with the same scrypt that seals files.
 * Invariant: a page that comes back whole is the key that it says, or nothing comes back.
 */

import { equal } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import { kidOf } from '../core/keys.ts'
import {
  damagedPaper,
  type Paper,
  paperBody,
  plainLines,
  readPaperBody,
  readPlain,
  readSealed,
  sealedLines,
} from '../core/paper.ts'
import { type AskPassphrase, DEFAULT_LOG_N } from './age-scrypt.ts'
import { invalidKeyFile, type KeyContents } from './key-pem.ts'
import { seal, unseal } from './sealed.ts'
import { Secret } from './secret.ts'
import { fileSigner } from './signer.ts'

/** What one page holds: a signing key or an emergency secret. */
export type PaperContents = Pick<KeyContents, 'seed'> | Pick<KeyContents, 'emergency'>

const paperOf = (contents: KeyContents): Paper => {
  const { seed, emergency } = contents
  if (seed !== undefined) return { form: 'signing key', epoch: 0, secret: seed.reveal() }
  if (emergency === undefined) throw new LicError('INVALID_INPUT', 'a paper backup without a key')
  return { form: 'emergency secret', epoch: emergency.epoch, secret: emergency.secret.reveal() }
}

const contentsOf = ({ form, epoch, secret }: Paper): PaperContents =>
  form === 'signing key' ? { seed: new Secret(secret) } : { emergency: { epoch, secret: new Secret(secret) } }

const kidOfSeed = (seed: Secret): Uint8Array => kidOf(fileSigner(seed).publicKey)

/**
 * The numbered lines of a page: three, or ten under a passphrase. Of a file that holds both, the signing key.
 * @param logN of scrypt; absent = 18 @throws LicError INVALID_INPUT for an empty passphrase
 */
export const paperLines = async (
  contents: KeyContents,
  passphrase: string | undefined,
  logN = DEFAULT_LOG_N,
): Promise<readonly string[]> => {
  const paper = paperOf(contents)
  if (passphrase !== undefined) return sealedLines(await seal(paperBody(paper), passphrase, logN))
  return plainLines(paper, contents.seed && kidOfSeed(contents.seed))
}

/**
 * @param text the lines as they were typed, or what the QR code holds
 * @throws LicError CODE_MISTYPED naming the lines, CODE_KIND, INVALID_INPUT; for a sealed page as `unseal` does
 */
export const readPaper = async (text: string, kind: 'paper' | 'sealed', ask: AskPassphrase): Promise<PaperContents> => {
  if (kind === 'sealed') {
    const body = await unseal(readSealed(text), ask)
    try {
      return contentsOf(readPaperBody(body))
    } catch (cause) {
      throw invalidKeyFile('the page seals something else than a key', cause)
    }
  }
  const { paper, kid } = readPlain(text)
  const contents = contentsOf(paper)
  if (kid !== undefined && 'seed' in contents && contents.seed && !equal(kidOfSeed(contents.seed), kid))
    throw damagedPaper()
  return contents
}
