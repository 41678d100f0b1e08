import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { postgresBinaries } from './harness/postgres.ts'

// Node reads the certificates that this names at each start, which takes as long as half of a command; no test goes to a network.
delete process.env.NODE_EXTRA_CA_CERTS

// The ledger's own tests run on both engines. A machine without PostgreSQL runs the rest; the gate installs it and insists.
const hasServer = process.env.LIC_TEST_POSTGRES !== undefined || postgresBinaries() !== undefined
if (!hasServer && process.env.REQUIRE_POSTGRES) throw new Error('PostgreSQL is not installed')
if (!hasServer) console.warn('PostgreSQL is not installed: the tests of the ledger run on SQLite alone')

/** Files that replace modules (`vi.mock`) or functions of the process (`vi.spyOn`). */
const REPLACING = ['test/core/equal-kids.test.ts', 'test/gate/told.test.ts']

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  resolve: { conditions: ['source', 'node'] },
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    // With SLOW=1 a test tries a million of what it tries some hundreds of.
    testTimeout: process.env.SLOW === '1' ? 3_600_000 : 60_000,
    // A process a file costs more than a thread, and what a process alone has, tests look at in real ones. Files of a thread share
    // its modules, which are loaded once; one that replaces a module has a thread of its own.
    pool: 'threads',
    isolate: false,
    // Vitest leaves one core free, which of two is half of them.
    maxWorkers: Math.max(2, availableParallelism()),
    projects: [
      { extends: true, test: { name: 'lic', include: ['test/**/*.test.ts'], exclude: REPLACING } },
      { extends: true, test: { name: 'replaced', include: REPLACING, isolate: true } },
      ...(hasServer
        ? [
            {
              extends: true as const,
              test: {
                name: 'postgres',
                include: ['test/ledger/**/*.test.ts'],
                // A file's own ways: its modes, its write-ahead log, its copies.
                exclude: ['test/ledger/open.test.ts'],
                globalSetup: ['test/harness/postgres-setup.ts'],
              },
            },
          ]
        : []),
    ],
    // Some make a whole authority with real processes, on a machine that does other things too.
    hookTimeout: 60_000,
    // `.ci/run` asks for both: what it counts, and how much of the source the tests run.
    ...(process.env.TEST_RESULTS && { reporters: ['default', ['json', { outputFile: process.env.TEST_RESULTS }]] }),
    coverage: {
      enabled: process.env.COVERAGE === '1',
      provider: 'v8',
      include: ['src/**/*.ts'],
      // A process of its own, with Chromium in front of it.
      exclude: ['src/gate/example/**'],
      reporter: ['text-summary'],
      thresholds: { lines: 85 },
    },
  },
})
