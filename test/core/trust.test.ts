/** Trust bundles and root links, and the tree that a compromise speaks of: the shared vectors, and the rules on top. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import { issuersOf } from '../../src/core/chain.ts'
import { open, openArray } from '../../src/core/cose.ts'
import { LicError } from '../../src/core/errors.ts'
import { importPublicKey } from '../../src/core/keys.ts'
import { leafHash, rootOf } from '../../src/core/merkle.ts'
import { readBundleClaims, readTrustBundle, writeTrustBundle } from '../../src/core/trust-bundle.ts'

interface Vector {
  readonly name: string
  readonly kind: string
  readonly valid: boolean
  readonly hex: string
  readonly throws?: string
  readonly fields: Readonly<Record<string, never>>
  readonly trust: { readonly roots: readonly string[] }
}
const OBJECTS: Vector[] = JSON.parse(readFileSync(new URL('../vectors/objects.json', import.meta.url), 'utf8')).vectors
const of = (kind: string): Vector[] => {
  const found = OBJECTS.filter((each) => each.kind === kind)
  if (found.length === 0) throw new Error(`no vectors of ${kind}`)
  return found
}
const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof LicError) return error.code
    throw error
  }
  return 'accepted'
}
const LATER = 0xffffffff

describe('the Merkle tree', () => {
  it.each(of('leaf hash'))('$name', ({ hex, fields }) => {
    expect(toHex(leafHash(fromHex(fields.bytes as unknown as string)))).toBe(hex)
  })

  it.each(of('tree'))('$name', ({ hex, fields }) => {
    const leaves = fields.leaves as unknown as string[]
    expect(toHex(rootOf(leaves.map((leaf) => leafHash(fromHex(leaf)))))).toBe(hex)
  })
})

describe('trust bundles', () => {
  it.each(of('trust bundle'))('$name', ({ valid, hex, trust, fields, throws }) => {
    const bytes = fromHex(hex)
    const facts = { roots: trust.roots.map((root) => importPublicKey(fromHex(root))), now: LATER }
    if (!valid) {
      const code = codeOf(() => readTrustBundle(bytes, facts))
      if (throws) expect(code).toBe(throws)
      else expect(['UNKNOWN_KEY', 'RIGHTS_EXCEEDED']).toContain(code)
      return
    }
    const bundle = readTrustBundle(bytes, facts)
    expect({
      iat: bundle.issuedAt,
      version: bundle.version,
      certificates: bundle.certificates.map(toHex),
      links: bundle.links.map(toHex),
      lifted: bundle.lifted.map(toHex),
      ended: bundle.ended.map(([kid, time]) => [toHex(kid), time]),
    }).toEqual(fields)
    const signed = open(bytes)
    expect(toHex(writeTrustBundle(readBundleClaims(signed)))).toBe(toHex(signed.payload))
  })

  it('is refused more than a day ahead of the clock', () => {
    const [vector] = of('trust bundle')
    const { hex, trust, fields } = vector as Vector
    const roots = trust.roots.map((root) => importPublicKey(fromHex(root)))
    const iat = fields.iat as unknown as number
    expect(codeOf(() => readTrustBundle(fromHex(hex), { roots, now: iat - 86_400 }))).toBe('accepted')
    expect(codeOf(() => readTrustBundle(fromHex(hex), { roots, now: iat - 86_401 }))).toBe('CLOCK_ROLLED_BACK')
    expect(codeOf(() => readTrustBundle(fromHex(hex), { roots, now: Number.NaN }))).toBe('INVALID_INPUT')
  })
})

describe('root links', () => {
  it.each(of('root link'))('$name', ({ valid, hex, trust, throws }) => {
    const roots = trust.roots.map((root) => importPublicKey(fromHex(root)))
    const chain = fromHex(hex)
    const next = importPublicKey(fromHex('8a875fff1eb38451577acd5afee405456568dd7c89e090863a0557bc7af49f17'))
    const issuer = () => issuersOf({ kid: next.kid, chain }, { roots })
    if (valid) expect(issuer()[0]?.keys.length).toBe(2)
    // A certificate in its place certifies another key than the one that is looked for.
    else expect([throws, 'UNKNOWN_KEY']).toContain(codeOf(issuer))
    expect(openArray(chain).type).toMatch(/rootLink|certificate/)
  })
})
