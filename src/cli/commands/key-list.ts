/** `lic key list`: the keys of this authority, what each may sign, and where its private half is. */

import { agentsKeys } from '../../authority/agent-signer.ts'
import { type KeyPlace, keyPath, placeWith } from '../../authority/key-places.ts'
import { formatTime } from '../../authority/term.ts'
import { encodeBase64 } from '../../core/base64.ts'
import { toHex } from '../../core/bytes.ts'
import { type Certificate, readCertificate } from '../../core/certificate.ts'
import { open } from '../../core/cose.ts'
import { OBJECTS, objectName } from '../../core/objects.ts'
import { type Key, listKeys } from '../../ledger/keys.ts'
import type { KeyRole } from '../../ledger/schema.ts'
import { agentOf, withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'
import type { Cell, Show } from '../show.ts'

export const keyList = async (context: Context): Promise<Outcome> =>
  withAuthority(context, { brand: null }, async ({ ledger }) => {
    const offered = await agentsKeys(agentOf(context))
    const keys = (await listKeys(ledger.db)).map((key) => keyData(context.home, key, offered))
    keys.sort((a, b) => ORDER.indexOf(a.role) - ORDER.indexOf(b.role))
    const exposed = keys.filter(({ place }) => place === 'exposed')
    return {
      schema: 'keys',
      data: { keys },
      show: context.io.stdout.isTTY ? keys.map(block) : table(keys),
      notes: exposed.map(({ path }) => `others can read ${path}, so it is not used: chmod 600 ${path}`),
    }
  })

/** From the one that signs the others down. */
const ORDER: readonly KeyRole[] = ['root', 'issuing', 'list', 'audit', 'emergency', 'delegated']

type ListedKey = ReturnType<typeof keyData>

const rightsText = ({ role, signs, caps }: ListedKey): string =>
  role === 'emergency' ? 'emergency codes' : [signs.join(', '), ...capsText(caps)].join('; ')

const table = (keys: readonly ListedKey[]): Show => ({
  table: {
    columns: ['role', 'kid', 'may sign', 'from', 'until', 'file', 'private half'].map((title) => ({ title })),
    rows: keys.map((key) => [
      key.role,
      key.kid,
      rightsText(key),
      key.from ?? '',
      key.until ?? '',
      key.file ?? '',
      key.place,
    ]),
  },
})

/** What does not fit in one line of a terminal. */
const block = (key: ListedKey, index: number): Show => [
  ...(index === 0 ? [] : [{ text: '\n' }]),
  {
    fields: [
      [key.role, { text: key.kid, tone: 'strong' }],
      ['  state', key.state === 'active' ? undefined : key.state],
      ['  may sign', rightsText(key)],
      ['  certified', key.until === null ? undefined : `from ${key.from} until ${key.until}`],
      ['  file', key.path ?? undefined],
      ['  private half', PLACES[key.place]],
    ],
  },
]

/** What signs what when no certificate says it (FORMAT 3.4, 14). */
const rootTypes = Object.values(OBJECTS).flatMap(({ type, root }) => (root ? [nameOf(type)] : []))

const keyData = (home: string, key: Key, offered: ReadonlySet<string>) => {
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
    ...(caps.only === null ? [] : [`${caps.only} only`]),
  ]
}

const PLACES: Readonly<Record<KeyPlace, Cell>> = {
  locked: { text: 'here, with a passphrase', tone: 'good' },
  unlocked: { text: 'here, without passphrase', tone: 'warn' },
  agent: { text: 'open in the ssh-agent', tone: 'good' },
  exposed: { text: 'here, open to others', tone: 'bad' },
  absent: { text: 'not here', tone: 'dim' },
  unreadable: { text: 'here, unreadable', tone: 'bad' },
}
