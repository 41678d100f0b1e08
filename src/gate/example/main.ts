/**
 * Starts the example: `npm run example`. Without --root it founds a vendor of its own beside its data, with the real `lic`, and says
 * where the license lies and how requests are answered.
 */

import { mkdirSync, readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { serve } from '@hono/node-server'
import { openGate } from '../index.ts'
import { accounts as accountsOf } from './accounts.ts'
import { app } from './app.ts'
import { live } from './live.ts'
import { openStore } from './store.ts'
import { standInVendor } from './vendor.ts'

const { values } = parseArgs({
  options: {
    root: { type: 'string' },
    dir: { type: 'string' },
    port: { type: 'string', default: '3000' },
    revocations: { type: 'string', default: '' },
  },
})
const dir = resolve(values.dir ?? join(process.env.XDG_STATE_HOME ?? join(homedir(), '.local/state'), 'lic-example'))
mkdirSync(dir, { recursive: true, mode: 0o700 })

const vendor = values.root === undefined ? standInVendor(join(dir, 'vendor'), process.execPath) : undefined
const now = (): number => Math.floor(Date.now() / 1000)
const asset = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')

const gate = await openGate({
  root: readFileSync(values.root ?? vendor?.root ?? '', 'utf8'),
  product: 'stockroom',
  state: join(dir, 'license'),
  version: '1.0',
  // A license may be restricted to where the product is reached, and from where.
  facts: { perRequest: ['domain', 'ip'] },
  policy: { revocations: values.revocations },
})
const store = openStore(join(dir, 'stockroom.db'))
const accounts = accountsOf(store, gate, now)
const web = app({
  ...{ gate, store, accounts, now },
  assets: {
    'style.css': { type: 'text/css; charset=utf-8', text: asset('style.css') },
    'page.js': { type: 'text/javascript; charset=utf-8', text: asset('page.js') },
  },
  publish: (text) => news.publish(text),
})
const server = serve(
  { fetch: web.fetch, port: Number(values.port), hostname: '127.0.0.1' },
  ({ port }: AddressInfo) => {
    console.log(`Stockroom listens on http://127.0.0.1:${port}`)
    for (const line of vendor?.says ?? []) console.log(line)
  },
) as Server
const news = live(server, gate, accounts)

for (const event of ['license:expired', 'license:invalid', 'license:updated', 'license:feature_disabled'] as const) {
  gate.on(event, ({ current }) => console.log(`${event}: ${current.state}: ${current.message}`))
}
gate.on('license:limit_exceeded', ({ name, limit }) => console.log(`license:limit_exceeded: ${name}: ${limit}`))

const stop = (): void => {
  news.close()
  server.close()
  server.closeAllConnections()
  void gate.close().then(() => store.close())
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
