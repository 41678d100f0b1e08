// Bundles the CLI into dist/cli: one small entry, heavy parts in chunks that load when a command needs them.
import { rm } from 'node:fs/promises'
import { build } from 'esbuild'

// commander loads node:child_process for subcommands that are programs of their own; lic has none, and it costs start-up.
const withoutChildren = {
  name: 'without-children',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('/node_modules/commander/') ? { path: 'none', namespace: 'empty' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'module.exports = {}', loader: 'js' }))
  },
}

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
  plugins: [withoutChildren],
  chunkNames: '[name]-[hash]',
  banner: { js: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url);" },
  logLevel: 'warning',
})
