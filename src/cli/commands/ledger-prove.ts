/** `lic ledger prove`: proofs about the log, as text that `lic verify` takes. */

import { proveGrowth, proveLicense, type Towards } from '../../authority/prove.ts'
import { encodeBase64 } from '../../core/base64.ts'
import { formatKey, maskKey } from '../../core/codes/license-key.ts'
import { LicError } from '../../core/errors.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { readNote } from '../note-input.ts'
import type { Outcome } from '../outcome.ts'
import { checkOutputs } from '../output.ts'

interface ProveOptions {
  readonly key: string | undefined
  readonly revision: string | undefined
  readonly from: string | undefined
  readonly checkpoint: string | undefined
  readonly size: string | undefined
  readonly out: string | undefined
  readonly force: boolean
  readonly brand: string | undefined
}

export const ledgerProve = async (context: Context, options: ProveOptions): Promise<Outcome> => {
  const { key, from, revision, out, force } = options
  if ((key === undefined) === (from === undefined)) {
    throw new LicError('USAGE', 'give either the key of a license, or --from with an older checkpoint')
  }
  if (options.checkpoint !== undefined && options.size !== undefined) {
    throw new LicError('USAGE', '--checkpoint and --size exclude each other')
  }
  await checkOutputs(context, [out], force)
  const towards: Towards = {
    ...(options.checkpoint !== undefined && { checkpoint: await readNote(context, options.checkpoint) }),
    ...(options.size !== undefined && { size: countOf('--size', options.size) }),
  }
  const older = from === undefined ? undefined : await readNote(context, from)
  return withAuthority(context, options, async (authority) => {
    if (older !== undefined) {
      const proved = await proveGrowth(authority, { from: older, ...towards })
      return outcome(options, proved, {
        data: { kind: 'consistency', from: proved.old },
        fields: [['from', `${proved.old} events`]],
        said: `the log of ${proved.size} events begins with those ${proved.old}`,
      })
    }
    const proved = await proveLicense(authority, {
      key: key ?? '',
      ...(revision !== undefined && { revision: countOf('--revision', revision) }),
      ...towards,
    })
    const { prefix, cti } = proved.license
    return outcome(options, proved, {
      data: { kind: 'inclusion', key: formatKey(prefix, cti), revision: proved.revision, index: proved.index },
      fields: [
        ['key', maskKey(prefix, cti)],
        ['revision', String(proved.revision)],
        ['event', String(proved.index)],
      ],
      said: 'the proof shows its event: ids, who acted, order references, price; no name or address of the customer',
    })
  })
}

/** @throws LicError INVALID_INPUT */
const countOf = (name: string, text: string): number => {
  if (/^(0|[1-9]\d{0,14})$/.test(text)) return Number(text)
  throw new LicError('INVALID_INPUT', `${name} takes a number, not ${text}`)
}

const outcome = (
  { out, force }: ProveOptions,
  { size, root, signed, text }: { size: number; root: Uint8Array; signed: boolean; text: string },
  what: { readonly data: object; readonly fields: readonly (readonly [string, string])[]; readonly said: string },
): Outcome => ({
  schema: 'proof',
  data: { ...what.data, size, root: encodeBase64(root), signed, proof: text },
  show: out === undefined ? { text } : { fields: [...what.fields, ['checkpoint', `${size} events`]] },
  files: out === undefined ? [] : [{ path: out, content: text }],
  force,
  notes: [
    what.said,
    ...(signed ? [] : ['its head is not signed: it holds only beside a list or a checkpoint that names the same head']),
    ...(out === undefined || out === '-' ? [] : [`wrote ${out}`]),
  ],
})
