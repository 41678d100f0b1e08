/** `lic key list`: the keys of this authority, what each may sign, and where its private half is. */

import { agentsKeys } from '../../authority/agent-signer.ts'
import { listKeys } from '../../ledger/keys.ts'
import type { KeyRole } from '../../ledger/schema.ts'
import { agentOf, withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { type KeyData, keyData, PLACES, rightsText, stateText } from '../key-data.ts'
import type { Outcome } from '../outcome.ts'
import type { Show } from '../show.ts'

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

const table = (keys: readonly KeyData[]): Show => ({
  table: {
    columns: ['role', 'kid', 'may sign', 'from', 'until', 'name', 'state', 'file', 'private half'].map((title) => ({
      title,
    })),
    rows: keys.map((key) => [
      key.role,
      key.kid,
      rightsText(key),
      key.from ?? '',
      key.until ?? '',
      key.name ?? '',
      key.state,
      key.file ?? '',
      key.place,
    ]),
  },
})

/** What does not fit in one line of a terminal. */
const block = (key: KeyData, index: number): Show => [
  ...(index === 0 ? [] : [{ text: '\n' }]),
  {
    fields: [
      [key.name ?? key.role, { text: key.kid, tone: 'strong' }],
      ['  role', key.name === null || key.name === key.role ? undefined : key.role],
      ['  state', stateText(key)],
      ['  may sign', rightsText(key)],
      ['  certified', key.until === null ? undefined : `from ${key.from} until ${key.until}`],
      ['  file', key.path ?? undefined],
      ['  private half', PLACES[key.place]],
    ],
  },
]
