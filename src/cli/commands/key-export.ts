/** `lic key export`: the public half of a key, for whoever checks what it signs. Private halves leave by `lic key backup` alone. */

import { sshLine } from '../../authority/ssh-key.ts'
import { keyNamed } from '../../authority/the-key.ts'
import { encodeBase64 } from '../../core/base64.ts'
import { toHex } from '../../core/bytes.ts'
import { LicError } from '../../core/errors.ts'
import { publicKeyToPem } from '../../core/keys.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import type { Outcome } from '../outcome.ts'
import { checkOutputs } from '../output.ts'

interface ExportOptions {
  readonly key: string
  readonly public: boolean
  readonly format: string | undefined
  readonly out: string | undefined
  readonly force: boolean
}

const FORMATS = {
  pem: (publicKey: Uint8Array) => publicKeyToPem(publicKey),
  openssh: (publicKey: Uint8Array, name: string) => sshLine(publicKey, name),
} as const

const isFormat = (text: string): text is keyof typeof FORMATS => Object.hasOwn(FORMATS, text)

/** `--public` says what it does anyway, for scripts that want to read so. */
export const keyExport = async (
  context: Context,
  { key: word, format = 'pem', out, force }: ExportOptions,
): Promise<Outcome> => {
  if (!isFormat(format)) {
    throw new LicError('USAGE', `there is no format ${format}`, { hint: `one of: ${Object.keys(FORMATS).join(', ')}` })
  }
  await checkOutputs(context, [out], force)
  return withAuthority(context, { brand: null }, async ({ ledger }) => {
    const { role, kid, publicKey } = await keyNamed(ledger.db, word)
    if (publicKey === null) {
      throw new LicError('INVALID_INPUT', 'the emergency secret has no public half', {
        hint: 'a copy of it: lic key backup emergency --sheet FILE.html',
      })
    }
    const text = FORMATS[format](publicKey, `lic-${role}-${toHex(kid)}`)
    return {
      schema: 'exported',
      data: { role, kid: toHex(kid), format, publicKey: encodeBase64(publicKey), text },
      show: out === undefined ? { text } : { fields: [[`${role} public key`, toHex(kid)]] },
      files: out === undefined ? [] : [{ path: out, content: text }],
      force,
      notes: out === undefined || out === '-' ? [] : [`wrote ${out}; the private half stays where it is`],
    }
  })
}
