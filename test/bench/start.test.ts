/**
 * What makes commands start fast, as facts instead of times: each piece's code is accepted by the Node that built it, and a
 * command loads the pieces that it needs. Needs the bundle: `npm run build`, which `npm test` runs first.
 */

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'

const ROOT = new URL('../../', import.meta.url).pathname

/** Runs a command in the built program and tells, on stderr, what it loaded. */
const TELL = `
  const { main, realIo, pieces } = require(${JSON.stringify(`${ROOT}dist/bin/load.cjs`)})
  const { statSync } = require('node:fs')
  main(process.argv.slice(2), realIo()).then((status) => {
    const loaded = [...pieces.values()]
    process.stderr.write('\\n' + JSON.stringify({
      status,
      rejected: loaded.filter(({ script }) => script.cachedDataRejected !== false).map(({ filename }) => filename),
      bytes: loaded.reduce((sum, { filename }) => sum + statSync(filename).size, 0),
      driver: Object.keys(require.cache).some((name) => name.endsWith('.node')),
    }))
  })`

interface Told {
  readonly status: number
  readonly rejected: readonly string[]
  readonly bytes: number
  readonly driver: boolean
}

let work = ''
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'lic-'))
  for (const words of [
    'init --name Acme --no-passphrase',
    'product add editor --name Editor',
    'customer add --name Acme --id acme',
    'trust export --out root.pub',
    'issue --customer acme --product editor --tier basic --expires 1y --activation required --out acme.lic',
    'install acme.lic --root root.pub --state device',
    'key delegate --name ci --tiers trial --products editor --out ci.key',
  ]) {
    expect(told(words).status).toBe(0)
  }
})
afterAll(() => rmSync(work, { recursive: true, force: true }))

const told = (words: string): Told => {
  const env = { PATH: process.env.PATH, LIC_HOME: join(work, 'home'), LIC_ACTOR: 'test', CI: '1' }
  const { stderr } = spawnSync(process.execPath, ['-e', TELL, '--', 'lic', ...words.split(' ')], {
    cwd: work,
    env,
    encoding: 'utf8',
  })
  return JSON.parse(stderr.slice(stderr.lastIndexOf('\n') + 1))
}

// What is needed and a twentieth more. Of it, the declarations of all commands are 44,000, the parser of words 43,000, CBOR
// 34,000; a command that keeps a ledger adds 170,000 of query builder. Pages of help are loaded by help alone.
it.each([
  ['--version', 10_000, false],
  ['verify acme.lic --root root.pub', 248_000, false],
  ['inspect acme.lic', 315_000, false],
  ['request --state device', 400_000, false],
  ['trial --key ci.key --product editor', 300_000, false],
  ['issue --customer acme --product editor --tier basic --expires 1y', 608_000, true],
])('lic %s', (words, most, driver) => {
  const { bytes, ...rest } = told(words)
  expect(rest).toEqual({ status: 0, rejected: [], driver })
  expect(bytes).toBeLessThan(most)
})

it('lic trial runs where no package is installed at all: no SQLite, nothing native', () => {
  const alone = join(work, 'alone')
  mkdirSync(alone)
  cpSync(join(ROOT, 'bin'), join(alone, 'bin'), { recursive: true })
  cpSync(join(ROOT, 'dist/bin'), join(alone, 'dist/bin'), { recursive: true })
  cpSync(join(ROOT, 'package.json'), join(alone, 'package.json'))
  const run = (words: readonly string[], input = '') =>
    spawnSync(process.execPath, [join(alone, 'bin/lic.js'), ...words], {
      cwd: alone,
      env: { PATH: process.env.PATH, HOME: alone, CI: '1', NODE_PATH: '' },
      encoding: 'utf8',
      input,
    })
  const trial = ['trial', '--key', join(work, 'ci.key'), '--product', 'editor']
  const made = run(trial)
  expect({ status: made.status, out: made.stdout.slice(0, 5) }).toEqual({ status: 0, out: 'LIC1-' })
  writeFileSync(join(alone, 'trial.txt'), made.stdout)
  expect(run(['verify', 'trial.txt', '--root', join(work, 'root.pub'), '--product', 'editor']).status).toBe(0)
  const many = run([...trial, '--from', '-', '--json'], 'email\nbo@example.com\nal@example.com\n')
  expect({ status: many.status, rows: many.stdout.split('\n').length }).toEqual({ status: 0, rows: 3 })
  // What needs a ledger says what is missing, and is no way around it.
  expect(run(['list']).status).not.toBe(0)
})
