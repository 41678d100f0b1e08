/**
 * Rows 18 and 19: what is signed for one purpose is never accepted for another, whatever key signed it, and nothing is
 * accepted under a key that is foreign or weak. Objects are put together here by hand with Node's own Ed25519, so that
 * they can be what no verb of lic would make.
 */

import { createPrivateKey, createPublicKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { handOver } from '../../src/authority/hand-over.ts'
import { ephemeralAuthority, issue } from '../../src/authority/index.ts'
import { encode } from '../../src/core/cbor.ts'
import { assemble, open, protectedHeader } from '../../src/core/cose.ts'
import { type ErrorCode, LicError } from '../../src/core/errors.ts'
import { importPublicKey, kidOf } from '../../src/core/keys.ts'
import type { License } from '../../src/core/license.ts'
import { OBJECTS, type ObjectName } from '../../src/core/objects.ts'
import { readRevocationList } from '../../src/core/revocation.ts'
import { verify } from '../../src/core/verify.ts'
import { codeOf, counted } from '../ledger/book.ts'
import {
  bytes,
  certificatePayload,
  certified,
  claims,
  coseKey,
  fields,
  type Key,
  LINE,
  license,
  list,
  NOW,
  newKey,
  numbers,
  sealed,
  YEAR,
} from './by-hand.ts'
import { ISSUE, SLOW } from './process.ts'
import { type Handed, room } from './room.ts'

const linkPayload = (next: Key): Uint8Array => claims([6, NOW], [8, coseKey(next.publicKey)], [-65537, fields(8)])

const root = newKey()
const grant = {
  line: LINE,
  term: 24,
  grace: 48,
} as const
const issuing = certified(
  newKey(),
  { types: numbers('license', 'certificate', 'activation', 'deviceAnchor', 'extension') },
  root,
)
const KEYS = {
  root,
  issuing,
  list: certified(newKey(), { types: numbers('revocationList') }, root),
  audit: certified(newKey(), { types: numbers('checkpoint') }, root),
  'for test': certified(newKey(), { only: 'test' }, root),
  'for live': certified(newKey(), { only: 'live' }, root),
  delegated: certified(newKey(), { grants: new Map([[1, grant]]) }, issuing),
  activating: certified(newKey(), { types: numbers('activation') }, root),
  uncertified: newKey(),
} as const satisfies Record<string, Key>
type KeyName = keyof typeof KEYS

const roots = [importPublicKey(root.publicKey)]
const next = newKey()

/** One well-formed payload of every type. */
const PAYLOADS: Readonly<Record<ObjectName, Uint8Array>> = {
  license: license(),
  certificate: certificatePayload(next, {}),
  activation: claims(
    [6, NOW],
    [-65537, fields(3, [1, bytes(10) as never], [2, bytes(11) as never], [3, bytes(10) as never], [4, 0 as never])],
  ),
  revocationList: list(),
  trustBundle: claims([6, NOW], [-65537, fields(5, [1, 1 as never])]),
  deviceAnchor: claims([6, NOW], [-65537, fields(7, [1, bytes(10) as never])]),
  rootLink: linkPayload(next),
  extension: claims([4, NOW + 86_400], [6, NOW], [-65537, fields(10, [1, bytes(10) as never], [2, 1 as never])]),
  checkpoint: claims([6, NOW], [-65537, fields(11)]),
}
const TYPES = Object.keys(PAYLOADS) as ObjectName[]

/** Whatever is there, or the code of its refusal. */
const told = <T>(work: () => T): T | ErrorCode => {
  try {
    return work()
  } catch (error) {
    if (error instanceof LicError && error.stage !== undefined) return error.code
    throw error
  }
}

const asLicense = (object: Uint8Array, allowTest = false): string =>
  told(() => {
    const verdict = verify(object, { roots, product: 'editor', now: NOW, allowTest })
    return verdict.ok ? 'accepted' : verdict.code
  })
const asList = (object: Uint8Array): string =>
  told(() => {
    readRevocationList(object, { roots, now: NOW })
    return 'accepted'
  })
/** The object in the place of a certificate or link, of a license that the key it names has signed. */
const asLink = (object: Uint8Array): string =>
  asLicense(sealed('license', license(), next, { chain: object.subarray(1) }))
const asSupplied = (object: Uint8Array): string =>
  told(() => {
    const signed = sealed('license', license(), next, { chain: undefined })
    const verdict = verify(signed, { roots, certificates: [object], product: 'editor', now: NOW })
    return verdict.ok ? 'accepted' : verdict.code
  })

describe('row 18: an object of one type is never taken for another', () => {
  const DOORS = {
    license: [asLicense],
    revocationList: [asList],
    certificate: [asLink, asSupplied],
  } as const satisfies Partial<Record<ObjectName, readonly ((object: Uint8Array) => string)[]>>
  const doors = Object.keys(DOORS) as (keyof typeof DOORS)[]
  const RIGHT: Readonly<Record<keyof typeof DOORS, KeyName>> = {
    license: 'issuing',
    revocationList: 'list',
    certificate: 'root',
  }

  test.each(doors)('a %s is accepted at its own door, by the right key', (type) => {
    const object = sealed(type, PAYLOADS[type], KEYS[RIGHT[type]])
    for (const door of DOORS[type]) expect(door(object)).toBe('accepted')
  })

  test.each(TYPES.flatMap((type) => doors.filter((door) => door !== type).map((door) => [type, door] as const)))(
    'a %s where a %s is due, by every key',
    (type, due) => {
      for (const name of Object.keys(KEYS) as KeyName[]) {
        const object = sealed(type, PAYLOADS[type], KEYS[name])
        for (const door of DOORS[due]) expect({ name, said: door(object) }).not.toEqual({ name, said: 'accepted' })
      }
    },
  )

  test.each(TYPES.flatMap((type) => TYPES.filter((other) => other !== type).map((other) => [type, other] as const)))(
    'a %s relabelled as a %s is nothing at all',
    (type, other) => {
      const relabelled = relabel(PAYLOADS[type], OBJECTS[other].type)
      for (const name of Object.keys(KEYS) as KeyName[]) {
        const object = sealed(other, relabelled, KEYS[name])
        const said = [asLicense(object), asList(object), asLink(object), asSupplied(object)]
        // A license and a link by hand differ in more than their number.
        expect({ name, said: said.includes('accepted') }).toEqual({ name, said: false })
      }
    },
  )

  /** The same payload with another number in field 0. */
  const relabel = (payload: Uint8Array, type: number): Uint8Array => {
    const opened = open(sealed(typeOf(payload), payload, root)).claims
    const own = new Map(opened.get(-65537) as never as Map<number, never>)
    own.set(0, type as never)
    return encode(new Map([...opened, [-65537, own]]) as never)
  }
  const typeOf = (payload: Uint8Array): ObjectName => TYPES.find((type) => PAYLOADS[type] === payload) ?? 'license'
})

describe('row 18: a key signs what its certificate names, and nothing else', () => {
  const accepted = (name: KeyName, type: ObjectName, door: (object: Uint8Array) => string): string =>
    door(sealed(type, PAYLOADS[type], KEYS[name]))

  test.each([
    ['root', 'RIGHTS_EXCEEDED', 'RIGHTS_EXCEEDED', 'accepted'],
    ['issuing', 'accepted', 'RIGHTS_EXCEEDED', 'RIGHTS_EXCEEDED'],
    ['list', 'RIGHTS_EXCEEDED', 'accepted', 'RIGHTS_EXCEEDED'],
    ['audit', 'RIGHTS_EXCEEDED', 'RIGHTS_EXCEEDED', 'RIGHTS_EXCEEDED'],
    ['for test', 'TEST_LICENSE', 'RIGHTS_EXCEEDED', 'RIGHTS_EXCEEDED'],
    ['for live', 'accepted', 'RIGHTS_EXCEEDED', 'RIGHTS_EXCEEDED'],
    ['delegated', 'RIGHTS_EXCEEDED', 'RIGHTS_EXCEEDED', 'LICENSE_INVALID'],
    ['activating', 'RIGHTS_EXCEEDED', 'RIGHTS_EXCEEDED', 'RIGHTS_EXCEEDED'],
    ['uncertified', 'UNKNOWN_KEY', 'UNKNOWN_KEY', 'UNKNOWN_KEY'],
  ] as const)('%s: license %s, list %s, certificate %s', (name, asTheLicense, asTheList, asCertificate) => {
    expect(accepted(name, 'license', asLicense)).toBe(asTheLicense)
    expect(accepted(name, 'revocationList', asList)).toBe(asTheList)
    expect(accepted(name, 'certificate', asLink)).toBe(asCertificate)
  })

  test('the next root is named by a root only', () => {
    const under = (by: Key): string => {
      const certificate = certified(
        newKey(),
        { types: numbers('license') },
        { ...next, chain: sealed('rootLink', linkPayload(next), by, { tagged: false }) },
      )
      return asLicense(sealed('license', license(), certificate))
    }
    expect(under(root)).toBe('accepted')
    for (const name of (Object.keys(KEYS) as KeyName[]).filter((each) => each !== 'root')) {
      expect({ name, said: under(KEYS[name]) }).not.toEqual({ name, said: 'accepted' })
    }
  })

  test('another kid, another signature, another chain in front of the same payload', () => {
    const kid = kidOf(issuing.publicKey)
    for (const name of ['root', 'list', 'audit', 'delegated', 'uncertified'] as const) {
      const thief = KEYS[name]
      expect(asLicense(sealed('license', license(), thief, { kid, chain: issuing.chain }))).toBe('BAD_SIGNATURE')
      expect(asLicense(sealed('license', license(), thief, { chain: issuing.chain }))).toBe('UNKNOWN_KEY')
    }
    const genuine = open(sealed('license', license(), issuing))
    for (const name of ['list', 'audit', 'for live', 'delegated'] as const) {
      expect(asLicense(assemble({ ...genuine, chain: KEYS[name].chain }))).toBe('UNKNOWN_KEY')
    }
    expect(asLicense(assemble({ ...genuine, payload: license({ expires: NOW + YEAR }) }))).toBe('BAD_SIGNATURE')
    // A certificate that certifies itself.
    const own = certified(KEYS.uncertified, {}, KEYS.uncertified)
    expect(asLicense(sealed('license', license(), own))).toBe('UNKNOWN_KEY')
    expect(asLicense(sealed('license', license(), certified(own, {}, own)))).not.toBe('accepted')
  })
})

describe('row 18: test and live', () => {
  const marks = { live: undefined, test: true } as const
  test.each([
    ['issuing', 'live', 'accepted', 'accepted'],
    ['issuing', 'test', 'TEST_LICENSE', 'accepted'],
    ['for live', 'live', 'accepted', 'accepted'],
    ['for live', 'test', 'RIGHTS_EXCEEDED', 'RIGHTS_EXCEEDED'],
    ['for test', 'live', 'TEST_LICENSE', 'accepted'],
    ['for test', 'test', 'TEST_LICENSE', 'accepted'],
  ] as const)('%s key, %s license: a release build says %s, a test build %s', (name, mark, release, testing) => {
    const object = sealed('license', license({ test: marks[mark] }), KEYS[name])
    expect([asLicense(object), asLicense(object, true)]).toEqual([release, testing])
  })

  test('under a grant, the mark of grant, issuing key and license each make it a test license', () => {
    for (const [only, granted, own] of [
      [undefined, undefined, undefined],
      [undefined, undefined, true],
      [undefined, true, undefined],
      ['test', undefined, undefined],
      ['test', true, true],
      ['live', undefined, undefined],
      ['live', true, undefined],
      ['live', undefined, true],
    ] as const) {
      const above = certified(newKey(), { types: numbers('license', 'certificate'), only }, root)
      const under = certified(newKey(), { grants: new Map([[1, { ...grant, test: granted }]]) }, above)
      const lines: License['lines'] = new Map([
        [0, { kind: 'subscription', metric: 'seat', activation: 'none', deviceRule: 15, grant: 1 }],
      ])
      const object = sealed('license', license({ test: own, lines, expires: NOW + 3600 }), under)
      const marked = granted === true || own === true
      const wanted =
        only === 'live' && marked ? 'RIGHTS_EXCEEDED' : marked || only === 'test' ? 'TEST_LICENSE' : 'accepted'
      expect({ only, granted, own, said: asLicense(object) }).toEqual({ only, granted, own, said: wanted })
    }
  })
})

describe('another authority', () => {
  const made = async (seed: string) => {
    const authority = await ephemeralAuthority({ products: ['editor'], now: () => NOW, random: counted(seed) })
    const { bytes: signed } = await issue(authority, {
      customer: 'acme',
      newCustomer: { id: 'acme', name: 'Acme' },
      lines: [{ product: 'editor', tier: 'basic' }],
      expires: '1y',
    })
    return { authority, signed }
  }

  test('its license, its chain and its compact license are nothing under our root', async () => {
    const [ours, theirs] = [await made('ours'), await made('theirs')]
    const facts = { product: 'editor', now: NOW }
    const said = (object: Uint8Array, certificates: readonly Uint8Array[] = []): string =>
      told(() => (verify(object, { roots: ours.authority.roots, certificates, ...facts }).ok ? 'accepted' : 'refused'))
    const [our, their] = [open(ours.signed), open(theirs.signed)]
    expect(said(ours.signed)).toBe('accepted')
    expect(said(theirs.signed)).toBe('UNKNOWN_KEY')
    expect(said(assemble({ ...their, chain: our.chain }))).toBe('UNKNOWN_KEY')
    expect(said(assemble({ ...our, chain: their.chain }))).toBe('UNKNOWN_KEY')
    expect(said(assemble({ ...our, payload: their.payload, signature: their.signature }))).toBe('BAD_SIGNATURE')

    const compact = handOver(ours.signed, { compact: true }).bytes
    const [ourChain, theirChain] = [our.chain ?? bytes(1), their.chain ?? bytes(1)]
    expect(said(compact)).toBe('UNKNOWN_KEY')
    expect(said(compact, [ourChain])).toBe('accepted')
    expect(said(compact, [theirChain])).toBe('UNKNOWN_KEY')
    expect(said(compact, [theirChain, ourChain])).toBe('accepted')
    expect(said(handOver(theirs.signed, { compact: true }).bytes, [theirChain, ourChain])).toBe('UNKNOWN_KEY')
    for (const each of [ours, theirs]) await each.authority.close()
  })

  test('and on the command line', async () => {
    const [ours, theirs] = [await room(), await room()]
    await ours.data<Handed>([...ISSUE, '--out', 'a.lic'])
    await ours.data<Handed>([...ISSUE, '--compact', '--out', 'compact.lic'])
    await ours.data(['revocations', 'publish', '--out', 'list.lrl'])
    await ours.data(['trust', 'export', '--out', 'root.pub'])
    await theirs.data(['trust', 'export', '--out', `${ours.dir}/theirs.pub`])
    await theirs.data(['revocations', 'publish', '--out', `${ours.dir}/theirs.lrl`])
    await ours.data(['verify', 'a.lic', '--root', 'root.pub', '--revocations', 'list.lrl'])
    await ours.refused('UNKNOWN_KEY', 7, ['verify', 'a.lic', '--root', 'theirs.pub'])
    await ours.refused('UNKNOWN_KEY', 7, ['inspect', 'a.lic', '--root', 'theirs.pub'])
    await ours.refused('UNKNOWN_KEY', 7, ['verify', 'a.lic', '--root', 'root.pub', '--revocations', 'theirs.lrl'])
    await ours.refused('UNKNOWN_KEY', 7, ['verify', 'compact.lic', '--root', 'root.pub'])
    await theirs.refused('UNKNOWN_KEY', 7, ['verify', `${ours.dir}/a.lic`])
    ours.remove()
    theirs.remove()
  })
})

describe('row 19: weak keys and changed bits', () => {
  // The eight points of small order, and two spellings that are no canonical ones.
  const WEAK = [
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0000000000000000000000000000000000000000000000000000000000000080',
    '0100000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000080',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ]

  test.each(WEAK)('%s is no root and no certified key', async (hex) => {
    const weak = Uint8Array.from(Buffer.from(hex, 'hex'))
    expect(await codeOf(() => importPublicKey(weak))).toBe('INVALID_INPUT')
    const chain = sealed('certificate', certificatePayload({ ...next, publicKey: weak }, {}), root, { tagged: false })
    // With such a key, a signature of zeros holds for any message where nobody looks.
    const header = protectedHeader('license', kidOf(weak))
    const signature = new Uint8Array(64)
    signature.set(weak)
    expect(asLicense(assemble({ protected: header, payload: license(), signature, chain }))).toBe('LICENSE_INVALID')
  })

  const licenses = SLOW ? 100 : 2
  test(`every single bit of ${licenses} licenses`, { timeout: SLOW ? 3_600_000 : 60_000 }, async () => {
    const authority = await ephemeralAuthority({ products: ['editor'], now: () => NOW, random: counted('bits') })
    const tiers = ['free', 'basic', 'professional', 'enterprise', 'trial']
    for (let i = 0; i < licenses; i++) {
      const { bytes: signed } = await issue(authority, {
        customer: `c${i}`,
        newCustomer: { id: `c${i}`, name: `Customer ${i}` },
        lines: [{ product: 'editor', tier: tiers[i % tiers.length] }],
        expires: '14d',
        test: i % 3 === 0,
        emergency: false,
      })
      let refused = 0
      for (let bit = 0; bit < signed.length * 8; bit++) {
        const changed = Uint8Array.from(signed)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const said = told(() => {
          verify(changed, { roots: authority.roots, product: 'editor', now: NOW, allowTest: true })
          return 'genuine'
        })
        if (said !== 'genuine') refused++
      }
      expect(refused).toBe(signed.length * 8)
    }
    await authority.close()
  })
})

test('a private key that is imported for these tests is the one that signs', () => {
  const { secret, publicKey } = newKey()
  const again = createPublicKey(createPrivateKey(secret.export({ format: 'pem', type: 'pkcs8' })))
  expect(Uint8Array.from(again.export({ format: 'der', type: 'spki' }).subarray(-32))).toEqual(publicKey)
})
