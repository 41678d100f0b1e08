/** The emergency secret of a key that signs elsewhere: an ssh-agent holds the key, and its file still holds the secret. */

import type { EmergencySecret } from '../core/emergency.ts'
import { LicError } from '../core/errors.ts'
import type { SigningKey } from './sign-object.ts'

/** An anchor is due, and its secret lies in a file that is not open. */
export class SecretAway extends LicError {
  constructor(file: string) {
    super('KEY_LOCKED', `emergency codes are due, and their secret lies in ${file}: an ssh-agent cannot hold it`, {
      hint: `add --passphrase-file FILE with the passphrase of ${file}, or choose a tier without emergency codes`,
      data: { file },
    })
  }
}

/** The secret for anchors; undefined where the key has none. @throws SecretAway when its file is to be opened first */
export const secretOf = ({ emergency, secretFile }: SigningKey): EmergencySecret | undefined => {
  if (emergency === undefined && secretFile !== undefined) throw new SecretAway(secretFile.name)
  return emergency
}
