/** `lic inspect`: what is inside any signed object, checked or not, and always marked which. Needs no ledger. */

import { handOver } from '../../authority/hand-over.ts'
import { toHex } from '../../core/bytes.ts'
import { type Cbor, type CborMap, LIST_LIMITS } from '../../core/cbor.ts'
import { readCertificate } from '../../core/certificate.ts'
import { open, openArray, type Signed, splitSequence } from '../../core/cose.ts'
import type { PublicKey } from '../../core/keys.ts'
import { objectName } from '../../core/objects.ts'
import { readRevocationList } from '../../core/revocation.ts'
import { authenticate } from '../../core/verify.ts'
import type { Context } from '../context.ts'
import { licenseData } from '../handover.ts'
import { readObject } from '../input.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'
import type { Cell, Show } from '../show.ts'
import { rootsFrom } from './verify.ts'

interface InspectOptions {
  readonly object: string
  readonly root: string | undefined
}

type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain }

export const inspect = async (context: Context, { object, root }: InspectOptions): Promise<Outcome> => {
  const { bytes } = await readObject(context, object)
  const roots = root === undefined ? undefined : rootsFrom(context, root)
  const items = splitSequence(bytes).map((item) => describe(item, roots, context.io.now()))
  return {
    schema: 'object',
    data: { objects: items },
    show: items.flatMap(pageOf),
    ...(roots === undefined && { notes: ['nothing here was checked; add --root FILE to check it'] }),
  }
}

const describe = (bytes: Uint8Array, roots: readonly PublicKey[] | undefined, now: number) => {
  // Certificates and links may stand without the tag, as they do in a chain.
  const signed = bytes[0] === 0xd2 ? open(bytes, LIST_LIMITS) : openArray(bytes, LIST_LIMITS)
  return {
    type: signed.type,
    ...checkOf(signed, bytes, roots, now),
    bytes: bytes.length,
    algorithm: 'Ed25519',
    kid: toHex(signed.kid),
    chain: chainOf(signed),
    content: contentOf(signed, bytes),
    claims: plain(signed.claims),
  }
}

/** `verified` null: nobody checked. A forged object throws, as everywhere. */
const checkOf = (signed: Signed, bytes: Uint8Array, roots: readonly PublicKey[] | undefined, now: number) => {
  if (!roots) return { verified: null, by: null }
  if (signed.type === 'license')
    return { verified: true, by: toHex(authenticate(bytes, { roots }).issuer.keys.at(-1)?.kid ?? signed.kid) }
  if (signed.type === 'revocationList') {
    readRevocationList(bytes, { roots, now })
    return { verified: true, by: toHex(signed.kid) }
  }
  return { verified: null, by: null }
}

const contentOf = (signed: Signed, bytes: Uint8Array) => {
  if (signed.type === 'license') return licenseData(handOver(bytes))
  if (signed.type === 'certificate') return certificateData(signed)
  return undefined
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

const pageOf = (item: ReturnType<typeof describe>): readonly Show[] => {
  const checked: Cell = item.verified
    ? { text: `verified, up to the root ${item.by}`, tone: 'good' }
    : { text: 'NOT VERIFIED: anyone could have written this', tone: 'warn' }
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
