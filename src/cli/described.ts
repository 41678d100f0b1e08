/**
 * What is inside bytes that somebody handed over: signed objects one behind the other, or a request. Each says whether it
 * was checked. Invariant: what is `verified` was signed by a key whose chain ends in one of the roots given; a forged
 * object throws, as everywhere.
 */

import { handOver } from '../authority/hand-over.ts'
import { type AnswerName, type Answers, readAnswer } from '../core/answers.ts'
import { toHex } from '../core/bytes.ts'
import { type Cbor, type CborMap, LIST_LIMITS } from '../core/cbor.ts'
import { readCertificate, readRootLink } from '../core/certificate.ts'
import type { Trust } from '../core/chain.ts'
import { spell } from '../core/codes/spoken.ts'
import { open, openArray, type Signed, splitSequence } from '../core/cose.ts'
import { readDevice, SLOTS } from '../core/device.ts'
import { kidOf, type PublicKey } from '../core/keys.ts'
import { devicesOf, seatsOf } from '../core/license.ts'
import { objectName } from '../core/objects.ts'
import { activationId } from '../core/release.ts'
import { type AskedRequest, readAsked, requestLines } from '../core/request.ts'
import { readListClaims, readRevocationList } from '../core/revocation.ts'
import { signedBy } from '../core/signed-by.ts'
import { readBundleClaims } from '../core/trust-bundle.ts'
import { isUsage, readUsage } from '../core/usage.ts'
import { authenticate } from '../core/verify.ts'
import { licenseData } from './license-data.ts'
import { isoTime } from './moment.ts'
import type { Cell, Show } from './show.ts'
import { describedUsage } from './usage.ts'

/** What it is held against; without roots nothing is checked. */
export interface Against {
  readonly roots: readonly PublicKey[] | undefined
  readonly now: number
}

type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain }

/** The first bytes of the two forms of a request (FORMAT 16): a byte string of thirty, an array of three. */
const REQUEST_HEADS: readonly (number | undefined)[] = [0x58, 0x83]

/** @throws LicError LICENSE_INVALID for what is neither; with roots, as the readers of core do */
export const described = (bytes: Uint8Array, against: Against) => {
  if (REQUEST_HEADS.includes(bytes[0])) return [describedRequest(readAsked(bytes))]
  if (isUsage(bytes)) return [describedUsage(readUsage(bytes), bytes.length)]
  const items = splitSequence(bytes)
  const certificates = items.filter((item) => opened(item).type === 'certificate')
  return items.map((item) => describedObject(item, against, certificates))
}
export type Described = ReturnType<typeof described>[number]

/** Nobody signs a request, so there is nothing to check. */
export const describedRequest = ({ request, bytes, details }: AskedRequest) => ({
  type: 'request',
  verified: null,
  by: null,
  bytes: bytes.length,
  content: {
    // The first five bytes of an id are the first two groups of its key.
    keyBegins: keyOf(Uint8Array.of(...request.ctiPrefix, 0, 0, 0, 0, 0)).slice(0, 11),
    line: request.line,
    ...deviceData(request.device),
    activation: activationId(request.anchor),
    clock: request.clock,
    code: requestLines(bytes),
    details: {
      label: details.label,
      machineName: details.machineName,
      os: details.os,
      appVersion: details.appVersion,
      binding: details.binding,
      at: details.at === undefined ? undefined : isoTime(details.at),
    },
  },
})

/** The key behind its prefix, which stands in the license alone. */
const keyOf = (cti: Uint8Array): string => spell('key', cti).join('-')

const deviceData = (device: Uint8Array) => {
  const { binding, present } = readDevice(device)
  return { binding, slots: SLOTS.filter((_, slot) => present[slot]), device: toHex(device) }
}

/** Certificates and links may stand without the tag, as they do in a chain. */
const opened = (bytes: Uint8Array): Signed => (bytes[0] === 0xd2 ? open : openArray)(bytes, LIST_LIMITS)

const describedObject = (bytes: Uint8Array, against: Against, certificates: readonly Uint8Array[]) => {
  const signed = opened(bytes)
  return {
    type: signed.type,
    ...checkOf(signed, bytes, against, certificates),
    bytes: bytes.length,
    algorithm: 'Ed25519',
    kid: toHex(signed.kid),
    chain: chainOf(signed),
    content: contentOf(signed, bytes),
    claims: plain(signed.claims),
  }
}

/** `verified` null: nobody checked. */
const checkOf = (signed: Signed, bytes: Uint8Array, { roots, now }: Against, certificates: readonly Uint8Array[]) => {
  if (!roots) return { verified: null, by: null }
  const trust = { roots, certificates }
  if (signed.type === 'license') {
    return { verified: true, by: toHex(authenticate(bytes, trust).issuer.keys.at(-1)?.kid ?? signed.kid) }
  }
  if (signed.type === 'revocationList') readRevocationList(bytes, { ...trust, now })
  return { verified: true, by: rootOf(signed, trust) }
}

/** The root that stands behind the signature of any object. @throws LicError as `signedBy` */
const rootOf = (signed: Signed, trust: Trust): string => toHex(signedBy(signed, trust).keys.at(-1)?.kid ?? signed.kid)

const contentOf = (signed: Signed, bytes: Uint8Array) => {
  switch (signed.type) {
    case 'license':
      return licenseData(handOver(bytes))
    case 'certificate':
      return certificateData(signed)
    case 'activation':
      return activationData(readAnswer('activation', signed))
    case 'extension':
      return extensionData(readAnswer('extension', signed))
    case 'deviceAnchor':
      return deviceAnchorData(readAnswer('deviceAnchor', signed))
    case 'revocationList':
      return listData(signed)
    case 'trustBundle':
      return bundleData(signed)
    case 'rootLink':
      return linkData(signed)
    default:
      return undefined
  }
}

const ofLicense = ({ cti, issuedAt, expires }: Answers[AnswerName]) => ({
  id: toHex(cti),
  key: keyOf(cti),
  issued: isoTime(issuedAt),
  expires: isoTime(expires),
})

const activationData = (answer: Answers['activation']) => ({
  ...ofLicense(answer),
  line: answer.line,
  ...deviceData(answer.device),
  activation: activationId(answer.anchor),
  clock: answer.clock === true,
  place: answer.place ?? null,
})

const extensionData = (answer: Answers['extension']) => ({ ...ofLicense(answer), revision: answer.revision })

const deviceAnchorData = (answer: Answers['deviceAnchor']) => {
  const [epoch, baseHour, hours] = answer.chain
  return {
    ...ofLicense(answer),
    revision: answer.revision,
    activation: activationId(answer.anchor),
    epoch,
    from: isoTime(baseHour * 3600),
    hours,
  }
}

const listData = (signed: Signed) => {
  const { subject, issuedAt, expires, fields } = readListClaims(signed)
  return {
    list: subject,
    published: isoTime(fields.number),
    issued: isoTime(issuedAt),
    expires: isoTime(expires),
    compromised: fields.compromised.map(([kid, cutoff, size, root]) => ({
      kid: toHex(kid),
      cutoff: isoTime(cutoff),
      size,
      root: toHex(root),
    })),
    activations: fields.anchors.map(activationId),
    deadEpochs: fields.deadEpochs,
    revokedIds: (fields.revoked ?? []).map(toHex),
    suspendedIds: (fields.suspended ?? []).map(toHex),
  }
}

const linkData = (signed: Signed) => {
  const { issuedAt, publicKey } = readRootLink(signed)
  return { issued: isoTime(issuedAt), publicKey: toHex(publicKey), kid: toHex(kidOf(publicKey)) }
}

const bundleData = (signed: Signed) => {
  const { issuedAt, version, certificates, links, lifted, ended } = readBundleClaims(signed)
  return {
    version,
    issued: isoTime(issuedAt),
    certificates: certificates.map((each) => {
      const certificate = openArray(each)
      return { kid: toHex(kidOf(readCertificate(certificate).publicKey)), ...certificateData(certificate) }
    }),
    links: links.map((each) => linkData(openArray(each))),
    lifted: lifted.map(toHex),
    ended: ended.map(([kid, time]) => ({ kid: toHex(kid), at: isoTime(time) })),
  }
}

const certificateData = (signed: Signed) => {
  const { publicKey, starts, expires, types, grants, ...caps } = readCertificate(signed)
  return {
    publicKey: toHex(publicKey),
    starts: isoTime(starts),
    expires: isoTime(expires),
    maySign: types.map((type) => objectName(type) ?? type),
    caps: Object.fromEntries(Object.entries(caps).filter(([, value]) => value !== undefined)),
    grants: [...(grants?.keys() ?? [])],
    granted: [...(grants ?? [])].map(([grant, { line, term, grace, test }]) => ({
      grant,
      product: line.product ?? null,
      tier: line.tier ?? null,
      maximumTermHours: term,
      graceHours: grace,
      seats: seatsOf(line),
      devices: devicesOf(line),
      test: test === true,
    })),
  }
}

/** The certificates behind an object, its signer's first. */
const chainOf = (
  signed: Signed,
): readonly { type: string; kid: string; content: ReturnType<typeof certificateData> | undefined }[] => {
  if (!signed.chain) return []
  const link = openArray(signed.chain)
  const content = link.type === 'certificate' ? certificateData(link) : undefined
  return [{ type: link.type, kid: toHex(link.kid), content }, ...chainOf(link)]
}

/** Claims as JSON: maps by their keys as text, bytes in hexadecimal. */
const plain = (value: Cbor): Plain => {
  if (value instanceof Uint8Array) return value.length > 64 ? `${value.length} bytes` : toHex(value)
  if (value instanceof Map) {
    return Object.fromEntries([...(value as CborMap)].map(([key, item]) => [String(key), plain(item)]))
  }
  return Array.isArray(value) ? (value as readonly Cbor[]).map(plain) : (value as Plain)
}

const UNCHECKED: Cell = { text: 'NOT VERIFIED: anyone could have written this', tone: 'warn' }

/** For a person: the frame as fields, what is inside as JSON. */
export const pageOf = (item: Described): readonly Show[] => {
  if (!('kid' in item)) {
    const checked: Cell = { text: `NOT VERIFIED: nobody signs a ${item.type}`, tone: 'warn' }
    return [
      {
        fields: [
          ['object', `${item.type}, ${item.bytes} bytes`],
          ['checked', checked],
        ],
      },
      { text: JSON.stringify(item.content, null, 2) },
    ]
  }
  const checked: Cell = item.verified ? { text: `verified, up to the root ${item.by}`, tone: 'good' } : UNCHECKED
  return [
    {
      fields: [
        ['object', `${item.type}, ${item.bytes} bytes`],
        ['checked', checked],
        ['signed by', item.kid],
        ...item.chain.map((link): [string, string] => [link.type, `signed by ${link.kid}`]),
      ],
    },
    { text: JSON.stringify(item.content ?? item.claims, null, 2) },
  ]
}
