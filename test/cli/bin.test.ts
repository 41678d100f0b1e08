/** The few things that only the real process shows. Needs the bundle: `npm run build`, which `npm test` runs first. */

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { VERSION } from '../../src/cli/version.ts'

const ROOT = new URL('../../', import.meta.url).pathname
const BIN = `${ROOT}bin/lic.js`
const sh = (script: string) => spawnSync('sh', ['-c', script, 'sh', process.execPath, BIN], { encoding: 'utf8' })

test('the version is that of package.json', () => {
  const manifest: unknown = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'))
  expect(manifest).toMatchObject({ version: VERSION })
  expect(sh('"$1" "$2" --version')).toMatchObject({ status: 0, stdout: `lic ${VERSION}\n`, stderr: '' })
})

test('a failure ends with its status and an empty stdout', () => {
  expect(sh('"$1" "$2" hepl')).toMatchObject({ status: 2, stdout: '' })
})

test('a reader who leaves early is an error that needs no words where nothing was changed', async () => {
  const child = spawn(process.execPath, [BIN, 'help'], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  const [[status], stderr] = await Promise.all([once(child, 'close'), text(child.stderr)])
  expect(stderr).toBe('')
  expect(status).toBe(1)
})

test('a full disk under stdout is DISK_FULL', () => {
  expect(sh('"$1" "$2" help > /dev/full')).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^lic: error DISK_FULL/),
  })
})

test('the built pieces are ASCII, since they are read byte by byte', () => {
  const pieces = readdirSync(`${ROOT}dist/bin`).filter((name) => name.endsWith('.js'))
  expect(pieces.length).toBeGreaterThan(20)
  const odd = pieces.filter((name) => readFileSync(`${ROOT}dist/bin/${name}`).some((byte) => byte > 127))
  expect(odd).toEqual([])
})
