// Bundles the CLI into dist/bin: one small entry, and pieces that load when a command needs them. esbuild splits ES modules
// only, so it splits first; then each piece is made a function, which .ci/loader.cjs calls.
import { spawnSync } from 'node:child_process'
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
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

// The kit: the customer's commands in one file for a machine that has Node and nothing else. Another list of commands stands in
// for the whole one, and nothing is split. The WebAssembly is packed, as it is most of the file.
const KIT = { 'program.ts': 'program.ts', 'own-book.ts': 'own-book.ts', 'completion/answer.ts': 'answer.ts' }
const forKit = {
  name: 'for-kit',
  setup({ onResolve, onLoad }) {
    const cli = resolve('src/cli')
    onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, resolveDir }) => {
      const name = relative(cli, resolve(resolveDir, path)).replaceAll('\\', '/')
      return Object.hasOwn(KIT, name) ? { path: join(cli, 'kit', KIT[name]) } : undefined
    })
    onLoad({ filter: /\/src\/render\/qr-wasm\.ts$/ }, async () => {
      const bytes = brotliCompressSync(await readFile('node_modules/zxing-wasm/dist/reader/zxing_reader.wasm'))
      return {
        contents: `import { brotliDecompressSync } from 'node:zlib'
          export const wasm = () => brotliDecompressSync(Buffer.from('${bytes.toString('base64')}', 'base64'))`,
        resolveDir: '.',
      }
    })
  },
}

const kit = await build({
  ...common,
  stdin: {
    contents: `import { main, realIo } from './src/cli/main.ts'
      import { calledAs } from './src/cli/kit/started.ts'
      main(process.argv.slice(2), realIo(calledAs(process))).then((status) => {
        process.exitCode = status
        if (status === 130) process.exit()
      })`,
    resolveDir: '.',
  },
  banner: { js: '#!/usr/bin/env node' },
  write: false,
  bundle: true,
  format: 'cjs',
  metafile: true,
  conditions: ['source', 'node'],
  plugins: [withoutChildren, forKit],
  logLevel: 'warning',
})
const packages = new Set(Object.keys(kit.metafile.inputs).map((path) => /^node_modules\/([^/]+)/.exec(path)?.[1]))
const vendors = ['kysely', 'better-sqlite3', 'age-encryption'].filter((name) => packages.has(name))
if (vendors.length > 0) throw new Error(`the kit must not hold ${vendors.join(', ')}`)
await mkdir('dist/kit', { recursive: true })
await writeFile(`dist/kit/.lic-${process.pid}`, kit.outputFiles[0].contents)
await rename(`dist/kit/.lic-${process.pid}`, 'dist/kit/lic.cjs')

// The example of a product, to be started from here: its server with the packages beside it, and the script of its pages.
const example = 'src/gate/example'
await build({
  entryPoints: [`${example}/main.ts`],
  outdir: 'dist/example',
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  conditions: ['source', 'node'],
  logLevel: 'warning',
})
await build({
  entryPoints: [`${example}/browser/page.ts`],
  outdir: 'dist/example',
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  logLevel: 'warning',
})
await copyFile(`${example}/style.css`, 'dist/example/style.css')
