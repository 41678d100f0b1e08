/** `lic key show`: everything about one key: its chain, what it signed, what became of it, which sites know no other. */

import { agentsKeys } from '../../authority/agent-signer.ts'
import { countSigned } from '../../authority/key-history.ts'
import { keyIn } from '../../authority/the-key.ts'
import { encodeBase64 } from '../../core/base64.ts'
import { toHex } from '../../core/bytes.ts'
import { listKeys } from '../../ledger/keys.ts'
import { agentOf, withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { keyData, PLACES, rightsText, stateText } from '../key-data.ts'
import type { Outcome } from '../outcome.ts'

interface ShowOptions {
  readonly key: string
}

export const keyShow = async (context: Context, { key: word }: ShowOptions): Promise<Outcome> =>
  withAuthority(context, { brand: null }, async ({ ledger, now }) => {
    const keys = await listKeys(ledger.db)
    const key = keyIn(keys, word)
    const { signed, chain, touched } = await countSigned(ledger.db, keys, key, now())
    const data = keyData(context.home, key, await agentsKeys(agentOf(context)))
    const links = chain.map((each) => ({ kid: toHex(each.kid), role: each.role, name: each.name }))
    return {
      schema: 'key',
      data: {
        ...data,
        chain: links,
        tree: key.tree && { size: key.tree.size, root: encodeBase64(key.tree.root) },
        licenses: signed.licenses,
        newest: signed.newest,
        sites: touched.sites,
        typedSites: touched.typed,
      },
      show: {
        fields: [
          ['key', { text: data.kid, tone: 'strong' }],
          ['name', data.name ?? undefined],
          ['role', data.role],
          ['state', stateText(data) ?? 'in use'],
          ['may sign', rightsText(data)],
          ['epoch', data.epoch === null ? undefined : String(data.epoch)],
          ['certified', data.until === null ? undefined : `from ${data.from} until ${data.until}`],
          [
            'chain',
            links.length === 0
              ? undefined
              : links.map(({ kid, name, role }) => `${name ?? role} ${kid}`).join(', then '),
          ],
          ['log before', key.tree ? `${key.tree.size} events, root ${encodeBase64(key.tree.root)}` : undefined],
          ['licenses', `${signed.licenses}, of ${signed.newest} the newest revision that is in use`],
          ['sites', touched.sites === 0 ? undefined : `${touched.sites}, of which ${touched.typed} know no other key`],
          ['created', data.created],
          ['file', data.path ?? undefined],
          ['private half', PLACES[data.place]],
        ],
      },
    }
  })
