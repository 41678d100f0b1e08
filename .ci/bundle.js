// Bundles the CLI into dist/bin: one small entry, and pieces that load when a command needs them. esbuild splits ES modules
// only, so it splits first; then each piece is made a function, which .ci/loader.cjs calls.
import { spawnSync } from 'node:child_process'
import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { build, transform } from 'esbuild'

const common = { platform: 'node', target: 'node20.19', minify: true }

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

const { outputFiles } = await build({
  ...common,
  entryPoints: { lic: 'src/cli/main.ts' },
  outdir: 'dist/bin',
  write: false,
  bundle: true,
  splitting: true,
  format: 'esm',
  conditions: ['source', 'node'],
  external: ['better-sqlite3'],
  plugins: [withoutChildren],
  chunkNames: '[name]-[hash]',
  logLevel: 'warning',
})

// Made aside and moved into place, so that a command that starts meanwhile finds the old pieces or the new ones.
const made = `dist/.bin-${process.pid}`
await mkdir(made, { recursive: true })
for (const { path, text } of outputFiles) {
  const { code } = await transform(text, {
    ...common,
    format: 'cjs',
    supported: { 'dynamic-import': false },
    define: { 'import.meta': 'meta' },
  })
  await writeFile(`${made}/${basename(path)}`, `(function(require,module,exports,meta){${code}\n})`)
}
await copyFile('.ci/loader.cjs', `${made}/load.cjs`)
spawnSync(process.execPath, ['.ci/warm.js', made], { stdio: 'inherit' })
await rm('dist/bin', { recursive: true, force: true })
await rename(made, 'dist/bin')
