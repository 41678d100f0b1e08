/** Keys that are out of use: whether lists name those that are compromised, what is still signed by them, and old files. */

import { existsSync } from 'node:fs'
import { equal, toHex } from '../../core/bytes.ts'
import { readRevocationList } from '../../core/revocation.ts'
import type { Examined } from '../../ledger/health.ts'
import { type Key, listKeys } from '../../ledger/keys.ts'
import { newestList } from '../../ledger/revocation-lists.ts'
import type { Reader } from '../../ledger/schema.ts'
import { signedObject } from '../../ledger/signed-objects.ts'
import { countUnder } from '../../ledger/signed-under.ts'
import { listNumbers } from '../../ledger/status-indexes.ts'
import { underOf } from '../compromise-key.ts'
import { newestOf } from '../key-lines.ts'
import { keyPath } from '../key-places.ts'
import { subjectOf } from '../publish-revocations.ts'
import { ownTrust } from '../sealing.ts'
import { formatTime } from '../term.ts'
import { shellWord } from '../vault.ts'
import { type Check, counted, fail, type Machine, ok, warn } from './check.ts'

const PUBLISH = 'lic revocations publish --out revoked.lrl --force'
const NAME = 'compromised keys'

/** Nothing where no key is compromised; else what is left to be done, one finding. */
export const stolenKeys = async ({ db }: Examined, { now }: Machine): Promise<Check> => {
  const keys = await listKeys(db)
  const stolen = keys.filter(({ state }) => state === 'compromised')
  if (stolen.length === 0) return ok(NAME, 'none')
  const missing = await missingIn(db, stolen, now)
  if (missing.length > 0) {
    const names = missing.map(({ name, role }) => name ?? role).join(', ')
    return fail(NAME, `the newest lists do not name ${names}, so no device knows`, PUBLISH)
  }
  for (const key of stolen) {
    const { role, kid, name } = key
    if (newestOf(keys.filter((each) => each.role === role)) === undefined) {
      return fail(NAME, `${name ?? role} is compromised, and no other ${role} key is in use`, `lic key rotate ${role}`)
    }
    const { newest } = await countUnder(db, underOf(keys, key), now)
    if (newest === 0) continue
    const word =
      role === 'emergency'
        ? `emergency --epoch ${key.epoch}`
        : `${toHex(kid).slice(0, 8)} --at ${formatTime(key.compromisedAt ?? 0)}`
    return warn(
      NAME,
      `${counted(newest, 'license')} in use ${newest === 1 ? 'hangs' : 'hang'} on ${name ?? role}, and are not signed again yet`,
      `lic key compromise ${word} --reissue --out-dir reissued`,
    )
  }
  return ok(NAME, `${counted(stolen.length, 'key')}; every list names them, and nothing in use hangs on them`)
}

/** Those that a newest list does not name as the ledger has them. */
const missingIn = async (db: Reader, stolen: readonly Key[], now: number): Promise<readonly Key[]> => {
  const trust = await ownTrust(db)
  const dealt = await listNumbers(db)
  const missing = new Set<Key>()
  for (const number of dealt.length > 0 ? dealt : [0]) {
    const newest = await newestList(db, subjectOf(number))
    const list =
      newest &&
      readRevocationList((await signedObject(db, newest.event)).bytes, { ...trust, now: Math.max(now, newest.number) })
    for (const key of stolen) {
      const named =
        key.role === 'emergency'
          ? list?.deadEpochs.includes(key.epoch ?? -1)
          : list?.compromised.some(([kid, at]) => equal(kid, key.kid) && at === key.compromisedAt)
      if (!named) missing.add(key)
    }
  }
  return [...missing]
}

/** Files of keys that sign no more, where they still are. An old emergency secret is needed for older licenses. */
export const oldFiles = ({ home }: Machine, keys: readonly Key[]): readonly Check[] => {
  const left = keys
    .filter(({ state, role }) => state !== 'active' && role !== 'emergency')
    .flatMap(({ file }) => (file === null ? [] : [keyPath(home, file)]))
    .filter(existsSync)
  if (left.length === 0) return []
  const files = left.map(shellWord).join(' ')
  return [
    warn(
      'old keys',
      `${left.join(', ')} ${left.length === 1 ? 'signs' : 'sign'} no more, and ${left.length === 1 ? 'is' : 'are'} still here`,
      `mv ${files} /path/elsewhere/`,
    ),
  ]
}
