/** A signed object that is no license, handed over: as a file, armored, as code text, or as QR codes while it fits. */

import { encodeBase64 } from '../core/base64.ts'
import { encodeArmor } from '../core/codes/armor.ts'
import { encodeText } from '../core/codes/text.ts'
import { LicError } from '../core/errors.ts'
import type { ObjectName } from '../core/objects.ts'
import type { Context } from './context.ts'
import type { ResultFile } from './outcome.ts'
import { checkBinary, checkOutputs } from './output.ts'
import { checkQr, qrShow, qrTexts, qrWritten } from './qr-files.ts'
import type { Show } from './show.ts'

export interface ObjectFlags {
  readonly out: string | undefined
  readonly qr: string | undefined
  readonly armor: boolean
  readonly text: boolean
  readonly force: boolean
}

/** Codes that anybody scans one after the other; what needs more is a file. */
const MOST_CODES = 12

/** @throws LicError USAGE, FILE_EXISTS, UNWRITABLE */
export const checkObjectOutputs = async (
  context: Context,
  { out, qr, armor, text, force }: ObjectFlags,
): Promise<void> => {
  if (armor && text) throw new LicError('USAGE', '--armor and --text exclude each other')
  checkQr(qr)
  if (!armor && !text) checkBinary(context, out)
  await checkOutputs(context, [out, qr], force)
}

/**
 * @param summary what is shown where the object itself goes to a file
 * @throws LicError INVALID_INPUT when it takes too many QR codes
 */
export const objectOutput = async (
  { io }: Context,
  type: ObjectName,
  bytes: Uint8Array,
  summary: Show,
  { out, qr, armor, text }: ObjectFlags,
): Promise<{ readonly show: Show; readonly files: readonly ResultFile[]; readonly base64: string }> => {
  const written = armor ? encodeArmor(type, bytes) : text ? `${encodeText(bytes)}\n` : undefined
  const codes =
    qr === undefined ? [] : await qrTexts(bytes, qr === '-' && io.stdout.isTTY ? io.stdout.columns : undefined)
  if (codes.length > MOST_CODES) {
    throw new LicError(
      'INVALID_INPUT',
      `${bytes.length} bytes take ${codes.length} QR codes, and nobody scans so many`,
      {
        hint: 'hand it over as a file: --out FILE',
      },
    )
  }
  const files = [
    ...(out === undefined ? [] : [{ path: out, content: written ?? bytes }]),
    ...(await qrWritten(codes, qr)),
  ]
  const direct = out === undefined && qr === undefined ? { text: written ?? encodeArmor(type, bytes) } : undefined
  return {
    show: direct ?? [summary, ...(qr === '-' ? qrShow(codes) : [])],
    files,
    base64: encodeBase64(bytes),
  }
}
