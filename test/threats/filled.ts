/**
 * A vendor's home in which everything has happened that can: the customers of the fixture with a license each, renewals,
 * changes, revocations, activations, an emergency code, lists, checkpoints, and a customer who was forgotten.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'csv-stringify/sync'
import { COLUMNS, CUSTOMERS, customers } from '../fixtures/make-customers.ts'
import { SLOW } from './process.ts'
import { type Handed, type Room, room } from './room.ts'

/** Customers of the fixture that are taken in. */
export const FILLED = SLOW ? CUSTOMERS : 120

export interface Filled extends Room {
  /** Checkpoints that were kept elsewhere, oldest first. */
  readonly checkpoints: readonly { readonly size: number; readonly note: string }[]
  /** Keys of licenses: one for each of the first customers. */
  readonly keys: readonly string[]
}

/** @param env of every command */
export const filledRoom = async (count = FILLED, env: Readonly<Record<string, string>> = {}): Promise<Filled> => {
  const at = await room({ env })
  const checkpoints: { size: number; note: string }[] = []
  const checkpoint = async (): Promise<void> => {
    checkpoints.push(await at.data<{ size: number; note: string }>(['ledger', 'checkpoint']))
  }
  await at.data(['product', 'add', 'viewer', '--name', 'Viewer'])
  await at.data(['bundle', 'add', 'suite', '--name', 'Suite', '--product', 'editor', '--product', 'viewer'])
  await at.data(['trust', 'export', '--out', 'root.pub'])
  await checkpoint()
  const file = join(at.dir, 'rows.csv')
  // Those who share an address have to be told apart by a person.
  const rows = customers().filter(([, email = '']) => !email.startsWith('orders@'))
  writeFileSync(file, stringify([[...COLUMNS], ...rows.slice(0, count).map((row) => [...row])]))
  const bulk = ['issue', '--from', file, '--product', 'editor', '--expires', '1y', '--json']
  const issued = await at.run(bulk)
  if (issued.status !== 0) throw new Error(`${issued.err}${issued.out}`.slice(0, 2000))
  const lines = issued.out.trimEnd().split('\n')
  const keys = lines.map((line) => (JSON.parse(line) as { data: Handed }).data.key)
  await checkpoint()
  const [a = '', b = '', c = '', d = '', e = '', f = '', g = ''] = keys
  await at.data(['renew', a, '--for', '1y'])
  await at.data(['renew', b, '--for', '6mo', '--reason', 'goodwill', '--idempotency-key', 'renew b'])
  await at.data(['change', a, '--seats', '7'])
  await at.data(['revoke', c, '--reason', 'chargeback', '--yes'])
  await at.data(['suspend', d, '--reason', 'open invoice'])
  await at.data(['cancel', e, '--reason', 'ended', '--yes'])
  await at.data(['note', f, '--label', 'north site', '--tag', 'vip', '--note', 'call first'])
  await at.data(['transfer', g, '--to', 'acme', '--reason', 'merger', '--yes'])
  await at.data(['customer', 'edit', 'acme', '--company', 'Acme Holdings'])
  const own = [...'issue --customer acme --product editor --tier professional --activation required'.split(' ')]
  const { key } = await at.data<Handed>([...own, '--seats', '2', '--expires', '1y', '--out', 'own.lic'])
  await at.data(['install', 'own.lic', '--root', 'root.pub', '--state', 'device'])
  const { code } = await at.data<{ code: string }>(['request', key, '--state', 'device'])
  const answered = await at.data<{ code: string }>(['respond', code, '--label', 'Paint shop', '--reason', 'ticket 12'])
  await at.data(['activate', answered.code, '--state', 'device'])
  const released = await at.data<{ code: string }>(['deactivate', key, '--state', 'device', '--yes'])
  await at.data(['activation', 'release', key, '--code', released.code])
  const second = await at.data<{ code: string }>(['request', key, '--state', 'device', '--new'])
  await at.data(['respond', second.code, '--lease', '90d'])
  await at.data(['emergency', key, '--reason', 'night shift'])
  await at.data(['revocations', 'publish', '--out', 'list.lrl'])
  await checkpoint()
  await at.data(['customer', 'add', '--id', 'gone', '--name', 'Gone GmbH', '--email', 'who@gone.example'])
  await at.data(['issue', '--customer', 'gone', '--product', 'viewer', '--tier', 'basic', '--expires', '1y'])
  const forget = ['customer', 'forget', 'gone', '--reason', 'asked for it', '--with-licenses', '--confirm', 'gone']
  await at.data(forget)
  await checkpoint()
  await at.data(['brand', 'add', 'other', '--name', 'Other', '--prefix', 'OTHR'])
  await at.data(['renew', b, '--for', '1mo'])
  return { ...at, checkpoints, keys }
}
