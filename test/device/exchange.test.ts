/** The customer's side of an activation: asked, answered, prolonged, given up; replayed, crashed and hostile. */

import { cpSync, rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { splitSequence } from '../../src/core/cose.ts'
import { LicError } from '../../src/core/errors.ts'
import { openRelease } from '../../src/core/release.ts'
import { parseTyped } from '../../src/core/typed-response.ts'
import { activate } from '../../src/device/verbs/activate.ts'
import { deactivate } from '../../src/device/verbs/deactivate.ts'
import { install } from '../../src/device/verbs/install.ts'
import { request } from '../../src/device/verbs/request.ts'
import { status } from '../../src/device/verbs/status.ts'
import { uninstall } from '../../src/device/verbs/uninstall.ts'
import { unlock } from '../../src/device/verbs/unlock.ts'
import { madeMachine } from '../harness/machine.ts'
import {
  activationOf,
  answer,
  type Bench,
  bench,
  CTI,
  codeAt,
  DAY,
  deviceAnchorOf,
  licenseOf,
  listOf,
  newPlaces,
  respond,
  respondTyped,
  roots,
  START,
  withEmergency,
  YEAR,
} from './vendor.ts'

const ASK = { license: undefined, product: undefined, bind: undefined, fresh: false, prolong: false }
const LEAVE = { license: undefined, buried: undefined, product: undefined }
const LOOK = { license: undefined, product: undefined, allowTest: false }

const codeOf = async (work: () => Promise<unknown>): Promise<string> => {
  try {
    await work()
  } catch (error) {
    if (error instanceof LicError) return error.code
    throw error
  }
  return 'accepted'
}
const verdictOf = async ({ device }: Bench): Promise<string> => {
  const { refused, lines } = await status(device, LOOK)
  if (lines.length === 0) return 'LICENSE_MISSING'
  return refused && !refused.judgement.ok
    ? refused.judgement.code
    : (lines[0]?.judgement.ok && lines[0].judgement.state) || 'none'
}

/** A device with the license, not activated. */
const installed = async (license = licenseOf(), own: Parameters<typeof bench>[0] = {}): Promise<Bench> => {
  const made = bench(own)
  await install(made.device, { objects: [license], roots })
  return made
}
const activated = async (
  license = licenseOf(),
  own = {},
): Promise<{ lab: Bench; asked: Uint8Array; response: Uint8Array }> => {
  const lab = await installed(license)
  const { bytes } = await request(lab.device, ASK)
  const response = respond(bytes, own)
  await activate(lab.device, { objects: [response] })
  return { lab, asked: bytes, response }
}

describe('a request', () => {
  it('is the pending one again until it is answered', async () => {
    const lab = await installed()
    const first = await request(lab.device, ASK)
    const second = await request(lab.device, ASK)
    expect(second.bytes).toEqual(first.bytes)
    expect([first.again, second.again]).toEqual([false, true])
    await activate(lab.device, { objects: [respond(first.bytes)] })
    expect((await request(lab.device, ASK)).bytes).not.toEqual(first.bytes)
  })

  it('--new starts another, and both stay answerable', async () => {
    for (const answered of [0, 1]) {
      const lab = await installed()
      const asked = [(await request(lab.device, ASK)).bytes, (await request(lab.device, { ...ASK, fresh: true })).bytes]
      expect(asked[0]).not.toEqual(asked[1])
      await activate(lab.device, { objects: [respond(asked[answered] as Uint8Array)] })
      expect(await verdictOf(lab)).toBe('active')
    }
  })

  it('is another one when the machine changed', async () => {
    const lab = await installed()
    const { bytes } = await request(lab.device, ASK)
    lab.machine = madeMachine('lab', { board: 'Another Board' })
    expect((await request(lab.device, ASK)).bytes).not.toEqual(bytes)
  })

  it('is refused to a machine that shows too little, unless it is bound by name', async () => {
    const lab = await installed(licenseOf(), { machine: madeMachine('box', { disk: null, mac: null }) })
    const refused = await request(lab.device, ASK).catch((error: LicError) => error)
    expect(refused).toMatchObject({ code: 'INVALID_INPUT', hint: expect.stringContaining('--bind id=') })
    const { bytes } = await request(lab.device, { ...ASK, bind: { kind: 'id', text: 'press-4' } })
    await activate(lab.device, { objects: [respond(bytes)] })
    expect(await verdictOf(lab)).toBe('active')
  })

  it('of a machine that shows too little is made where somebody insists, and stands for a lease while nothing differs', async () => {
    const BOX = { disk: null, mac: null }
    const lab = await installed(licenseOf(), { machine: madeMachine('box', BOX) })
    const { bytes } = await request(lab.device, { ...ASK, bind: { kind: 'machine' } })
    // Asked once so, it is shown again without saying so.
    expect(await request(lab.device, ASK)).toMatchObject({ bytes, again: true })
    const lease = START + 90 * DAY
    // Without a lease nobody would ever look again.
    expect(await codeOf(() => activate(lab.device, { objects: [respond(bytes)] }))).toBe('DEVICE_MISMATCH')
    await activate(lab.device, { objects: [respond(bytes, { expires: lease })] })
    expect(await verdictOf(lab)).toBe('active')
    for (const changed of [{ id: null }, { board: 'Another' }, { cpu: null }]) {
      lab.machine = madeMachine('box', { ...BOX, ...changed })
      expect(await verdictOf(lab)).toBe('DEVICE_MISMATCH')
    }
    // More than was there at signing changes nothing.
    lab.machine = madeMachine('box', { mac: null })
    expect(await verdictOf(lab)).toBe('active')
    lab.machine = madeMachine('box', BOX)
    lab.now = lease
    expect(await verdictOf(lab)).toBe('LEASE_ENDED')
    const again = await request(lab.device, { ...ASK, prolong: true })
    await activate(lab.device, {
      objects: [respond(again.bytes, { issuedAt: lab.now, expires: lab.now + 30 * DAY })],
    })
    expect(await verdictOf(lab)).toBe('active')
    const nothing = await installed(licenseOf(), {
      machine: madeMachine('none', { ...BOX, id: null, board: null, cpu: null }),
    })
    expect(await codeOf(() => request(nothing.device, { ...ASK, bind: { kind: 'machine' } }))).toBe('INVALID_INPUT')
  })

  it('keeps to the bindings that the line lets count', async () => {
    const lab = await installed(
      licenseOf({
        lines: new Map([
          [
            0,
            {
              product: 'editor',
              tier: 'pro',
              kind: 'subscription',
              metric: 'seat',
              activation: 'required',
              deviceRule: 8,
            },
          ],
        ]),
      }),
    )
    expect(await codeOf(() => request(lab.device, { ...ASK, bind: { kind: 'machine' } }))).toBe('INVALID_INPUT')
    expect(await codeOf(() => request(lab.device, ASK))).toBe('USAGE')
    expect(await codeOf(() => request(lab.device, { ...ASK, bind: { kind: 'id', text: 'a' } }))).toBe('accepted')
  })

  it('is not needed without activation', async () => {
    const lab = await installed(
      licenseOf({
        lines: new Map([
          [
            0,
            {
              product: 'editor',
              tier: 'pro',
              kind: 'subscription',
              metric: 'seat',
              activation: 'none',
              deviceRule: 15,
            },
          ],
        ]),
      }),
    )
    expect(await codeOf(() => request(lab.device, ASK))).toBe('ILLEGAL_MOVE')
    expect(await verdictOf(lab)).toBe('active')
  })
})

describe('an answer', () => {
  it('activates in both forms, and tells its place in both', async () => {
    const own = { place: 3 }
    const long = await activated(licenseOf(), own)
    expect(await verdictOf(long.lab)).toBe('active')
    const typed = await installed()
    const { bytes } = await request(typed.device, ASK)
    const { activation } = await activate(typed.device, { typed: parseTyped(respondTyped(bytes, own)) })
    expect(activation?.place).toBe(3)
    expect(await verdictOf(typed)).toBe('active')
    for (const { device } of [long.lab, typed]) {
      const [line] = (await status(device, LOOK)).lines
      expect(line?.judgement.activation?.answer.place).toBe(3)
    }
  })

  it('is taken in once, and again without harm', async () => {
    const { lab, response } = await activated()
    const { again } = await activate(lab.device, { objects: [response] })
    expect(again).toBe(true)
    expect(await verdictOf(lab)).toBe('active')
  })

  it('of another license, of another line, or to no request of this device: refused', async () => {
    const lab = await installed()
    const { bytes } = await request(lab.device, ASK)
    const other = await installed()
    const foreign = await request(other.device, ASK)
    const before = lab.device.store.read().generation
    const answers = {
      LICENSE_INVALID: [respond(bytes, { cti: CTI.map((b) => b ^ 1) }), respond(bytes, { line: 3 })],
      DEVICE_MISMATCH: [
        respond(foreign.bytes),
        respond(bytes, { device: foreign.request.device.map((b, i) => (i === 3 ? b ^ 1 : b)) }),
      ],
      LEASE_ENDED: [respond(bytes, { issuedAt: START, expires: START + 10 })],
      CODE_KIND: [licenseOf()],
    }
    for (const [code, each] of Object.entries(answers)) {
      for (const object of each) expect(await codeOf(() => activate(lab.device, { objects: [object] }))).toBe(code)
    }
    expect(await codeOf(() => activate(lab.device, { typed: parseTyped(respondTyped(foreign.bytes)) }))).toBe(
      'BAD_SIGNATURE',
    )
    expect(lab.device.store.read().generation).toBe(before)
    expect(await verdictOf(lab)).toBe('ACTIVATION_REQUIRED')
  })

  it('changed by one bit is refused, whichever bit', async () => {
    const lab = await installed()
    const { bytes } = await request(lab.device, ASK)
    const response = respond(bytes)
    for (let at = 0; at < response.length; at += 7) {
      const bent = response.map((b, i) => (i === at ? b ^ (1 << (at % 8)) : b))
      expect(await codeOf(async () => activate(lab.device, { objects: splitSequence(bent) }))).not.toBe('accepted')
    }
  })

  it('replayed on another machine, after release and after re-install: refused', async () => {
    const { lab, response } = await activated()
    const elsewhere = await installed(licenseOf(), { machine: madeMachine('other') })
    await request(elsewhere.device, ASK)
    expect(await codeOf(() => activate(elsewhere.device, { objects: [response] }))).toBe('DEVICE_MISMATCH')
    await deactivate(lab.device, LEAVE)
    expect(await codeOf(() => activate(lab.device, { objects: [response] }))).toBe('CONFLICT')
    await uninstall(lab.device, undefined, false)
    await install(lab.device, { objects: [licenseOf()], roots })
    expect(await codeOf(() => activate(lab.device, { objects: [response] }))).toBe('CONFLICT')
    for (const dir of Object.values(lab.places)) rmSync(dir, { recursive: true, force: true })
    await install(lab.device, { objects: [licenseOf()], roots })
    await request(lab.device, ASK)
    expect(await codeOf(() => activate(lab.device, { objects: [response] }))).toBe('DEVICE_MISMATCH')
    expect(await verdictOf(lab)).toBe('ACTIVATION_REQUIRED')
  })

  it('leases until its end', async () => {
    const { lab } = await activated(licenseOf(), { expires: START + 60 + 30 * DAY })
    lab.now = START + 30 * DAY
    expect(await verdictOf(lab)).toBe('active')
    lab.now = START + 31 * DAY
    expect(await verdictOf(lab)).toBe('LEASE_ENDED')
    const { bytes } = await request(lab.device, { ...ASK, prolong: true })
    await activate(lab.device, { objects: [respond(bytes, { issuedAt: lab.now, expires: lab.now + 3600 })] })
    expect(await verdictOf(lab)).toBe('active')
  })

  it('stands under the match rule, and no further', async () => {
    const { lab } = await activated()
    lab.machine = madeMachine('lab', { mac: '020000000001' })
    expect(await verdictOf(lab)).toBe('active')
    lab.machine = madeMachine('lab', { mac: '020000000001', board: 'B' })
    expect(await verdictOf(lab)).toBe('DEVICE_MISMATCH')
  })

  it('differs in nothing under the exact rule', async () => {
    const { lab } = await activated(
      licenseOf({
        lines: new Map([
          [
            0,
            {
              product: 'editor',
              tier: 'pro',
              kind: 'subscription',
              metric: 'seat',
              activation: 'required',
              deviceRule: 31,
            },
          ],
        ]),
      }),
    )
    expect(await verdictOf(lab)).toBe('active')
    lab.machine = madeMachine('lab', { cpu: 'Another' })
    expect(await verdictOf(lab)).toBe('DEVICE_MISMATCH')
  })

  it('brings lists and an emergency chain of its own along', async () => {
    const lab = await installed()
    const { bytes, request: asked } = await request(lab.device, ASK)
    const lease = START + 60 + 90 * DAY
    const objects = [
      respond(bytes, { expires: lease }),
      listOf({ at: START + 50 }),
      deviceAnchorOf(asked.anchor, START + 60, lease),
    ]
    const result = await activate(lab.device, { objects })
    expect([result.lists.length, result.deviceAnchor]).toEqual([1, true])
    lab.now = START + 80 * DAY
    lab.machine = madeMachine('spare')
    expect(await verdictOf(lab)).toBe('DEVICE_MISMATCH')
    const hour = (releaseAnchor: Uint8Array | undefined): string =>
      codeAt(lab.now, { releaseAnchor }, START + 60, lease)
    expect(await codeOf(() => unlock(lab.device, hour(undefined)))).toBe('NO_EMERGENCY')
    await unlock(lab.device, hour(asked.anchor))
    expect(await verdictOf(lab)).toBe('emergency')
  })
})

describe('giving up', () => {
  it('shows the code as often as asked, the license gone or not', async () => {
    const { lab, asked } = await activated()
    const first = await deactivate(lab.device, LEAVE)
    const { anchor } = activationOf(asked)
    expect(openRelease(first.code, CTI, anchor)).toBeInstanceOf(Uint8Array)
    expect((await deactivate(lab.device, LEAVE)).code).toBe(first.code)
    await uninstall(lab.device, undefined, false)
    expect(await deactivate(lab.device, LEAVE)).toMatchObject({ code: first.code, again: true })
  })

  it('is asked for before a license is taken away', async () => {
    const { lab } = await activated()
    expect(await codeOf(() => uninstall(lab.device, undefined, false))).toBe('ILLEGAL_MOVE')
    expect(await codeOf(() => uninstall(lab.device, undefined, true))).toBe('accepted')
    expect(await verdictOf(lab)).toBe('LICENSE_MISSING')
  })

  it('is not undone by an old state directory, nor by a copy of it elsewhere', async () => {
    const { lab } = await activated()
    const backup = newPlaces()
    cpSync(lab.places.dir, backup.dir, { recursive: true })
    await deactivate(lab.device, LEAVE)
    rmSync(lab.places.dir, { recursive: true })
    cpSync(backup.dir, lab.places.dir, { recursive: true })
    expect(await verdictOf(lab)).toBe('ACTIVATION_REQUIRED')
    const copy = bench({ places: { ...backup, released: lab.places.released } })
    expect(await verdictOf(copy)).toBe('ACTIVATION_REQUIRED')
  })

  it('is not undone by both copies put back, once the next list is here', async () => {
    const { lab, asked } = await activated()
    const backup = newPlaces()
    cpSync(lab.places.dir, backup.dir, { recursive: true })
    await deactivate(lab.device, LEAVE)
    const restored = bench({ places: backup })
    expect(await verdictOf(restored)).toBe('active')
    await install(restored.device, {
      objects: [listOf({ at: START + 100, anchors: [activationOf(asked).anchor] })],
      roots: [],
    })
    restored.now = START + 200
    expect(await verdictOf(restored)).toBe('ACTIVATION_REQUIRED')
  })
})

describe('a crash between any two steps', () => {
  const STEPS = ['begin', 'written', 'mirrored', 'pruned', 'recorded'] as const

  it.each(STEPS)('of deactivate, at %s: the code can be shown again, the place is given up once', async (step) => {
    const { lab, asked } = await activated()
    const crashing = lab.again((at) => {
      if (at === step) throw new Error('power')
    })
    await expect(deactivate(crashing, LEAVE)).rejects.toThrow('power')
    expect(await verdictOf(lab)).toBe(step === 'begin' ? 'active' : 'ACTIVATION_REQUIRED')
    const { code } = await deactivate(lab.device, LEAVE)
    expect(openRelease(code, CTI, activationOf(asked).anchor)).toBeInstanceOf(Uint8Array)
    expect((await deactivate(lab.device, LEAVE)).code).toBe(code)
    expect(lab.device.store.read().state.tombstones.length).toBe(1)
    expect(lab.device.store.wasReleased(activationOf(asked).anchor)).toBe(true)
  })

  it.each(STEPS.slice(0, 4))('of activate, at %s: the answer is taken in by another try', async (step) => {
    const lab = await installed()
    const { bytes } = await request(lab.device, ASK)
    const crashing = lab.again((at) => {
      if (at === step) throw new Error('power')
    })
    await expect(activate(crashing, { objects: [respond(bytes)] })).rejects.toThrow('power')
    expect(await verdictOf(lab)).toBe(step === 'begin' ? 'ACTIVATION_REQUIRED' : 'active')
    await activate(lab.device, { objects: [respond(bytes)] })
    expect(await verdictOf(lab)).toBe('active')
    expect(lab.device.store.read().state.licenses[0]?.active.length).toBe(1)
  })

  it.each(STEPS)(
    'of activate in the place of another, at %s: that one does not come back with an old state',
    async (step) => {
      const { lab, asked } = await activated()
      const backup = newPlaces()
      for (const copy of ['dir', 'mirror'] as const) cpSync(lab.places[copy], backup[copy], { recursive: true })
      const { bytes } = await request(lab.device, { ...ASK, fresh: true })
      const crashing = lab.again((at) => {
        if (at === step) throw new Error('power')
      })
      await expect(activate(crashing, { objects: [respond(bytes)] })).rejects.toThrow('power')
      expect(await verdictOf(lab)).toBe('active')
      await activate(lab.device, { objects: [respond(bytes)] })
      expect(lab.device.store.wasReleased(activationOf(asked).anchor)).toBe(true)
      expect(await verdictOf(lab)).toBe('active')
      for (const copy of ['dir', 'mirror'] as const) {
        rmSync(lab.places[copy], { recursive: true })
        cpSync(backup[copy], lab.places[copy], { recursive: true })
      }
      expect(await verdictOf(lab)).toBe('ACTIVATION_REQUIRED')
    },
  )
})

describe('an emergency code', () => {
  it('opens what has expired, for its hours, and is checked at each look', async () => {
    const { lab } = await activated(withEmergency())
    lab.now = START + YEAR + 3 * DAY
    expect(await verdictOf(lab)).toBe('LICENSE_EXPIRED')
    const { grant } = await unlock(lab.device, codeAt(lab.now))
    expect(await verdictOf(lab)).toBe('emergency')
    lab.now = grant.until - 1
    expect(await verdictOf(lab)).toBe('emergency')
    lab.now = grant.until
    expect(await verdictOf(lab)).toBe('LICENSE_EXPIRED')
  })

  it('opens what is not activated, and what was activated elsewhere', async () => {
    const lab = await installed(withEmergency())
    await unlock(lab.device, codeAt(lab.now))
    expect(await verdictOf(lab)).toBe('emergency')
    const { lab: moved } = await activated(withEmergency())
    moved.machine = madeMachine('spare')
    expect(await verdictOf(moved)).toBe('DEVICE_MISMATCH')
    await unlock(moved.device, codeAt(moved.now))
    expect(await verdictOf(moved)).toBe('emergency')
  })

  it('opens nothing that is suspended, revoked, leased out or rolled back', async () => {
    const lab = await installed(withEmergency())
    await unlock(lab.device, codeAt(lab.now))
    await install(lab.device, { objects: [listOf({ at: START + 40, suspended: [CTI.slice(0, 5)] })], roots: [] })
    expect(await verdictOf(lab)).toBe('LICENSE_SUSPENDED')
    await install(lab.device, { objects: [listOf({ at: START + 50, revoked: [CTI.slice(0, 5)] })], roots: [] })
    expect(await verdictOf(lab)).toBe('LICENSE_REVOKED')
    const { lab: leased } = await activated(withEmergency(), { expires: START + 60 + DAY })
    leased.now = START + 2 * DAY
    await unlock(leased.device, codeAt(leased.now))
    expect(await verdictOf(leased)).toBe('LEASE_ENDED')
    leased.now = START + DAY
    expect(await verdictOf(leased)).toBe('CLOCK_ROLLED_BACK')
  })

  it('of another hour, below the highest, of a dead epoch or another kind: refused', async () => {
    const lab = await installed(withEmergency())
    lab.now = START + 100 * 3600
    expect(await codeOf(() => unlock(lab.device, codeAt(lab.now + 2 * 3600)))).toBe('NO_EMERGENCY')
    expect(await codeOf(() => unlock(lab.device, codeAt(lab.now - 25 * 3600)))).toBe('NO_EMERGENCY')
    expect(await codeOf(() => unlock(lab.device, codeAt(lab.now)))).toBe('accepted')
    expect(await codeOf(() => unlock(lab.device, codeAt(lab.now - 3600)))).toBe('NO_EMERGENCY')
    const { lab: other } = await activated(withEmergency())
    const { code } = await deactivate(other.device, LEAVE)
    expect(await codeOf(() => unlock(lab.device, code))).toBe('CODE_KIND')
    await install(lab.device, { objects: [listOf({ at: lab.now, deadEpochs: [1] })], roots: [] })
    expect(await codeOf(() => unlock(lab.device, codeAt(lab.now)))).toBe('NO_EMERGENCY')
    expect(await verdictOf(lab)).toBe('ACTIVATION_REQUIRED')
  })
})

describe('an installation', () => {
  it('goes to no lower revision, and keeps the activation in a higher one', async () => {
    const { lab } = await activated()
    const later = licenseOf({ revision: 2, issuedAt: START + 10, expires: START + 2 * YEAR })
    await install(lab.device, { objects: [later], roots: [] })
    lab.now = START + YEAR + 10 * DAY
    expect(await verdictOf(lab)).toBe('active')
    expect(await codeOf(() => install(lab.device, { objects: [licenseOf()], roots: [] }))).toBe('LICENSE_SUPERSEDED')
    const other = licenseOf({ revision: 2, issuedAt: START + 11, expires: START + 2 * YEAR })
    expect(await codeOf(() => install(lab.device, { objects: [other], roots: [] }))).toBe('CONFLICT')
  })

  it('needs a root once', async () => {
    const lab = bench()
    expect(await codeOf(() => install(lab.device, { objects: [licenseOf()], roots: [] }))).toBe('USAGE')
    expect(
      await codeOf(() => install(lab.device, { objects: [licenseOf()], roots: [new Uint8Array(32).fill(7)] })),
    ).not.toBe('accepted')
    expect(await codeOf(() => install(lab.device, { objects: [licenseOf()], roots }))).toBe('accepted')
    expect(await codeOf(() => install(lab.device, { objects: [licenseOf()], roots: [] }))).toBe('accepted')
  })

  it('is moved on by an extension of that revision', async () => {
    const { lab } = await activated()
    const extension = (revision: number) =>
      answer('extension', { cti: CTI, revision, issuedAt: START + 70, expires: START + 2 * YEAR })
    expect(await codeOf(() => activate(lab.device, { objects: [extension(2)] }))).toBe('LICENSE_SUPERSEDED')
    await activate(lab.device, { objects: [extension(1)] })
    lab.now = START + YEAR + 10 * DAY
    expect(await verdictOf(lab)).toBe('active')
    lab.now = START + 2 * YEAR + 10 * DAY
    expect(await verdictOf(lab)).toBe('LICENSE_EXPIRED')
  })

  it('forgets no compromised key, whatever a later list says', async () => {
    const { lab } = await activated()
    const issuer = signerOf(await status(lab.device, LOOK))
    const entry = [issuer, START - DAY, 1, new Uint8Array(32)] as const
    await install(lab.device, { objects: [listOf({ at: START + 100, compromised: [entry] })], roots: [] })
    lab.now = START + 400
    expect(await verdictOf(lab)).toBe('KEY_COMPROMISED')
    await install(lab.device, { objects: [listOf({ at: START + 300 })], roots: [] })
    expect(await verdictOf(lab)).toBe('KEY_COMPROMISED')
  })
})

const signerOf = ({ lines }: Awaited<ReturnType<typeof status>>): Uint8Array =>
  lines[0]?.held.issuer.key.kid ?? new Uint8Array()

it('a clock that jumped ahead and came back is told right by the vendor alone', async () => {
  const { lab } = await activated()
  lab.now = START + 200 * DAY
  expect(await verdictOf(lab)).toBe('active')
  lab.now = START + 5 * DAY
  expect(await verdictOf(lab)).toBe('CLOCK_ROLLED_BACK')
  const { bytes, request: asked } = await request(lab.device, ASK)
  expect(asked.clock).toBe(true)
  await activate(lab.device, { objects: [respond(bytes, { issuedAt: START + 5 * DAY })] })
  expect(await verdictOf(lab)).toBe('active')
})
