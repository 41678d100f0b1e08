/** License ids that nothing has: 80 random bits whose first 40 no other license of the ledger has (a request names it by them). */

import { ctiPrefix } from '../ledger/licenses.ts'
import type { Tx } from '../ledger/schema.ts'
import type { Authority } from './authority.ts'

export const freshCtis = async (tx: Tx, count: number, random: Authority['random']): Promise<Uint8Array[]> => {
  const free = new Map<number, Uint8Array>()
  while (free.size < count) {
    const drawn = new Map<number, Uint8Array>()
    while (drawn.size < count - free.size) {
      const cti = random(10)
      if (!free.has(ctiPrefix(cti))) drawn.set(ctiPrefix(cti), cti)
    }
    const known = tx
      .selectFrom('licenses')
      .select('cti_prefix')
      .where('cti_prefix', 'in', [...drawn.keys()])
    const taken = new Set((await known.execute()).map((row) => row.cti_prefix))
    for (const [prefix, cti] of drawn) if (!taken.has(prefix)) free.set(prefix, cti)
  }
  return [...free.values()]
}

export const freshCti = async (tx: Tx, random: Authority['random']): Promise<Uint8Array> =>
  (await freshCtis(tx, 1, random))[0] as Uint8Array
