/** `lic key retire`: a key signs no more, and what it signed stands. */

import { maskKey } from '../core/codes/license-key.ts'
import { LicError } from '../core/errors.ts'
import { activationId } from '../core/release.ts'
import { record } from '../ledger/events.ts'
import { type Key, keyBy, listKeys } from '../ledger/keys.ts'
import type { Reader } from '../ledger/schema.ts'
import { type TypedSite, touchedBy, typedSites } from '../ledger/sites.ts'
import { type Authority, stamp, write } from './authority.ts'
import { theOneKey } from './the-key.ts'

export interface RetireInput {
  readonly key: string
  /** Although sites know no other key, or no other key of the role is in use. */
  readonly force: boolean
  readonly reason?: string | undefined
}

export interface Retired {
  readonly key: Key
  /** It was retired before. */
  readonly again: boolean
  /** Sites that can be answered by QR code or file only from now on. */
  readonly typed: number
}

/** @throws LicError NOT_FOUND, AMBIGUOUS, CONFLICT, CLOCK_SUSPECT */
export const retireKey = (authority: Authority, { key: word, force, reason }: RetireInput): Promise<Retired> =>
  write(authority, async (tx) => {
    const keys = await listKeys(tx)
    const key = theOneKey(keys, word)
    const name = key.name ?? key.role
    const typed = (await touchedBy(tx, [key.kid], authority.now())).typed
    if (key.state === 'retired') return { key, again: true, typed }
    if (key.state === 'compromised') {
      throw new LicError('CONFLICT', `${name} is compromised, and signs nothing anyway`, { hint: 'lic key list' })
    }
    if (!force) await checkDispensable(tx, authority, keys, key, typed)
    await record(
      tx,
      {
        ...stamp(authority),
        type: 'key.retired',
        entity: key.kid,
        ...(reason !== undefined && { reason }),
        data: {},
      },
      authority.random,
    )
    return { key: await keyBy(tx, key.kid), again: false, typed }
  })

const SHOWN = 5

const checkDispensable = async (
  db: Reader,
  { now }: Authority,
  keys: readonly Key[],
  key: Key,
  typed: number,
): Promise<void> => {
  const { kid, role } = key
  const name = key.name ?? role
  const others = keys.filter((each) => each.role === role && each.state === 'active' && each !== key)
  if (others.length === 0 && role !== 'delegated') {
    throw new LicError('CONFLICT', `no other ${role} key is in use`, {
      hint: `make its successor first: lic key rotate ${role}; or say that you mean it: --force`,
    })
  }
  if (typed === 0) return
  const sites = await typedSites(db, kid, now(), SHOWN)
  const more = typed > SHOWN ? `; and ${typed - SHOWN} more` : ''
  throw new LicError(
    'CONFLICT',
    `${typed} ${typed === 1 ? 'site knows' : 'sites know'} no other key than ${name}, because their last answer was typed: ${sites.map(siteText).join('; ')}${more}`,
    {
      hint: 'send each its license as file or QR code: lic show KEY --out FILE; or answer them that way from now on: --force',
      data: { sites: typed, activations: sites.map(({ anchor }) => activationId(anchor)) },
    },
  )
}

const siteText = ({ prefix, cti, customer, anchor, label }: TypedSite): string =>
  `${maskKey(prefix, cti)} of ${customer}, device ${activationId(anchor)}${label === null ? '' : ` (${label})`}`
