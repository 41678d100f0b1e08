/** A key as commands print it: what it may sign, until when, where its private half is, and what became of it. */

import { type KeyPlace, keyPath, placeWith } from '../authority/key-places.ts'
import { formatTime } from '../authority/term.ts'
import { encodeBase64 } from '../core/base64.ts'
import { toHex } from '../core/bytes.ts'
import { type Certificate, readCertificate } from '../core/certificate.ts'
import { open } from '../core/cose.ts'
import { OBJECTS, objectName } from '../core/objects.ts'
import type { Key } from '../ledger/keys.ts'
import { isoTime } from './moment.ts'
import type { Cell } from './show.ts'

/** What signs what when no certificate says it (FORMAT 3.4, 14). */
const rootTypes = Object.values(OBJECTS).flatMap(({ type, root }) => (root ? [nameOf(type)] : []))

export type KeyData = ReturnType<typeof keyData>

/** @param offered names of the keys that the ssh-agent offers: `agentsKeys` */
export const keyData = (home: string, key: Key, offered: ReadonlySet<string> = new Set()) => {
  const certificate = key.certificate === null ? undefined : readCertificate(open(key.certificate))
  return {
    role: key.role,
    kid: toHex(key.kid),
    name: key.name,
    state: key.state,
    signs: certificate?.types.map(nameOf) ?? (key.role === 'root' ? rootTypes : []),
    caps: certificate === undefined ? null : capsOf(certificate),
    from: isoTime(key.notBefore),
    until: isoTime(key.notAfter),
    signer: key.signer === null ? null : toHex(key.signer),
    publicKey: key.publicKey === null ? null : encodeBase64(key.publicKey),
    epoch: key.epoch,
    created: formatTime(key.createdAt),
    compromised: isoTime(key.compromisedAt),
    lifted: key.lifted,
    ended: isoTime(key.endedAt),
    file: key.file,
    path: key.file === null ? null : keyPath(home, key.file),
    place:
      key.file === null ? ('absent' as const) : placeWith(offered, home, { file: key.file, publicKey: key.publicKey }),
  }
}

/** `revocationList` is written `revocation list`. */
function nameOf(type: number): string {
  return (objectName(type) ?? `type ${type}`).replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

/** Null: not capped. Terms and graces in hours. */
const capsOf = ({ products, tiers, term, grace, perpetual, only, grants }: Certificate) => ({
  products: products ?? null,
  tiers: tiers ?? null,
  maximumTermHours: term ?? null,
  maximumGraceHours: grace ?? null,
  perpetual: perpetual === true,
  only: only ?? null,
  grants: grants?.size ?? null,
})

const capsText = (caps: ReturnType<typeof capsOf> | null): readonly string[] => {
  if (caps?.grants) return [`under ${caps.grants} ${caps.grants === 1 ? 'grant' : 'grants'}: lic inspect FILE tells`]
  if (caps === null || caps.maximumTermHours === null) return []
  const days = Math.floor(caps.maximumTermHours / 24)
  return [
    `at most ${days} days${caps.perpetual ? ' or for ever' : ''}`,
    ...(caps.products === null ? [] : [`for ${caps.products.join(', ')}`]),
    ...(caps.tiers === null ? [] : [`tiers ${caps.tiers.join(', ')}`]),
    ...(caps.maximumGraceHours === null ? [] : [`grace of at most ${caps.maximumGraceHours} h`]),
    ...(caps.only === null ? [] : [`${caps.only} only`]),
  ]
}

export const rightsText = ({ role, signs, caps }: KeyData): string =>
  role === 'emergency' ? 'emergency codes' : [signs.join(', '), ...capsText(caps)].join('; ')

/** What became of it, for a person; undefined while it is in use and nothing was said of it. */
export const stateText = ({ state, compromised, lifted, ended }: KeyData): string | undefined => {
  const words = [
    ...(state === 'active' ? [] : [state === 'compromised' ? `compromised since ${compromised}` : state]),
    ...(lifted ? [`lifted, after ${compromised} was said`] : []),
    ...(ended === null ? [] : [`ended on ${ended}`]),
  ]
  return words.length === 0 ? undefined : words.join('; ')
}

export const PLACES: Readonly<Record<KeyPlace, Cell>> = {
  locked: { text: 'here, with a passphrase', tone: 'good' },
  unlocked: { text: 'here, without passphrase', tone: 'warn' },
  agent: { text: 'open in the ssh-agent', tone: 'good' },
  exposed: { text: 'here, open to others', tone: 'bad' },
  absent: { text: 'not here', tone: 'dim' },
  unreadable: { text: 'here, unreadable', tone: 'bad' },
}
