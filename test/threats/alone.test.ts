/**
 * Nobody there: no terminal, no controlling terminal, stdin closed. Whatever the command and however incomplete its words,
 * it ends by itself, soon, with a status of the table, and on failure it names what was missing and prints nothing.
 */

import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Command } from '../../src/cli/declare.ts'
import { OFFERED } from '../../src/cli/program.ts'
import { ERRORS } from '../../src/core/error-table.ts'
import { BIN, type Ended, environment, type Home, makeHome } from './process.ts'

/** Milliseconds: far more than any command needs, far less than a person who never comes. */
const PATIENCE = 5_000

let home: Home
beforeAll(async () => {
  home = await makeHome()
})
afterAll(() => rmSync(home.dir, { recursive: true, force: true }))

/** `setsid` takes the controlling terminal away, `<&-` closes stdin instead of giving it an end. */
const alone = (words: readonly string[]): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const shell = ['-c', 'exec "$@" <&-', 'sh', process.execPath, BIN, ...words]
    const child = spawn('setsid', ['--wait', 'sh', ...shell], {
      cwd: home.dir,
      env: environment(home.env),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PATIENCE,
      killSignal: 'SIGKILL',
    })
    const out: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk: Buffer) => {
        out[name] += chunk.toString()
      })
    }
    child.on('error', reject)
    child.on('close', (status, signal) => resolve({ status, signal, ...out }))
  })

const STATUSES = new Set<number>([0, ...Object.values(ERRORS).map(({ exit }) => exit)])

const check = ({ status, signal, stdout, stderr }: Ended): void => {
  expect(signal).toBeNull()
  expect(STATUSES).toContain(status)
  expect(status).not.toBe(1)
  if (status === 0 || status === 7 || status === 10) return
  expect(stdout).toBe('')
  expect(stderr).toMatch(/^lic: error [A-Z_]+: /m)
  expect(stderr).toMatch(/^lic: hint: /m)
}

const namesOf = ({ usage }: Command): readonly string[] => usage.split(' ').filter((word) => /^[a-z]/.test(word))

/** What stands behind `lic` in an example, up to what belongs to the shell. */
const exampleOf = ({ examples: [first] }: Command): readonly string[] => {
  const own = /(?:^|\| )lic (.*?)(?: [<|>] .*)?$/.exec(first)?.[1] ?? ''
  return [...own.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
}

describe.each(OFFERED.map((command) => [namesOf(command).join(' '), command] as const))('lic %s', (_, command) => {
  test('with nothing said', async () => check(await alone(namesOf(command))), PATIENCE * 2)
  test('with its first example', async () => check(await alone(exampleOf(command))), PATIENCE * 2)
  test('with "-" where a file is due', async () => check(await alone([...namesOf(command), '-'])), PATIENCE * 2)
})
