/** Where a test's ledger lies: in memory, or in a fresh schema of the server that this run of the tests has. */

import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

/** Whether these tests run on PostgreSQL. */
export const onServer = (): boolean => inject('postgres') !== undefined

export const freshPlace = async (): Promise<string> => {
  const server = inject('postgres')
  if (server === undefined) return ':memory:'
  const schema = `t${randomBytes(8).toString('hex')}`
  const client = new pg.Client(server)
  await client.connect()
  await client.query(`create schema ${schema}`)
  await client.end()
  return `${server}&options=${encodeURIComponent(`-c search_path=${schema}`)}`
}
