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

// better-sqlite3's own JavaScript becomes a piece too. What it looks for in a dozen places, its compiled half, lies in one of
// them whenever npm installed it; where the package is missing, its import fails as it would.
const driver = {
  name: 'driver',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^better-sqlite3$/ }, () => ({ path: 'whole', namespace: 'driver' }))
    onResolve({ filter: /^bindings$/ }, ({ namespace }) =>
      namespace === 'driver' ? { path: 'bindings', external: true } : { path: 'compiled', namespace: 'driver' },
    )
    onResolve({ filter: /^compiled$/, namespace: 'driver' }, ({ path }) => ({ path, namespace: 'driver' }))
    onLoad({ filter: /.*/, namespace: 'driver' }, ({ path }) => ({ contents: DRIVER[path], resolveDir: DRIVER_HOME }))
  },
}
const DRIVER_HOME = 'node_modules/better-sqlite3'
const DRIVER = {
  whole: "require('compiled'); module.exports = require('./lib/index.js')",
  compiled: `
    const { join } = require('node:path')
    const root = join(require.resolve('better-sqlite3/package.json'), '..')
    const find = () => {
      try {
        return require(join(root, 'build/Release/better_sqlite3.node'))
      } catch {
        return require('bindings')({ bindings: 'better_sqlite3.node', module_root: root })
      }
    }
    const found = find()
    module.exports = () => found`,
}

// The WebAssembly that reads QR codes travels inside its piece: nothing else of lic is a file beside the code.
const wasm = {
  name: 'wasm',
  setup({ onLoad }) {
    onLoad({ filter: /\/src\/render\/qr-wasm\.ts$/ }, () => ({
      contents: "import bytes from 'zxing-wasm/reader/zxing_reader.wasm'; export const wasm = () => bytes",
      resolveDir: '.',
    }))
  },
}

const { outputFiles } = await build({
  ...common,
  loader: { '.wasm': 'binary' },
  entryPoints: { lic: 'src/cli/main.ts' },
  outdir: 'dist/bin',
  write: false,
  bundle: true,
  splitting: true,
  format: 'esm',
  conditions: ['source', 'node'],
  plugins: [withoutChildren, driver, wasm],
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
  // The loader reads pieces byte by byte. esbuild leaves letters in regular expressions as they are, so they are escaped here.
  const ascii = code.replace(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
  await writeFile(`${made}/${basename(path)}`, `(function(require,module,exports,meta){${ascii}\n})`)
}
await copyFile('.ci/loader.cjs', `${made}/load.cjs`)
spawnSync(process.execPath, ['.ci/warm.js', made], { stdio: 'inherit' })
await rm('dist/bin', { recursive: true, force: true })
await rename(made, 'dist/bin')
