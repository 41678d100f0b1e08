/** The single file of the customer's commands, as the build made it: .ci/bundle.js writes it, `lic kit` hands it out. */

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { LicError } from '../core/errors.ts'

/** From the source tree and from the bundle, `dist` lies two folders up. */
const PROGRAM = fileURLToPath(new URL('../../dist/kit/lic.cjs', import.meta.url))

/** @throws LicError UNREADABLE when the installation is not whole */
export const programFile = async (): Promise<Uint8Array> => {
  try {
    return await readFile(PROGRAM)
  } catch (cause) {
    throw new LicError('UNREADABLE', 'the program for sealed machines is missing from this installation', {
      hint: `reinstall lic, or build it: npm run build; it belongs in ${PROGRAM}`,
      cause,
    })
  }
}
