/**
 * The snippets of templates/ci, run as their CI would run them: the script as it stands in the file, by a shell, with the
 * built program and nothing of the vendor's but the key; and what they leave is taken in. Needs the bundle.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'

const ROOT = new URL('../../', import.meta.url).pathname
const template = (name: string): string => readFileSync(join(ROOT, 'templates/ci', name), 'utf8')

let work = ''
let key = ''
const lic = (words: readonly string[]): string =>
  execFileSync(process.execPath, [join(ROOT, 'bin/lic.js'), ...words], {
    cwd: work,
    env: { PATH: process.env.PATH, LIC_HOME: join(work, 'home'), LIC_ACTOR: 'test', CI: '1' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'lic-ci-'))
  mkdirSync(join(work, 'bin'))
  writeFileSync(join(work, 'bin/lic'), `#!/bin/sh\nexec '${process.execPath}' '${ROOT}bin/lic.js' "$@"\n`, {
    mode: 0o755,
  })
  lic(['init', '--name', 'Acme', '--no-passphrase'])
  lic(['product', 'add', 'editor', '--name', 'Editor', '--prefix', 'EDIT'])
  lic(['key', 'delegate', '--name', 'ci', '--tiers', 'trial', '--products', 'editor', '--out', 'ci.key'])
  key = readFileSync(join(work, 'ci.key'), 'utf8')
}, 60_000)
afterAll(() => rmSync(work, { recursive: true, force: true }))

/** As a runner does: another directory, no home, no ledger, no terminal. */
const runner = (name: string, script: string, env: Readonly<Record<string, string>>, args: readonly string[] = []) => {
  const cwd = join(work, name)
  mkdirSync(cwd, { recursive: true })
  const path = `${join(work, 'bin')}:${process.env.PATH}`
  return spawnSync('sh', ['-e', '-c', script, 'sh', ...args], {
    cwd,
    env: { PATH: path, HOME: cwd, CI: 'true', ...env },
    encoding: 'utf8',
  })
}

/** What a runner left, taken in: how many, and for whom. */
const takenIn = (journal: string): { taken: number; again: number; extended: number } =>
  JSON.parse(lic(['ledger', 'import', journal, '--json'])).data
const holderOf = (email: string): number => JSON.parse(lic(['list', '--email', email, '--json'])).data.licenses.length

interface Step {
  readonly run?: string
  readonly id?: string
  readonly env?: Readonly<Record<string, string>>
}

/** `${{ inputs.email }}` and the like, as GitHub fills them in before a step runs. */
const filled = (env: Step['env'], values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env ?? {}).map(([name, text]) => [
      name,
      text.replace(/\$\{\{ *([\w.]+) *\}\}/g, (_, of: string) => values[of] ?? `no ${of}`),
    ]),
  )

describe('GitHub Actions', () => {
  const workflow = parse(template('github-actions.yml')) as {
    readonly jobs: { readonly trial: { readonly steps: readonly Step[] } }
  }
  const { steps } = workflow.jobs.trial

  test('makes a license that the vendor takes in, and the same id when it is started again', () => {
    const step = steps.find(({ id }) => id === 'trial')
    const values = { 'secrets.LIC_KEY': key, 'inputs.email': 'hub@try.example', 'github.run_id': '4711' }
    const env = filled(step?.env, values)
    const ran = runner('github', step?.run ?? '', env)
    expect({ status: ran.status, err: ran.stderr }).toEqual({ status: 0, err: '' })
    expect(takenIn('github/trials/trial.ndjson')).toMatchObject({ taken: 1 })
    expect(runner('github', step?.run ?? '', env).status).toBe(0)
    expect(takenIn('github/trials')).toMatchObject({ taken: 0 })
    expect(holderOf('hub@try.example')).toBe(1)
  })

  test('lets nothing that somebody typed into a script', () => {
    for (const { run } of steps) expect(run ?? '').not.toContain('${{')
    const step = steps.find(({ id }) => id === 'trial')
    const hostile = { 'secrets.LIC_KEY': key, 'inputs.email': '$(touch owned)@"; touch owned', 'github.run_id': '1' }
    const ran = runner('hostile', step?.run ?? '', filled(step?.env, hostile))
    expect(ran.status).toBe(2)
    expect(runner('hostile', 'ls -A; ls -A trials', {}).stdout).toBe('trials\ntrial.ndjson\n')
  })
})

test('GitLab CI makes one too, from a key in one masked line', () => {
  const pipeline = parse(template('gitlab-ci.yml')) as Readonly<
    Record<string, { readonly script: readonly string[]; readonly variables: Record<string, string> }>
  >
  const job = pipeline['trial license']
  const env = {
    ...job?.variables,
    LIC_KEY: Buffer.from(key).toString('base64'),
    EMAIL: 'lab@try.example',
    CI_PIPELINE_ID: '99',
  }
  const ran = runner('gitlab', (job?.script ?? []).join('\n'), env)
  expect({ status: ran.status, err: ran.stderr }).toEqual({ status: 0, err: '' })
  expect(takenIn('gitlab/trials/trial.lic')).toMatchObject({ taken: 1 })
  expect(holderOf('lab@try.example')).toBe(1)
})

test('a plain shell keeps a journal and prints the code', () => {
  const env = { LIC_KEY_FILE: join(work, 'ci.key') }
  const script = template('trial.sh')
  const first = runner('shell', script, env, ['editor', 'bo@try.example'])
  expect({ status: first.status, err: first.stderr }).toEqual({ status: 0, err: '' })
  expect(first.stdout).toMatch(/^LIC1-[0-9A-Z]+\n$/)
  expect(runner('shell', script, env, ['editor', 'al@try.example', 'order 7']).status).toBe(0)
  expect(takenIn('shell/trials.ndjson')).toMatchObject({ taken: 2 })
  const refused = runner('shell', script, env, ['viewer', 'al@try.example'])
  expect(refused.status).toBe(6)
  expect(refused.stdout).toBe('')
  expect(readFileSync(join(work, 'shell/trials.ndjson'), 'utf8').split('\n').length).toBe(3)
  expect(runner('shell', script, {}, ['editor']).status).not.toBe(0)
})
