/** How a license vector is judged: the same for every door that the vectors are run through. */

import { fromHex, toHex } from '../../src/core/bytes.ts'
import { LicError } from '../../src/core/errors.ts'
import { importPublicKey } from '../../src/core/keys.ts'
import { readRevocationList } from '../../src/core/revocation.ts'
import { verify } from '../../src/core/verify.ts'

export interface Trust {
  readonly roots: readonly string[]
  readonly certificates?: readonly string[]
}

export interface LicenseVector {
  readonly input: string
  readonly trust: Trust
  readonly facts: {
    readonly now: number
    readonly product: string
    readonly revocations?: readonly string[]
    readonly allowTest?: boolean
    readonly installedAt?: number
    readonly firstActivatedAt?: number
    readonly version?: string
    readonly buildDate?: number
    readonly floor?: number
    readonly activation?: 'unchecked'
  }
  readonly expect: Readonly<Record<string, unknown>>
}

export interface RevocationVector {
  readonly input: string
  readonly trust: Trust
  readonly now: number
  readonly expect: Readonly<Record<string, unknown>> & {
    readonly statuses?: readonly (readonly [number, number | string])[]
  }
}

export const trustOf = ({ roots, certificates = [] }: Trust) => ({
  roots: roots.map((root) => importPublicKey(fromHex(root))),
  certificates: certificates.map(fromHex),
})

/** What came out, in the words of a vector's `expect`. */
export const judge = ({ input, trust, facts }: LicenseVector): Record<string, unknown> => {
  const anchors = trustOf(trust)
  const { revocations = [], ...rest } = facts
  const lists = revocations.map((list) => readRevocationList(fromHex(list), { ...anchors, now: facts.now }))
  try {
    const verdict = verify(fromHex(input), { ...anchors, ...rest, revocations: lists })
    if (!verdict.ok) return { ok: false, code: verdict.code }
    const { license, line } = verdict
    const { number, product, tier, seats, devices, grace } = line
    const { expires, test, revision, cti } = license
    return {
      ok: true,
      line: number,
      state: verdict.state,
      cti: toHex(cti),
      product,
      tier,
      seats,
      devices,
      exp: expires,
      test,
      revision,
      grace,
    }
  } catch (error) {
    if (error instanceof LicError) return { throws: error.code, stage: error.stage }
    throw error
  }
}
