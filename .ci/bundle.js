// Bundles the CLI into dist/cli: one small entry, heavy parts in chunks that load when a command needs them.
import { rm } from 'node:fs/promises'
import { build } from 'esbuild'

await rm('dist/bin', { recursive: true, force: true })
await build({
  entryPoints: { lic: 'src/cli/main.ts' },
  outdir: 'dist/bin',
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  conditions: ['source', 'node'],
  external: ['better-sqlite3'],
  chunkNames: '[name]-[hash]',
  banner: { js: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url);" },
  logLevel: 'warning',
})
