/** Verification inside a running product, against the signature check that it cannot do without, and against a JWT. */

import { createPublicKey, generateKeyPairSync, sign, verify as verifySignature } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import { type EphemeralAuthority, issue } from '../../src/authority/index.ts'
import { open, toBeSigned } from '../../src/core/cose.ts'
import { verify } from '../../src/index.ts'
import { atLeast, median, type Row } from './row.ts'

const ROUNDS = 15
const EACH = 500

/** Rates a second, medians of rounds that take turns, so that whatever else the machine does meets all of them. */
const rates = async (contestants: readonly (() => unknown)[]): Promise<number[]> => {
  const seconds = contestants.map((): number[] => [])
  for (let round = -3; round < ROUNDS; round++) {
    for (const [i, work] of contestants.entries()) {
      const start = performance.now()
      for (let n = 0; n < EACH; n++) {
        const answer = work()
        if (answer instanceof Promise) await answer
      }
      // The first rounds are the compiler's.
      if (round >= 0) seconds[i]?.push((performance.now() - start) / 1000)
    }
  }
  return seconds.map((each) => EACH / median(each))
}

export const verifyRows = async (authority: EphemeralAuthority, customer: string): Promise<Row[]> => {
  const { bytes } = await issue(authority, {
    customer,
    lines: [{ product: 'editor', tier: 'basic' }],
    expires: '1y',
  })
  const now = authority.now()
  const { roots } = authority
  const first = verify(bytes, { roots, product: 'editor', now })
  if (!first.ok) throw new Error(first.code)

  const signed = open(bytes)
  const message = toBeSigned(signed.protected, signed.payload)
  const pair = generateKeyPairSync('ed25519')
  const key = createPublicKey(pair.privateKey)
  const signature = sign(null, message, pair.privateKey)
  const { license, line } = first
  const claims = {
    prefix: license.prefix,
    product: line.product,
    tier: line.tier,
    ladder: line.ladder,
    seats: line.seats,
    features: Object.fromEntries(line.features),
    limits: Object.fromEntries(line.limits ?? []),
    licensee: license.licensee,
  }
  const jwt = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'EdDSA' })
    .setSubject(customer)
    .setIssuedAt(license.issuedAt)
    .setExpirationTime(license.expires ?? now + 1)
    .sign(pair.privateKey)
  const currentDate = new Date(now * 1000)

  const [ours, raw, jose] = (await rates([
    () => verify(bytes, { roots, product: 'editor', now }),
    () => verifySignature(null, message, key, signature),
    () => jwtVerify(jwt, key, { currentDate }),
  ])) as [number, number, number]
  const rate = (value: number): string => `${Math.round(value)}/s`
  return [
    atLeast(
      { what: 'verify, chain known', measured: rate(ours), limit: `raw signature ${rate(raw)}`, ratio: ours / raw },
      0.6,
    ),
    atLeast({ what: '', measured: rate(ours), limit: `jose EdDSA JWT ${rate(jose)}`, ratio: ours / jose }, 1),
  ]
}
