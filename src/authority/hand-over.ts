/** A license as the customer gets it, and what the vendor is told about it: all of it read back from the signed bytes. */

import { toHex } from '../core/bytes.ts'
import { readCertificate } from '../core/certificate.ts'
import { formatKey, maskKey } from '../core/codes/license-key.ts'
import { encodeText } from '../core/codes/text.ts'
import { assemble, open, openArray, type Signed } from '../core/cose.ts'
import { type License, readLicense } from '../core/license.ts'
import { withGrants } from '../core/with-grants.ts'

export interface HandedLicense {
  /** `EDIT-XXXXX-XXXXX-XXXXX-XXXXX`, and with its middle left out. */
  readonly key: string
  readonly masked: string
  /** The license id, cti, in hexadecimal. */
  readonly id: string
  /** Under a grant: with what the grant says. */
  readonly license: License
  /** The `.lic` file. */
  readonly bytes: Uint8Array
  /** The same as `LIC1-` text. */
  readonly code: string
}

/** @param compact leaves the chain out (FORMAT 6.1): the verifier then needs the certificate from elsewhere */
export const handOver = (bytes: Uint8Array, { compact = false } = {}): HandedLicense => {
  const signed = open(bytes)
  return handed(wholeLicense(signed), compact ? assemble({ ...signed, chain: undefined }) : bytes)
}

/** Under a grant that travels along, what the grant says stands in the lines. Nothing is verified here. */
const wholeLicense = ({ chain, ...signed }: Signed): License => {
  const license = readLicense({ chain, ...signed })
  if (!chain || [...license.lines.values()].every(({ grant }) => grant === undefined)) return license
  const certificate = openArray(chain)
  return certificate.type === 'certificate' ? withGrants(license, readCertificate(certificate).grants ?? NONE) : license
}
const NONE = new Map()

/** @param license what these bytes say: a license that was just signed has been read back already */
export const handed = (license: License, bytes: Uint8Array): HandedLicense => new Handed(license, bytes)

/** Texts are made when they are asked for: of a batch that is written into files no one asks for all of them. */
class Handed implements HandedLicense {
  readonly license: License
  readonly bytes: Uint8Array

  constructor(license: License, bytes: Uint8Array) {
    this.license = license
    this.bytes = bytes
  }

  get key(): string {
    return formatKey(this.license.prefix, this.license.cti)
  }

  get masked(): string {
    return maskKey(this.license.prefix, this.license.cti)
  }

  get id(): string {
    return toHex(this.license.cti)
  }

  get code(): string {
    return encodeText(this.bytes)
  }
}
