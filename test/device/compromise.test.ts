/** A device that learns of stolen keys, and of what the root says since: what stands, what is never forgotten, what is taken. */

import { describe, expect, it } from 'vitest'
import { writeAnswer } from '../../src/core/answers.ts'
import { concat } from '../../src/core/bytes.ts'
import { assemble, open, protectedHeader, toBeSigned } from '../../src/core/cose.ts'
import { LicError } from '../../src/core/errors.ts'
import { kidOf } from '../../src/core/keys.ts'
import { type License, readLicense, writeLicense } from '../../src/core/license.ts'
import { type BundleContent, writeTrustBundle } from '../../src/core/trust-bundle.ts'
import { parseTyped, termOf, typedLines } from '../../src/core/typed-response.ts'
import { activate } from '../../src/device/verbs/activate.ts'
import { install } from '../../src/device/verbs/install.ts'
import { request } from '../../src/device/verbs/request.ts'
import { status } from '../../src/device/verbs/status.ts'
import { certified, ISSUING, ROOT, signed } from '../property/signing.ts'
import {
  activationOf,
  type Bench,
  bench,
  chainOf,
  DAY,
  ISSUING_2,
  LIST,
  LIST_2,
  licenseOf,
  listOf,
  respond,
  roots,
  START,
  YEAR,
} from './vendor.ts'

const ASK = { license: undefined, product: undefined, bind: undefined, fresh: false, prolong: false }
const KID = kidOf(ISSUING.publicKey)
const THEFT = START + 10 * DAY
const HEAD = [7, new Uint8Array(32)] as const
const stolen = (kid = KID, at = THEFT) => [kid, at, ...HEAD] as const

const codeOf = async (work: () => Promise<unknown>): Promise<string> => {
  try {
    await work()
  } catch (error) {
    if (error instanceof LicError) return error.code
    throw error
  }
  return 'accepted'
}
const put = (lab: Bench, ...objects: readonly Uint8Array[]) => install(lab.device, { objects, roots })
const verdictOf = async ({ device }: Bench): Promise<string> => {
  const { refused, lines } = await status(device, { license: undefined, product: undefined, allowTest: false })
  if (refused && !refused.judgement.ok) return refused.judgement.code
  return lines[0]?.judgement.ok ? lines[0].judgement.state : 'none'
}
/** The license, not to be activated, as another key signs it. */
const plain = (own: Partial<License> = {}, by = ISSUING): Uint8Array => {
  const { license } = { license: readLicense(open(licenseOf())) }
  const lines = new Map([...license.lines].map(([n, line]) => [n, { ...line, activation: 'none' as const }]))
  return signed('license', writeLicense({ ...license, lines, ...own }), by, by === ISSUING ? certified() : chainOf(by))
}
const bundleOf = (own: Partial<BundleContent>, by = ROOT): Uint8Array =>
  signed(
    'trustBundle',
    writeTrustBundle({ issuedAt: START, version: 1, certificates: [], links: [], lifted: [], ended: [], ...own }),
    by,
  )

describe('under a stolen key', () => {
  it('a license stands where it was installed before, and nowhere else', async () => {
    for (const [at, verdict] of [
      [THEFT - 1, 'active'],
      [THEFT, 'KEY_COMPROMISED'],
    ] as const) {
      const lab = bench({ now: at })
      await put(lab, plain())
      lab.now = THEFT + DAY
      await put(lab, listOf({ at: lab.now, compromised: [stolen()] }))
      expect(await verdictOf(lab)).toBe(verdict)
      // Once more the same bytes do not make it younger or older.
      await put(lab, plain())
      expect(await verdictOf(lab)).toBe(verdict)
    }
  })

  it('no revision takes the place of one that stands, and no higher number keeps the real one out', async () => {
    const lab = bench({ now: START + DAY })
    await put(lab, plain())
    lab.now = THEFT + DAY
    await put(lab, listOf({ at: lab.now, compromised: [stolen()] }))
    expect(await codeOf(() => put(lab, plain({ revision: 9, issuedAt: START + 1 })))).toBe('KEY_COMPROMISED')
    expect(await verdictOf(lab)).toBe('active')
    const robbed = bench({ now: THEFT + 60 })
    await put(robbed, plain({ revision: 9 }))
    await put(robbed, listOf({ at: robbed.now, compromised: [stolen()] }))
    expect(await verdictOf(robbed)).toBe('KEY_COMPROMISED')
    await put(robbed, plain({ revision: 2, issuedAt: THEFT + 30 }, ISSUING_2))
    expect(await verdictOf(robbed)).toBe('active')
    expect(await codeOf(() => put(robbed, plain({ revision: 10 })))).toBe('KEY_COMPROMISED')
  })

  it('a license that was signed after and dated back is refused', async () => {
    const lab = bench({ now: THEFT + 5 * DAY })
    await put(lab, listOf({ at: THEFT + DAY, compromised: [stolen()] }))
    lab.now = START + 60
    // The clock was set back too: what is signed and was seen tells the time.
    await put(lab, plain({ issuedAt: START + 30 }))
    expect(await verdictOf(lab)).toBe('KEY_COMPROMISED')
    const fresh = bench({ now: THEFT + 5 * DAY })
    await put(fresh, plain({ issuedAt: START + 30 }))
    await put(fresh, listOf({ at: THEFT + DAY, compromised: [stolen()] }))
    expect(await verdictOf(fresh)).toBe('KEY_COMPROMISED')
  })

  it('an activation counts when it was taken in before', async () => {
    for (const [at, verdict] of [
      [THEFT - 1, 'active'],
      [THEFT + 1, 'ACTIVATION_REQUIRED'],
    ] as const) {
      const lab = bench({ now: START + 60 })
      await put(lab, signed('license', open(licenseOf()).payload, ISSUING_2, chainOf(ISSUING_2)))
      const { bytes } = await request(lab.device, ASK)
      lab.now = at
      await activate(lab.device, { objects: [respond(bytes)] })
      expect(await verdictOf(lab)).toBe('active')
      lab.now = THEFT + DAY
      await put(lab, listOf({ at: lab.now, compromised: [stolen()] }))
      expect(await verdictOf(lab)).toBe(verdict)
      if (verdict === 'active') continue
      const again = await request(lab.device, { ...ASK, fresh: true })
      expect(await codeOf(() => activate(lab.device, { objects: [respond(again.bytes)] }))).toBe('KEY_COMPROMISED')
      const payload = writeAnswer('activation', activationOf(again.bytes, { issuedAt: lab.now }))
      await activate(lab.device, { objects: [signed('activation', payload, ISSUING_2, chainOf(ISSUING_2))] })
      expect(await verdictOf(lab)).toBe('active')
    }
  })

  it('an extension counts when it was taken in before', async () => {
    for (const [at, verdict] of [
      [THEFT - 1, 'active'],
      [THEFT + 1, 'LICENSE_EXPIRED'],
    ] as const) {
      const lab = bench({ now: START + 60 })
      await put(lab, plain({}, ISSUING_2))
      lab.now = at
      const cti = readLicense(open(plain())).cti
      const value = { issuedAt: at, expires: START + 2 * YEAR, cti, revision: 1 }
      await activate(lab.device, {
        objects: [signed('extension', writeAnswer('extension', value), ISSUING, certified())],
      })
      lab.now = THEFT + DAY
      await put(lab, listOf({ at: lab.now, compromised: [stolen()] }))
      lab.now = START + YEAR + 30 * DAY
      expect(await verdictOf(lab)).toBe(verdict)
    }
  })

  it('is never forgotten, and of two cut-offs the earlier counts', async () => {
    const lab = bench({ now: THEFT - DAY })
    await put(lab, plain())
    lab.now = THEFT + 5 * DAY
    await put(lab, listOf({ at: THEFT + DAY, compromised: [stolen()] }))
    expect(await verdictOf(lab)).toBe('active')
    await put(lab, listOf({ at: THEFT + 2 * DAY, compromised: [stolen(KID, THEFT - 2 * DAY)] }))
    expect(await verdictOf(lab)).toBe('KEY_COMPROMISED')
    for (const compromised of [[stolen()], []]) {
      lab.now += DAY
      await put(lab, listOf({ at: lab.now, compromised }))
      expect(await verdictOf(lab)).toBe('KEY_COMPROMISED')
    }
  })

  it('a list of the thief is refused, and gives way to any other', async () => {
    const lab = bench({ now: THEFT + DAY })
    await put(lab, plain())
    const theirs = listOf({ at: THEFT + DAY + 3600, revoked: [readLicense(open(plain())).cti.slice(0, 5)] })
    await put(lab, theirs)
    expect(await verdictOf(lab)).toBe('LICENSE_REVOKED')
    const compromised = [stolen(kidOf(LIST.publicKey), THEFT)]
    // Of an earlier number, but by another key, and about the first.
    const named = { at: THEFT + DAY, compromised, by: LIST_2 }
    expect(await codeOf(() => put(lab, listOf(named)))).toBe('CONFLICT')
    await put(lab, listOf({ ...named, list: 1 }))
    const { lists } = await put(lab, listOf(named))
    expect(lists.length).toBe(1)
    expect(await verdictOf(lab)).toBe('active')
    expect(await codeOf(() => put(lab, listOf({ at: THEFT + DAY + 7200 })))).toBe('KEY_COMPROMISED')
    const beside = await put(lab, plain(), listOf({ at: THEFT + DAY + 7200 }))
    expect([beside.stolenLists.length, beside.lists.length]).toEqual([1, 0])
  })
})

describe('a trust bundle', () => {
  it('lifts what a list says, as long as it is the newest of its root', async () => {
    const lab = bench({ now: THEFT + DAY })
    await put(lab, plain())
    await put(lab, listOf({ at: lab.now, compromised: [stolen()] }))
    expect(await verdictOf(lab)).toBe('KEY_COMPROMISED')
    expect((await put(lab, bundleOf({ version: 3, lifted: [KID] }))).bundles.length).toBe(1)
    expect(await verdictOf(lab)).toBe('active')
    const { oldBundles, bundles } = await put(lab, bundleOf({ version: 2 }))
    expect([oldBundles.length, bundles.length]).toEqual([1, 0])
    expect(await verdictOf(lab)).toBe('active')
    await put(lab, bundleOf({ version: 4 }))
    expect(await verdictOf(lab)).toBe('KEY_COMPROMISED')
  })

  it('ends a key: what it signs later is refused, licenses, answers and lists alike', async () => {
    const lab = bench({ now: START + 5 * DAY })
    await put(lab, plain({}, ISSUING_2))
    const ended: [Uint8Array, number][] = [
      [KID, START + DAY],
      [kidOf(LIST.publicKey), START + DAY],
    ]
    await put(lab, bundleOf({ ended }))
    expect(await codeOf(() => put(lab, plain({ revision: 2, issuedAt: START + DAY + 1 })))).toBe('RIGHTS_EXCEEDED')
    expect(await codeOf(() => put(lab, listOf({ at: START + DAY + 1 })))).toBe('RIGHTS_EXCEEDED')
    expect(await codeOf(() => put(lab, listOf({ at: START + DAY })))).toBe('accepted')
    expect(await codeOf(() => put(lab, plain({ revision: 2, issuedAt: START + DAY })))).toBe('accepted')
  })

  it('brings the certificate that typed lines need', async () => {
    const lab = bench({ now: START + 60 })
    await put(lab, licenseOf())
    const { bytes } = await request(lab.device, ASK)
    const value = activationOf(bytes)
    const payload = writeAnswer('activation', value)
    const header = protectedHeader('activation', kidOf(ISSUING_2.publicKey))
    const object = {
      protected: header,
      payload,
      signature: ISSUING_2.sign(toBeSigned(header, payload)),
      chain: undefined,
    }
    const typed = parseTyped(
      typedLines({
        form: 'activation',
        place: 0,
        issuedAt: value.issuedAt,
        term: termOf(value.issuedAt, value.expires),
        kidPrefix: open(assemble(object)).kid.slice(0, 3),
        signature: object.signature,
      }).join('\n'),
    )
    expect(await codeOf(() => activate(lab.device, { typed }))).toBe('UNKNOWN_KEY')
    await put(lab, bundleOf({ certificates: [chainOf(ISSUING_2)] }))
    expect(await codeOf(() => activate(lab.device, { typed }))).toBe('accepted')
    expect(await verdictOf(lab)).toBe('active')
  })

  it('comes beside an answer, and is refused from anybody but the root, or from the future', async () => {
    const lab = bench({ now: START + 60 })
    await put(lab, licenseOf())
    const { bytes } = await request(lab.device, ASK)
    const objects = [respond(bytes), bundleOf({ lifted: [KID] })]
    expect((await activate(lab.device, { objects })).bundles.length).toBe(1)
    expect(lab.device.store.read().state.bundles?.length).toBe(1)
    expect(await codeOf(() => put(lab, bundleOf({ version: 9 }, ISSUING_2)))).toBe('UNKNOWN_KEY')
    const payload = writeTrustBundle({
      issuedAt: START,
      version: 9,
      certificates: [],
      links: [],
      lifted: [],
      ended: [],
    })
    expect(await codeOf(() => put(lab, signed('trustBundle', payload, ISSUING_2, chainOf(ISSUING_2))))).toBe(
      'RIGHTS_EXCEEDED',
    )
    expect(await codeOf(() => put(lab, bundleOf({ version: 9, issuedAt: lab.now + DAY + 60 })))).toBe(
      'CLOCK_ROLLED_BACK',
    )
    expect(await codeOf(() => put(lab, concat(bundleOf({ version: 9 }), Uint8Array.of(0))))).toBe('LICENSE_INVALID')
  })
})
