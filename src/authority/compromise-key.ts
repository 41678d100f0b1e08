/**
 * `lic key compromise`: from a time on somebody else may have had a key. Lists name it from then on, with the log as it was
 * before (FORMAT 11.3), and what else it signed stands nowhere. A cut-off only moves back.
 */

import { LicError } from '../core/errors.ts'
import { record } from '../ledger/events.ts'
import { type Key, keyBy, listKeys } from '../ledger/keys.ts'
import { headBefore } from '../ledger/log-head.ts'
import type { Reader } from '../ledger/schema.ts'
import type { Under } from '../ledger/signed-under.ts'
import { type Authority, stamp, write } from './authority.ts'
import { formatTime } from './term.ts'
import { keyIn, theOneKey } from './the-key.ts'

export interface CompromiseInput {
  readonly key: string
  /** Unix seconds; an epoch of the emergency secret needs none. */
  readonly at?: number | undefined
  /** Of the emergency secret; absent = the newest in use. */
  readonly epoch?: number | undefined
  readonly reason?: string | undefined
}

export interface Compromised {
  readonly key: Key
  /** It was said before. */
  readonly again: boolean
  readonly under: Under
}

/** @throws LicError NOT_FOUND, AMBIGUOUS, INVALID_INPUT, CONFLICT, CLOCK_SUSPECT */
export const compromiseKey = (authority: Authority, input: CompromiseInput): Promise<Compromised> =>
  write(authority, async (tx) => {
    const { reason } = input
    const { key, at, under } = await foreseeCompromise(tx, authority, input)
    if (isSaid(key, at)) return { key, again: true, under }
    const head = key.role === 'emergency' ? null : await headBefore(tx, at)
    await record(
      tx,
      {
        ...stamp(authority),
        type: 'key.compromised',
        entity: key.kid,
        ...(reason !== undefined && { reason }),
        data: { at, ...(head && { treeSize: head.size, treeRoot: head.root }) },
      },
      authority.random,
    )
    return { key: await keyBy(tx, key.kid), again: false, under }
  })

const isSaid = ({ state, role, compromisedAt }: Key, at: number): boolean =>
  state === 'compromised' && (role === 'emergency' || compromisedAt === at)

export interface Foreseen {
  readonly key: Key
  readonly at: number
  readonly under: Under
  /** Keys in use that it certified, and those below them: they fall with it. */
  readonly below: readonly Key[]
}

/** Which key is meant, and since when. @throws LicError as `compromiseKey` */
export const foreseeCompromise = async (
  db: Reader,
  { now }: Authority,
  { key: word, at: said, epoch }: CompromiseInput,
): Promise<Foreseen> => {
  const keys = await listKeys(db)
  const key = epoch === undefined ? theOneKey(keys, word) : ofEpoch(keys, word, epoch)
  const under = underOf(keys, key)
  const below = belowOf(keys, key).filter(({ state }) => state === 'active')
  const name = key.name ?? key.role
  // What was said once need not be said again.
  const at = said ?? (key.state === 'compromised' ? (key.compromisedAt ?? undefined) : undefined)
  if (key.role === 'emergency') return { key, at: said ?? now(), under, below }
  if (at === undefined) {
    throw new LicError('USAGE', `it is not said since when others may have had ${name}`, { hint: 'add --at TIME' })
  }
  if (at > now()) {
    throw new LicError('INVALID_INPUT', `${formatTime(at)} lies ahead: a key is compromised from some time past on`, {
      hint: 'name the last time at which the key was surely yours alone: --at TIME',
    })
  }
  if (key.state === 'compromised' && key.compromisedAt !== null && at > key.compromisedAt) {
    throw new LicError(
      'CONFLICT',
      `${name} is compromised since ${formatTime(key.compromisedAt)}, and that moves back only`,
      { hint: 'if it was never out of your hands: lic trust publish --lift KEY' },
    )
  }
  return { key, at, under, below }
}

const ofEpoch = (keys: readonly Key[], word: string, epoch: number): Key => {
  if (keyIn(keys, word).role !== 'emergency') {
    throw new LicError('USAGE', '--epoch is for the emergency secret', {
      hint: 'lic key compromise emergency --epoch N',
    })
  }
  const key = keys.find((each) => each.role === 'emergency' && each.epoch === epoch)
  if (key) return key
  throw new LicError('NOT_FOUND', `there is no epoch ${epoch} of the emergency secret`, { hint: 'lic key list' })
}

/** What hangs on a key: what it signed itself, and what was signed by keys that it certified. */
export const underOf = (keys: readonly Key[], key: Key): Under => {
  if (key.role === 'emergency') return { epoch: key.epoch ?? 0 }
  return { signers: [key, ...belowOf(keys, key)].map(({ kid }) => kid) }
}

/** The keys that it certified, and all that those certified. */
const belowOf = (keys: readonly Key[], key: Key): readonly Key[] => {
  const all = [key]
  for (const each of all) all.push(...keys.filter(({ signer }) => signer?.join() === each.kid.join()))
  return all.slice(1)
}
