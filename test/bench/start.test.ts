/**
 * What makes commands start fast, as facts instead of times: each piece's code is accepted by the Node that built it, and a
 * command loads the pieces that it needs. Needs the bundle: `npm run build`, which `npm test` runs first.
 */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
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

// What is needed and a twentieth more. Of it, the declarations of all commands are 37,000, the parser of words 43,000, CBOR
// 34,000; a command that keeps a ledger adds 170,000 of query builder. Pages of help are loaded by help alone.
it.each([
  ['--version', 10_000, false],
  ['verify acme.lic --root root.pub', 222_000, false],
  ['inspect acme.lic', 280_000, false],
  ['request --state device', 400_000, false],
  ['issue --customer acme --product editor --tier basic --expires 1y', 553_000, true],
])('lic %s', (words, most, driver) => {
  const { bytes, ...rest } = told(words)
  expect(rest).toEqual({ status: 0, rejected: [], driver })
  expect(bytes).toBeLessThan(most)
})
