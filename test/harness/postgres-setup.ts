/** One server for all tests that run on PostgreSQL; LIC_TEST_POSTGRES names one that is there already. */

import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The URL of the database that ledgers lie in; absent: they lie in memory. */
    readonly postgres?: string
  }
}

export default async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  const url = process.env.LIC_TEST_POSTGRES
  if (url) {
    provide('postgres', url)
    return async () => undefined
  }
  // What these tests lose with the machine they make again; disks are what the threat tests are about.
  const server = await startPostgres({ fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' })
  provide('postgres', server.url)
  return () => server.remove()
}
