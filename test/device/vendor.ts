/**
 * A vendor for tests of the customer's side: licenses and answers signed with test keys through core's own writers, and a
 * device with a state of its own. Nothing of the authority is used, so that both sides meet in the formats alone.
 */

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { Secret } from '../../src/authority/secret.ts'
import { fileSigner, type LocalSigner } from '../../src/authority/signer.ts'
import { type Activation, type AnswerName, type Answers, writeAnswer } from '../../src/core/answers.ts'
import { concat } from '../../src/core/bytes.ts'
import { open } from '../../src/core/cose.ts'
import { anchorOf, type ChainSubject, emergencyCode, spanOf } from '../../src/core/emergency.ts'
import { type License, writeLicense } from '../../src/core/license.ts'
import { readRequest } from '../../src/core/request.ts'
import { writeRevocationList } from '../../src/core/revocation.ts'
import { termOf, typedLines } from '../../src/core/typed-response.ts'
import { type Device, openDevice } from '../../src/device/device.ts'
import type { Machine } from '../../src/device/machine.ts'
import type { Places, Step } from '../../src/device/state/store.ts'
import { madeMachine } from '../harness/machine.ts'
import { seeded } from '../harness/world.ts'
import { certified, ISSUING, ROOT, signed } from '../property/signing.ts'

export const START = 1_790_000_000
export const DAY = 86_400
export const YEAR = 365 * DAY
export const CTI = Uint8Array.from({ length: 10 }, (_, i) => i * 17)
export const roots = [ROOT.publicKey]
const K_E = { epoch: 1, secret: new Uint8Array(32).fill(9) }

/** A license of one product, to be activated on one of five places. */
export const licenseOf = (own: Partial<License> = {}): Uint8Array => {
  const license: License = {
    issuedAt: START,
    expires: START + YEAR,
    cti: CTI,
    prefix: 'EDIT',
    revision: 1,
    grace: 48,
    licensee: { name: 'Globex GmbH' },
    lines: new Map([
      [
        0,
        {
          product: 'editor',
          tier: 'pro',
          kind: 'subscription',
          metric: 'seat',
          seats: 5,
          activation: 'required',
          deviceRule: 15,
        },
      ],
    ]),
    ...own,
  }
  return signed('license', writeLicense(license), ISSUING, certified())
}

/** With an emergency anchor, its chain from the hour of issue. */
export const withEmergency = (own: Partial<License> = {}): Uint8Array => {
  const { issuedAt = START, expires = START + YEAR, revision = 1 } = own
  return licenseOf({ anchor: anchorOf(K_E, { cti: CTI, revision }, spanOf(issuedAt, expires)), ...own })
}

/** The code of an hour. @param issued what the anchor was signed with */
export const codeAt = (
  time: number,
  subject: Partial<ChainSubject> = {},
  issued = START,
  expires: number | undefined = START + YEAR,
): string =>
  emergencyCode(K_E, { cti: CTI, revision: 1, ...subject }, spanOf(issued, expires), Math.floor(time / 3600)).join('-')

export const answer = <N extends AnswerName>(
  name: N,
  value: Answers[N],
  chain: Uint8Array | undefined = certified(),
): Uint8Array => signed(name, writeAnswer(name, value), ISSUING, chain)

export const activationOf = (request: Uint8Array, own: Partial<Activation> = {}): Activation => {
  const { device, anchor, line, clock } = readRequest(request)
  return { issuedAt: START + 60, cti: CTI, device, anchor, line, clock: clock ? true : undefined, ...own }
}

/** The answer to a request, as QR code and file carry it. */
export const respond = (request: Uint8Array, own: Partial<Activation> = {}): Uint8Array =>
  answer('activation', activationOf(request, own))

/** The same as five lines. */
export const respondTyped = (request: Uint8Array, own: Partial<Activation> = {}): string => {
  const activation = activationOf(request, own)
  const object = open(answer('activation', activation))
  return typedLines({
    form: activation.clock ? 'activation with clock' : 'activation',
    place: activation.place ?? 0,
    issuedAt: activation.issuedAt,
    term: termOf(activation.issuedAt, activation.expires),
    kidPrefix: object.kid.slice(0, 3),
    signature: object.signature,
  }).join('\n')
}

export const deviceAnchorOf = (anchor: Uint8Array, issuedAt: number, expires: number): Uint8Array =>
  answer('deviceAnchor', {
    issuedAt,
    expires,
    cti: CTI,
    revision: 1,
    anchor,
    chain: anchorOf(K_E, { cti: CTI, revision: 1, releaseAnchor: anchor }, spanOf(issuedAt, expires)),
  })

interface ListWish {
  readonly at: number
  readonly list?: number
  readonly anchors?: readonly Uint8Array[]
  readonly revoked?: readonly Uint8Array[]
  readonly suspended?: readonly Uint8Array[]
  readonly compromised?: readonly (readonly [Uint8Array, number, number, Uint8Array])[]
  readonly deadEpochs?: readonly number[]
  readonly by?: LocalSigner
}

const signerOf = (byte: number): LocalSigner => fileSigner(new Secret(new Uint8Array(32).fill(byte)))
/** Keys of fixed seeds, certified for one sort of object each. Never trust them. */
export const LIST = signerOf(0x53)
export const LIST_2 = signerOf(0x54)
export const ISSUING_2 = signerOf(0x55)

/** The certificate of a key that signs lists, or of the second that issues. */
export const chainOf = (signer: LocalSigner): Uint8Array =>
  certified({
    publicKey: signer.publicKey,
    ...(signer === ISSUING_2 ? {} : { types: [4], perpetual: undefined }),
  })

export const listOf = ({
  at,
  list = 0,
  anchors = [],
  revoked,
  suspended,
  compromised = [],
  deadEpochs = [],
  by = LIST,
}: ListWish): Uint8Array =>
  signed(
    'revocationList',
    writeRevocationList({
      list,
      issuedAt: at,
      number: at,
      zlib: new Uint8Array(deflateSync(new Uint8Array(1))),
      compromised: compromised as never,
      anchors,
      deadEpochs,
      revoked,
      suspended,
    }),
    by,
    chainOf(by),
  )

export const together = concat

/** A device whose clock and machine a test turns. */
export interface Bench {
  readonly device: Device
  readonly places: Places
  now: number
  machine: Machine
  /** Another process on the same state. */
  again(reached?: (step: Step) => void): Device
}

export const newPlaces = (): Places => {
  const root = mkdtempSync(join(tmpdir(), 'lic-device-'))
  return { dir: join(root, 'state'), mirror: join(root, 'mirror'), released: join(root, 'released') }
}

let counter = 0
export const bench = ({ places = newPlaces(), machine = madeMachine('lab'), now = START + 30 } = {}): Bench => {
  const random = seeded(`device ${counter++}`)
  const bench: Bench = {
    places,
    now,
    machine,
    again: (reached) =>
      openDevice({
        places,
        shared: false,
        machine: bench.machine,
        now: () => bench.now,
        random,
        ...(reached && { reached }),
      }),
    get device() {
      return bench.again()
    },
  }
  return bench
}
