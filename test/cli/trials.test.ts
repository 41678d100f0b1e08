/** Many trials in one run, in the built program: memory does not grow with their number, and all come back. Needs the bundle. */

import { spawn, spawnSync } from 'node:child_process'
import { createReadStream, createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { size } from '../property/size.ts'

const LIC = new URL('../../bin/lic.js', import.meta.url).pathname
/** What a run of 1,000 and of 100,000 both get by with, in megabytes of old space. */
const HEAP = '--max-old-space-size=64'
/** The ledger's side holds a report of all that was ever taken in. */
const HEAP_OF_LEDGER = '--max-old-space-size=128'
const MANY = size(1_000, 100_000)

let work = ''
const env = (more: Readonly<Record<string, string>> = {}) => ({
  PATH: process.env.PATH,
  LIC_ACTOR: 'test',
  CI: '1',
  ...more,
})
const lic = (...words: string[]) => {
  const ran = spawnSync(process.execPath, [HEAP_OF_LEDGER, LIC, ...words], {
    cwd: work,
    env: env({ LIC_HOME: join(work, 'home') }),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  return { status: ran.status, out: ran.stdout, err: ran.stderr }
}
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'lic-trials-'))
  expect(lic('init', '--name', 'Acme', '--no-passphrase').status).toBe(0)
  expect(lic('product', 'add', 'editor', '--name', 'Editor').status).toBe(0)
  const key = ['--name', 'ci', '--tiers', 'trial', '--products', 'editor', '--out', 'ci.key']
  expect(lic('key', 'delegate', ...key).status).toBe(0)
})
afterAll(() => rmSync(work, { recursive: true, force: true }))

const fromStdin = (rows: string, out: string, ...more: string[]): Promise<number | null> =>
  new Promise((done) => {
    const words = ['trial', '--key', 'ci.key', '--product', 'editor', '--from', '-', '--json', ...more]
    const child = spawn(process.execPath, [HEAP, LIC, ...words], {
      cwd: work,
      env: env(),
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    createReadStream(rows).pipe(child.stdin)
    child.stdout.pipe(createWriteStream(join(work, out)))
    child.on('close', done)
  })

const idsIn = async (file: string): Promise<readonly string[]> => {
  const ids: string[] = []
  for await (const line of createInterface({ input: createReadStream(join(work, file)) })) {
    ids.push((JSON.parse(line) as { data: { id: string } }).data.id)
  }
  return ids
}

test('a run of many holds little, gives each its id, and the same ids again', { timeout: 3_600_000 }, async () => {
  const rows = join(work, 'rows.csv')
  writeFileSync(rows, `email\n${Array.from({ length: MANY }, (_, n) => `p${n}@firm${n % 500}.example`).join('\n')}\n`)
  expect(await fromStdin(rows, 'made.ndjson')).toBe(0)
  const ids = await idsIn('made.ndjson')
  expect(new Set(ids).size).toBe(MANY)
  expect(await fromStdin(rows, 'again.ndjson')).toBe(0)
  expect(await idsIn('again.ndjson')).toEqual(ids)

  // Taken in with little memory too, and once.
  const taken = lic('ledger', 'import', 'made.ndjson', '--json')
  expect(taken.status).toBe(0)
  expect(JSON.parse(taken.out).data).toMatchObject({ taken: MANY, again: 0, refused: [], customers: MANY })
  const again = lic('ledger', 'import', 'made.ndjson', '--json')
  expect(JSON.parse(again.out).data).toMatchObject({ taken: 0, again: MANY, refused: [] })
})
