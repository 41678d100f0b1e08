// Loads the pieces of the built CLI, as require would. Beside a piece lies the code that V8 made of it when it was built, so
// that a command neither resolves paths nor compiles; another Node than the builder's refuses that code and compiles.
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { Script } = require('node:vm')

const pieces = new Map()

const compiledCode = (filename) => {
  try {
    return readFileSync(`${filename}.code`)
  } catch {
    return undefined
  }
}

const load = (name) => {
  if (!name.startsWith('./')) return require(name)
  const known = pieces.get(name)
  if (known) return known.module.exports
  const module = { exports: {} }
  const filename = join(__dirname, name)
  // Pieces are ASCII, which V8 holds in one byte a character.
  const script = new Script(readFileSync(filename, 'latin1'), { filename: name, cachedData: compiledCode(filename) })
  pieces.set(name, { module, script, filename })
  script.runInThisContext()(load, module, module.exports, meta)
  return module.exports
}

load.resolve = require.resolve

/** What `import.meta` was. */
const meta = {
  get url() {
    return require('node:url').pathToFileURL(__filename).href
  },
}

module.exports = { ...load('./lic.js'), pieces }
