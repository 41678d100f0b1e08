import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  resolve: { conditions: ['source', 'node'] },
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // Some make a whole authority with real processes, on a machine that does other things too.
    hookTimeout: 60_000,
    // `.ci/run` asks for both: what it counts, and how much of the source the tests run.
    ...(process.env.TEST_RESULTS && { reporters: ['default', ['json', { outputFile: process.env.TEST_RESULTS }]] }),
    coverage: {
      enabled: process.env.COVERAGE === '1',
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary'],
      thresholds: { lines: 85 },
    },
  },
})
