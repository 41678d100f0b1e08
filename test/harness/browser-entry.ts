/** What the browser bundle is asked, from inside it: everything goes through the public door, as in a product. */

import {
  authenticate,
  formatKey,
  importPublicKey,
  LicError,
  type PublicKey,
  parseKey,
  type RevocationList,
  readRevocationList,
  type VerifyOptions,
  verify,
} from '../../src/index.ts'
import type { LicenseVector, RevocationVector, Trust } from './vectors.ts'

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** The same roots are the same array, as in a product that keeps its own. */
const known = new Map<string, readonly PublicKey[]>()
const trustOf = ({ roots, certificates = [] }: Trust): Pick<VerifyOptions, 'roots' | 'certificates'> => {
  const name = roots.join()
  const keys = known.get(name) ?? roots.map((root) => importPublicKey(bytesOf(root)))
  known.set(name, keys)
  return { roots: keys, certificates: certificates.map(bytesOf) }
}

const thrown = (work: () => Record<string, unknown>): Record<string, unknown> => {
  try {
    return work()
  } catch (error) {
    if (error instanceof LicError) return { throws: error.code, stage: error.stage }
    return { crashed: String(error) }
  }
}

const license = ({ input, trust, facts }: LicenseVector): Record<string, unknown> => {
  const anchors = trustOf(trust)
  const { revocations = [], ...rest } = facts
  const lists = revocations.map((list) => readRevocationList(bytesOf(list), { ...anchors, now: facts.now }))
  return thrown(() => {
    const bytes = bytesOf(input)
    const verdict = verify(bytes, { ...anchors, ...rest, revocations: lists })
    if (!verdict.ok) return { ok: false, code: verdict.code }
    const { line } = verdict
    const { number, product, tier, seats, devices, grace } = line
    const { prefix, expires: exp, test, revision, cti } = authenticate(bytes, anchors).license
    const typed = parseKey(formatKey(prefix, cti).toLowerCase())
    return {
      ok: true,
      line: number,
      state: verdict.state,
      cti: hexOf(typed.cti),
      product,
      tier,
      seats,
      devices,
      exp,
      test,
      revision,
      grace,
    }
  })
}

const STATUSES = ['valid', 'revoked', 'suspended'] as const

const statusAt = (list: RevocationList, place: number): number | string => {
  try {
    return STATUSES.indexOf(list.statusAt(place))
  } catch (error) {
    return error instanceof LicError ? 'refused' : String(error)
  }
}

const revocation = ({ input, trust, now, expect }: RevocationVector): Record<string, unknown> =>
  thrown(() => {
    const list = readRevocationList(bytesOf(input), { ...trustOf(trust), now })
    const statuses = (expect.statuses ?? []).map(([index]) => [index, statusAt(list, index % 2 ** 20)])
    return { ok: true, sub: `lic:list:${list.list}`, number: list.number, iat: list.issuedAt, statuses }
  })

/** Both arguments and the answer are JSON: nothing of the outer world comes in. */
export const judgeAll = (licenses: string, revocations: string): string =>
  JSON.stringify({
    licenses: (JSON.parse(licenses) as LicenseVector[]).map(license),
    revocations: (JSON.parse(revocations) as RevocationVector[]).map(revocation),
  })
