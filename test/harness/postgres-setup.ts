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
  const server = await startPostgres()
  provide('postgres', server.url)
  return () => server.remove()
}
