/** Whether what cannot be replaced was ever copied: root keys, and the emergency secret that codes of every license hang on. */

import { eventsOf } from '../../ledger/history.ts'
import type { Key } from '../../ledger/keys.ts'
import type { Reader } from '../../ledger/schema.ts'
import { isAgentName } from '../agent-name.ts'
import { formatDay } from '../term.ts'
import { shellWord } from '../vault.ts'
import { type Check, ok, warn } from './check.ts'

/** What is lost with each; of the others the root makes new ones. */
const LOST = {
  root: 'with its file every later key is lost, and each product needs a release',
  emergency: 'with its file the emergency codes of every license are lost',
} as const

/** @param withKeys when a backup of the ledger took the keys along, unix seconds; null: never */
export const keyCopies = async (
  db: Reader,
  keys: readonly Key[],
  withKeys: number | null,
): Promise<readonly Check[]> => {
  const checks: Check[] = []
  for (const key of keys) {
    const { role, kid, state, file } = key
    if ((role !== 'root' && role !== 'emergency') || state !== 'active' || file === null || isAgentName(file)) continue
    const called = key.name ?? role
    const name = `copy of ${called}`
    const newest = (await eventsOf(db, 'key', kid)).findLast(({ type }) => type === 'key.copied')
    const at = Math.max(newest?.at ?? 0, withKeys !== null && withKeys >= key.createdAt ? withKeys : 0)
    if (at > 0) checks.push(ok(name, `one was made on ${formatDay(at)}`))
    else {
      const fix = `lic key backup ${shellWord(called)} --sheet ${shellWord(`${called}.html`)}`
      checks.push(warn(name, `none is recorded: ${LOST[role]}`, fix))
    }
  }
  return checks
}
