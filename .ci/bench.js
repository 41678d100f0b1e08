// Bundles test/bench and runs it on plain Node, as a product would run the library: no test runner in between.
// `node .ci/bench.js large` makes the ledger of ten million instead.
import { rm } from 'node:fs/promises'
import { build } from 'esbuild'

// Read by Node at each start, it would slow down what commands are held against.
delete process.env.NODE_EXTRA_CA_CERTS

const [name = 'main', ...args] = process.argv.slice(2)
const root = new URL('..', import.meta.url).pathname
// Two folders down, like everything built: templates are looked for from there.
const outfile = `${root}dist/bench/${process.pid}.js`
await build({
  entryPoints: [`${root}test/bench/${name}.ts`],
  outfile,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  conditions: ['source', 'node'],
  logLevel: 'warning',
})
try {
  const { run } = await import(outfile)
  await run(root, args)
} finally {
  await rm(outfile, { force: true })
}
