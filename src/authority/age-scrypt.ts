/**
 * Passphrases in age v1: the scrypt recipient. age-encryption knows the file format; scrypt runs in OpenSSL on a thread, so
 * that Ctrl-C works meanwhile and several files unlock side by side.
 * Invariant: nothing is computed before what the file says is bounded.
 */

import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import type { Identity, Recipient, Stanza } from 'age-encryption'
import { decodeBase64, encodeBase64 } from '../core/base64.ts'
import { concat, utf8 } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import { invalidKeyFile } from './key-pem.ts'

/** Asked once, and only when needed; undefined: there is none to be had. */
export type AskPassphrase = () => Promise<string | undefined>

/** 2^18 rounds: 256 MiB and about a second, what `age -p` writes. */
export const DEFAULT_LOG_N = 18
/** What stock age opens: 4 GiB. The file names the factor, and whoever wrote the file chose it. */
const MAX_LOG_N = 22

const LABEL = 'age-encryption.org/v1/scrypt'
const ZERO_NONCE = new Uint8Array(12)
const TAG_LENGTH = 16

/** @param logN 1..22. @throws LicError INVALID_INPUT for an empty passphrase or another work factor. */
export const passphraseRecipient = async (passphrase: string, logN = DEFAULT_LOG_N): Promise<Recipient> => {
  if (passphrase === '') throw new LicError('INVALID_INPUT', 'the passphrase is empty')
  if (!Number.isInteger(logN) || logN < 1 || logN > MAX_LOG_N) {
    throw new LicError('INVALID_INPUT', `a scrypt work factor lies between 1 and ${MAX_LOG_N}`)
  }
  const { Stanza } = await import('age-encryption')
  return {
    async wrapFileKey(fileKey) {
      const salt = randomBytes(16)
      const cipher = createCipheriv('chacha20-poly1305', await wrapKey(passphrase, salt, logN), ZERO_NONCE, {
        authTagLength: TAG_LENGTH,
      })
      const body = concat(cipher.update(fileKey), cipher.final(), cipher.getAuthTag())
      return [new Stanza(['scrypt', unpadded(salt), String(logN)], body)]
    },
  }
}

/** @throws (when it is used) LicError WRONG_PASSPHRASE, KEY_LOCKED, KEY_FILE_INVALID */
export const passphraseIdentity = (ask: AskPassphrase): Identity => ({
  async unwrapFileKey(stanzas) {
    const { salt, logN, body } = scryptStanza(stanzas)
    const passphrase = await ask()
    if (passphrase === undefined) throw new LicError('KEY_LOCKED', 'the key is encrypted, and there is no passphrase')
    const key = await wrapKey(passphrase, salt, logN)
    const decipher = createDecipheriv('chacha20-poly1305', key, ZERO_NONCE, { authTagLength: TAG_LENGTH })
    decipher.setAuthTag(body.subarray(-TAG_LENGTH))
    try {
      return concat(decipher.update(body.subarray(0, -TAG_LENGTH)), decipher.final())
    } catch (cause) {
      throw new LicError('WRONG_PASSPHRASE', 'the passphrase does not open this key', { cause })
    }
  },
})

/** The one stanza of a passphrase file. Its fields come from the file: nothing is computed before they are bounded. */
const scryptStanza = (stanzas: readonly Stanza[]): { salt: Uint8Array; logN: number; body: Uint8Array } => {
  const [stanza] = stanzas
  const [type, saltText = '', factor = ''] = stanza?.args ?? []
  if (stanza === undefined || type !== 'scrypt') {
    throw invalidKeyFile(
      'it is encrypted to an age recipient, not with a passphrase',
      undefined,
      'open it with age: age -d -i IDENTITY -o plain.key FILE; then lic key import plain.key',
    )
  }
  // The last of 22 symbols has two bits: anything else would be another spelling of the same salt.
  const salt = /^[A-Za-z0-9+/]{21}[AQgw]$/.test(saltText) ? decodeBase64(`${saltText}==`) : undefined
  if (stanzas.length !== 1 || stanza.args.length !== 3 || salt === undefined || !/^[1-9][0-9]?$/.test(factor)) {
    throw invalidKeyFile('the age file is damaged')
  }
  const logN = Number(factor)
  if (logN > MAX_LOG_N) {
    throw invalidKeyFile(
      `its scrypt work factor, ${logN}, is above ${MAX_LOG_N}: opening it would take ${2 ** (logN - 20)} GiB of memory`,
      undefined,
      'nobody opens such a file: bring the key back from its backup: lic key import FILE',
    )
  }
  if (stanza.body.length !== 16 + TAG_LENGTH) throw invalidKeyFile('the age file is damaged')
  return { salt, logN, body: stanza.body }
}

/** 32 bytes from the passphrase (age v1: scrypt, r = 8, p = 1). */
const wrapKey = (passphrase: string, salt: Uint8Array, logN: number): Promise<Uint8Array> => {
  const N = 2 ** logN
  return new Promise((resolve, reject) => {
    const options = { N, r: 8, p: 1, maxmem: N * 1024 + 2 ** 20 }
    scrypt(passphrase, concat(utf8(LABEL), salt), 32, options, (error, key) => (error ? reject(error) : resolve(key)))
  })
}

const unpadded = (bytes: Uint8Array): string => encodeBase64(bytes).replace(/=+$/, '')
