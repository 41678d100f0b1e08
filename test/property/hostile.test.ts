/**
 * Whatever the bytes: a decoder gives a value or a LicError, soon, and nothing forged is accepted. Inputs are flipped, cut,
 * spliced and random; what an attacker can do without a key.
 */

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeKeyPem } from '../../src/authority/key-pem.ts'
import { Secret } from '../../src/authority/secret.ts'
import { starterTiers } from '../../src/authority/starter-tiers.ts'
import { parseTier } from '../../src/authority/tier-file.ts'
import { readKeyFile } from '../../src/authority/vault.ts'
import { equal, toHex, utf8 } from '../../src/core/bytes.ts'
import { decode, encode } from '../../src/core/cbor.ts'
import { decodeArmor, encodeArmor } from '../../src/core/codes/armor.ts'
import { formatKey, parseKey } from '../../src/core/codes/license-key.ts'
import { CODE_KINDS, type CodeKind, spell } from '../../src/core/codes/spoken.ts'
import { decodeText, encodeParts, encodeText } from '../../src/core/codes/text.ts'
import { typedCode } from '../../src/core/codes/typed.ts'
import { open, splitSequence } from '../../src/core/cose.ts'
import { LicError } from '../../src/core/errors.ts'
import { publicKeysFromPem, publicKeyToPem } from '../../src/core/keys.ts'
import { writeLicense } from '../../src/core/license.ts'
import { readRevocationList, writeRevocationList } from '../../src/core/revocation.ts'
import { readUsage, writeUsage } from '../../src/core/usage.ts'
import { authenticate } from '../../src/core/verify.ts'
import { readCounts, writeCounts, writeTallies } from '../../src/device/counters/content.ts'
import { readNamed, writeNamed } from '../../src/device/counters/named.ts'
import { readNode, writeInner, writeLeaf } from '../../src/device/counters/nodes.ts'
import { license } from './arbitrary.ts'
import { certified, ISSUING, ROOT, roots, signed } from './signing.ts'
import { size } from './size.ts'

const NOW = 1_800_000_000
const chain = certified({ types: [1, 2, 3, 4, 7, 10] })

const licenses = (count: number): Uint8Array[] =>
  fc
    .sample(license, { numRuns: count * 6, seed: 7 })
    .map((value) => writeLicense(value))
    .filter((payload) => payload.length < size(700, 3600))
    .slice(0, count)
    .map((payload) => signed('license', payload, ISSUING, chain))

const list = signed(
  'revocationList',
  writeRevocationList({
    list: 0,
    issuedAt: NOW,
    // An empty zlib stream, stored.
    zlib: Uint8Array.of(0x78, 0x01, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01),
    number: NOW,
    compromised: [],
    anchors: [],
    deadEpochs: [],
    revoked: [Uint8Array.of(1, 2, 3, 4, 5)],
  }),
  ISSUING,
  chain,
)

/** True when the work gave a value; a LicError is an answer too, anything else is thrown on. */
const accepted = (work: () => unknown): boolean => {
  try {
    work()
    return true
  } catch (error) {
    if (error instanceof LicError) return false
    throw error
  }
}

describe('one flipped bit', () => {
  it.each(licenses(size(10, 100)).map((bytes, i) => [i, bytes] as const))('of license %i is refused', (_, bytes) => {
    expect(accepted(() => authenticate(bytes, { roots }))).toBe(true)
    const taken: number[] = []
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      if (accepted(() => authenticate(flipped, { roots }))) taken.push(bit)
    }
    expect(taken).toEqual([])
  })

  it('of a revocation list is refused', () => {
    expect(accepted(() => readRevocationList(list, { roots, now: NOW }))).toBe(true)
    for (let bit = 0; bit < list.length * 8; bit++) {
      const flipped = list.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(
        accepted(() => readRevocationList(flipped, { roots, now: NOW })),
        `bit ${bit}`,
      ).toBe(false)
    }
  })
})

/** A change that needs no key. */
interface Edit {
  readonly kind: 'set' | 'cut' | 'insert' | 'copy' | 'swap'
  readonly at: number
  readonly to: number
  readonly length: number
  readonly value: number
}
const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('set', 'set', 'set', 'cut', 'insert', 'copy', 'swap'),
  at: fc.nat(0xffff),
  to: fc.nat(0xffff),
  length: fc.integer({ min: 1, max: 40 }),
  // Heads of CBOR that mean something, and any byte.
  value: fc.oneof(
    fc.nat(255),
    fc.constantFrom(0x00, 0x1b, 0x5b, 0x5f, 0x7f, 0x80, 0x9a, 0x9f, 0xa0, 0xba, 0xbf, 0xd2, 0xf9, 0xfb, 0xff),
  ),
})
const edits = fc.array(edit, { minLength: 1, maxLength: 4 })

const edited = (bytes: Uint8Array, changes: readonly Edit[]): Uint8Array => {
  let out = [...bytes]
  for (const { kind, at, to, length, value } of changes) {
    const from = at % (out.length + 1)
    const target = to % (out.length + 1)
    if (kind === 'set') out[Math.min(from, out.length - 1)] = value
    else if (kind === 'cut') out.splice(from, length)
    else if (kind === 'insert') out.splice(from, 0, value)
    else if (kind === 'copy') out.splice(target, 0, ...out.slice(from, from + length))
    else out = [...out.slice(from), ...out.slice(0, from)]
    if (out.length === 0) out = [value]
  }
  return Uint8Array.from(out)
}

interface Decoder {
  readonly what: string
  readonly seeds: readonly Uint8Array[]
  readonly read: (bytes: Uint8Array) => unknown
  /** Whether a mutated input that is accepted is a forgery. Absent: it need not be. */
  readonly forged?: (bytes: Uint8Array) => boolean
}

const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
const object = licenses(3)
const cti = Uint8Array.from({ length: 10 }, (_, i) => i * 25)
const spoken = (kind: CodeKind): Decoder => {
  const { groups, data, unit } = CODE_KINDS[kind]
  const bytes = new Uint8Array(Math.ceil((groups * data * 5) / 8)).fill(0x15)
  bytes[0] = 1
  return {
    what: `typed ${kind}`,
    seeds: [utf8(spell(kind, bytes).join(unit === 'line' ? '\n2. ' : '-'))],
    read: (text) => typedCode(kind, latin1(text)),
  }
}

const USAGE = writeUsage({
  ...{ cti, line: 0, from: NOW, until: NOW + 9, totals: new Map([['exports', 12]]), peaks: new Map([['exports', 3]]) },
  ...{ anchor: new Uint8Array(10), days: new Map([['exports', [20_688, [4, 8]]]]), number: 2 },
})
const FILE = { generation: 7, hash: new Uint8Array(32).fill(3) }
const NAMED = writeNamed({
  products: new Map([
    ['editor', { count: 2, next: 5, tree: FILE }],
    ['viewer', { count: 0, next: 1, tree: undefined }],
  ]),
  marks: [new Uint8Array(8).fill(9)],
})
const NODES = [
  writeLeaf({
    items: [
      ['ada', 0, NOW],
      ['bo', 4, NOW],
    ],
  }),
  writeInner(1, [
    ['', FILE],
    ['bo', { ...FILE, generation: 8 }],
  ]),
]
const COUNTS = writeCounts({
  ...{ at: NOW, since: NOW, reports: 1, hours: new Map([[5, writeTallies(new Map([['editor/exports', 4]]))]]) },
  meters: new Map([['editor/exports', { total: 9, hour: 1, day: 2, week: 3, month: 4, peak: 5 }]]),
  slots: new Map([
    ['00112233445566ff', { sequence: 1, until: 9, boot: 'b', leases: new Map([['editor/exports', 1]]) }],
  ]),
})

const DECODERS: readonly Decoder[] = [
  {
    what: 'decode',
    seeds: [encode(new Map([[1, [1, 'text', true, null]]])), ...object.map((bytes) => bytes.subarray(1))],
    read: (bytes) => {
      // What is accepted re-encodes to itself: nothing else can be hidden in it.
      if (!equal(encode(decode(bytes)), bytes)) throw new Error(`not canonical: ${toHex(bytes)}`)
    },
  },
  { what: 'open', seeds: object, read: (bytes) => open(bytes) },
  { what: 'splitSequence', seeds: object, read: splitSequence },
  {
    what: 'verify',
    seeds: object,
    read: (bytes) => authenticate(bytes, { roots }),
    forged: (bytes) => !object.some((genuine) => equal(genuine, bytes)),
  },
  {
    what: 'readRevocationList',
    seeds: [list],
    read: (bytes) => readRevocationList(bytes, { roots, now: NOW }).statusAt(3),
    forged: (bytes) => !equal(bytes, list),
  },
  {
    what: 'decodeText',
    seeds: [utf8(encodeText(object[0] as Uint8Array)), utf8(encodeParts(object[0] as Uint8Array, 200).join('\n'))],
    read: (bytes) => decodeText(latin1(bytes)),
  },
  {
    what: 'decodeArmor',
    seeds: [utf8(encodeArmor('license', object[0] as Uint8Array))],
    read: (bytes) => decodeArmor(latin1(bytes)),
  },
  { what: 'readUsage', seeds: [USAGE], read: readUsage },
  { what: 'readCounts', seeds: [COUNTS], read: readCounts },
  { what: 'readNamed', seeds: [NAMED], read: readNamed },
  { what: 'readNode', seeds: NODES, read: readNode },
  { what: 'parseKey', seeds: [utf8(formatKey('EDIT', cti))], read: (bytes) => parseKey(latin1(bytes)) },
  {
    what: 'publicKeysFromPem',
    seeds: [utf8(publicKeyToPem(ROOT.publicKey)), utf8(publicKeyToPem(ROOT.publicKey).repeat(2))],
    read: (bytes) => publicKeysFromPem(latin1(bytes)),
  },
  ...(Object.keys(CODE_KINDS) as CodeKind[]).map(spoken),
]

/** Generous: a machine that does other things must not fail the test, a decoder that hangs must. */
const HANG = 1000
/** Of 300 verifications of small inputs none may take long. The slowest is told. */
let slowest = { what: 'none', took: 0 }
const timed = (what: string, work: () => void): void => {
  const start = performance.now()
  work()
  const took = performance.now() - start
  if (took > slowest.took) slowest = { what, took }
  expect(took, what).toBeLessThan(HANG)
}
afterAll(() => console.log(`hostile input: the slowest answer took ${slowest.took.toFixed(1)} ms (${slowest.what})`))

describe.each(DECODERS)('$what', ({ what, seeds, read, forged }) => {
  const tried = (bytes: Uint8Array): void =>
    timed(what, () => {
      const taken = accepted(() => read(bytes))
      if (taken && forged?.(bytes)) throw new Error(`accepted: ${toHex(bytes)}`)
    })

  it('takes its seeds', () => {
    for (const seed of seeds) expect(accepted(() => read(seed))).toBe(true)
  })

  it('answers to mutated input', () => {
    fc.assert(
      fc.property(fc.constantFrom(...seeds), edits, (seed, changes) => tried(edited(seed, changes))),
      { numRuns: size(1_000, 70_000) },
    )
  }, 3_600_000)

  it('answers to random input', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), tried), { numRuns: size(1_000, 70_000) })
  }, 3_600_000)
})

describe('known bombs', () => {
  const heads = (head: readonly number[], count: number): Uint8Array =>
    Uint8Array.from({ length: head.length * count }, (_, i) => head[i % head.length] ?? 0)
  const bombs: readonly (readonly [string, Uint8Array])[] = [
    ['arrays of one', heads([0x81], 4000)],
    ['arrays of one, larger than any object', heads([0x81], 200_000)],
    ['maps of one', heads([0xa1], 4000)],
    ['an array of 2^32 - 1', Uint8Array.of(0x9a, 0xff, 0xff, 0xff, 0xff)],
    ['a text of 2^53', Uint8Array.of(0x7b, 0x00, 0x20, 0, 0, 0, 0, 0, 0)],
    ['tags on tags', heads([0xd2], 4000)],
    ['__proto__ as a key', encode(new Map([['__proto__', 1]]))],
  ]
  it.each(bombs)('%s', (_, bytes) => {
    for (const { what, read } of DECODERS) timed(what, () => void accepted(() => read(bytes)))
    expect(Object.getPrototypeOf({})).toBe(Object.prototype)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})

describe('files of the vendor', () => {
  let work = ''
  beforeAll(() => {
    work = mkdtempSync(join(tmpdir(), 'lic-'))
  })
  afterAll(() => rmSync(work, { recursive: true, force: true }))

  const settles = async (work: () => Promise<unknown>): Promise<void> => {
    const start = performance.now()
    try {
      await work()
    } catch (error) {
      if (!(error instanceof LicError)) throw error
    }
    expect(performance.now() - start).toBeLessThan(HANG)
  }

  it('key files', async () => {
    const secret = new Secret(new Uint8Array(32).fill(3))
    const seed = utf8(writeKeyPem({ seed: secret, emergency: { epoch: 1, secret } }))
    const file = join(work, 'a.key')
    const ask = async () => 'passphrase'
    const given = (bytes: Uint8Array) => {
      writeFileSync(file, bytes)
      chmodSync(file, 0o600)
      return settles(() => readKeyFile(file, ask))
    }
    await fc.assert(
      fc.asyncProperty(edits, (changes) => given(edited(seed, changes))),
      { numRuns: size(500, 20_000) },
    )
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), given), { numRuns: size(200, 20_000) })
  }, 3_600_000)

  it('tier files', async () => {
    const seed = utf8(
      'code = "team"\ntitle = "Team"\nrank = 5\nkind = "subscription"\nterm = "1y"\nseats = 3\n\n[features]\na = true\nb = 5\n\n[limits]\nmax = { value = 3, period = "hour" }\n',
    )
    expect((await starterTiers()).length).toBe(5)
    await fc.assert(
      fc.asyncProperty(edits, (changes) => settles(() => parseTier(edited(seed, changes), 'tier.toml'))),
      { numRuns: size(500, 20_000) },
    )
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 300 }), (text) => settles(() => parseTier(text, 'tier.toml'))),
      { numRuns: size(300, 20_000) },
    )
  }, 3_600_000)
})
