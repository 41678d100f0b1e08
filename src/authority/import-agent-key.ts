/**
 * `lic key import --agent`: a key that an ssh-agent holds, on a token or in memory, becomes one of the authority's. The root
 * certifies it as it certifies those of `lic init`. Invariant: it is certified only after it has signed for us, and once.
 */

import { concat, equal, toHex, utf8 } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import { importPublicKey } from '../core/keys.ts'
import { record } from '../ledger/events.ts'
import { type Key, listKeys } from '../ledger/keys.ts'
import type { Tx } from '../ledger/schema.ts'
import { type AgentDoor, agentName } from './agent-name.ts'
import { agentAt, agentSigner, offeredText } from './agent-signer.ts'
import { type Authority, stamp, write } from './authority.ts'
import { type CertifiedRole, certificateOf, certify } from './certify.ts'
import { checkName } from './checked.ts'
import { checkFreeName, nextName } from './key-lines.ts'
import { nearest } from './nearest.ts'
import { openRoot } from './roots.ts'
import { type AgentKey, locked, type Offered } from './ssh-agent.ts'
import { fingerprint, isSshLine, readSshLine } from './ssh-key.ts'

export interface ImportAgentKeyInput {
  /** Fingerprint, comment or `.pub` line of the key; absent = the only one that is not the authority's yet. */
  readonly key?: string | undefined
  readonly role: CertifiedRole
  /** Absent = the role and a number. */
  readonly name?: string | undefined
  readonly reason?: string | undefined
}

export interface ImportedKey {
  readonly kid: Uint8Array
  readonly role: CertifiedRole
  readonly name: string
  readonly publicKey: Uint8Array
  /** What the ledger holds as its file. */
  readonly file: string
  /** Unix seconds; the last of its window. */
  readonly notAfter: number
}

/** What is signed to see that the agent does sign: no CBOR, and so no part of any object. */
const TRIAL = utf8('lic key import: does this key sign? ')

/**
 * @throws LicError KEY_LOCKED when the agent is out of reach, locked or refuses; NOT_FOUND, AMBIGUOUS for the key in it;
 * CONFLICT when the key was certified before, or its name is another's; as `write` and the root's key do
 */
export const importAgentKey = async (
  authority: Authority,
  door: AgentDoor,
  input: ImportAgentKeyInput,
): Promise<ImportedKey> => {
  const { db } = authority.ledger
  const offered = await agentAt(door).list()
  const known = await listKeys(db)
  const chosen = choose(offered, known, input.key)
  const { kid } = importPublicKey(chosen.publicKey)
  const file = agentName(chosen.publicKey)
  const name =
    input.name === undefined
      ? nextName(known, { name: input.role, role: input.role })
      : checkName('the name', input.name)
  const signer = await agentSigner(door, file)
  await signer.sign(concat(TRIAL, authority.random(16)))
  const root = await openRoot(authority, known, undefined)
  const certificate = certificateOf(input.role, chosen.publicKey, authority.now())
  return write(authority, async (tx: Tx) => {
    const keys = await listKeys(tx)
    checkNew(keys, kid)
    checkFreeName(keys, { name, role: input.role })
    await record(
      tx,
      {
        ...stamp(authority),
        type: 'key.created',
        entity: kid,
        ...(input.reason !== undefined && { reason: input.reason }),
        data: { role: input.role, name, file, publicKey: chosen.publicKey },
      },
      authority.random,
    )
    await certify(tx, authority, certificate, root)
    return { kid, role: input.role, name, publicKey: chosen.publicKey, file, notAfter: certificate.expires }
  })
}

const choose = (offered: Offered, known: readonly Key[], wanted: string | undefined): AgentKey => {
  const { keys, others } = offered
  if (keys.length === 0 && others.length === 0) {
    throw locked(
      'the ssh-agent offers no key: it is empty, or locked',
      'ssh-add FILE adds a key; ssh-add -X opens a locked agent',
    )
  }
  if (keys.length === 0) {
    throw new LicError('NOT_FOUND', `the ssh-agent offers no Ed25519 key: ${offeredText(offered)}`, {
      hint: 'make one and add it: ssh-keygen -t ed25519 -f FILE && ssh-add FILE',
      data: { kinds: [...new Set(others)] },
    })
  }
  if (wanted !== undefined) return named(keys, wanted)
  const isKnown = ({ publicKey }: AgentKey): boolean =>
    known.some((key) => key.publicKey && equal(key.publicKey, publicKey))
  const fresh = keys.filter((key) => !isKnown(key))
  const [only, ...more] = fresh
  if (only === undefined) throw certifiedBefore(importPublicKey((keys[0] as AgentKey).publicKey).kid)
  if (more.length > 0) throw several(fresh)
  return only
}

const named = (keys: readonly AgentKey[], wanted: string): AgentKey => {
  const line = isSshLine(wanted) ? readSshLine(wanted) : undefined
  const found = keys.filter(({ publicKey, comment }) =>
    line === undefined
      ? [fingerprint(publicKey), fingerprint(publicKey).slice('SHA256:'.length), comment].includes(wanted)
      : equal(publicKey, line),
  )
  const [only, ...more] = found
  if (more.length > 0) throw several(found)
  if (only !== undefined) return only
  const near =
    line === undefined
      ? nearest(
          wanted,
          keys.map(({ comment }) => comment),
        )
      : undefined
  throw new LicError('NOT_FOUND', 'the ssh-agent offers no Ed25519 key of that name', {
    hint: near ? `did you mean ${near}?` : 'name it by its comment or fingerprint: ssh-add -l',
  })
}

const several = (keys: readonly AgentKey[]): LicError => {
  const candidates = keys.map(({ publicKey, comment }) => `${fingerprint(publicKey)} ${comment}`.trim())
  return new LicError('AMBIGUOUS', `the ssh-agent offers ${keys.length} keys: ${candidates.join(', ')}`, {
    hint: 'name one by its comment or fingerprint: lic key import --agent SHA256:...',
    data: { candidates },
  })
}

const checkNew = (keys: readonly Key[], kid: Uint8Array): void => {
  if (keys.some((key) => equal(key.kid, kid))) throw certifiedBefore(kid)
}

const certifiedBefore = (kid: Uint8Array): LicError =>
  new LicError('CONFLICT', `the key ${toHex(kid)} is one of this authority already`, {
    hint: 'a key is certified once: other rights are another key: ssh-keygen -t ed25519 -f FILE && ssh-add FILE',
  })
