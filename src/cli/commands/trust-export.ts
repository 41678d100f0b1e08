/** `lic trust export`: what a product is built with. Public keys only, and roots only. */

import { encodeBase64 } from '../../core/base64.ts'
import { toHex } from '../../core/bytes.ts'
import { LicError } from '../../core/errors.ts'
import { publicKeyToPem } from '../../core/keys.ts'
import { listKeys } from '../../ledger/keys.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import type { Outcome } from '../outcome.ts'
import { checkOutputs } from '../output.ts'

interface ExportOptions {
  readonly out: string | undefined
  readonly force: boolean
}

export const trustExport = async (context: Context, { out, force }: ExportOptions): Promise<Outcome> => {
  await checkOutputs(context, [out], force)
  return withAuthority(context, { brand: null }, async ({ ledger }) => {
    const roots = (await listKeys(ledger.db, 'root')).flatMap(({ kid, publicKey, state }) =>
      publicKey !== null && state === 'active' ? [{ kid: toHex(kid), publicKey }] : [],
    )
    if (roots.length === 0) throw new LicError('NOT_FOUND', 'the ledger knows no root key', { hint: 'lic key list' })
    const pem = roots.map(({ publicKey }) => publicKeyToPem(publicKey)).join('')
    return {
      schema: 'trust',
      data: { roots: roots.map(({ kid, publicKey }) => ({ kid, publicKey: encodeBase64(publicKey) })), pem },
      show:
        out === undefined
          ? { text: pem }
          : { fields: roots.map(({ kid }): [string, string] => ['root public key', kid]) },
      files: out === undefined ? [] : [{ path: out, content: pem }],
      force,
      notes: out === undefined || out === '-' ? [] : [`wrote ${out}; a product that embeds it can verify offline`],
    }
  })
}
