import { describe, expect, test } from 'vitest'
import { askOf } from '../../src/cli/ask.ts'
import { contextOf } from '../../src/cli/context.ts'
import { deliver } from '../../src/cli/deliver.ts'
import { exitOf } from '../../src/cli/exits.ts'
import { main } from '../../src/cli/main.ts'
import type { Result } from '../../src/cli/outcome.ts'
import { progressOn } from '../../src/cli/progress.ts'
import { voiceOf } from '../../src/cli/voice.ts'
import { LicError } from '../../src/core/errors.ts'
import { seeded, type World, worldIo } from '../harness/world.ts'

const GLOBALS = {
  json: false,
  noInput: false,
  yes: false,
  dryRun: false,
  debug: false,
  color: true,
  plain: false,
  home: undefined,
  actor: undefined,
}
const world = (more: Partial<World> = {}) => worldIo({ cwd: '/tmp', env: {}, now: 0, random: seeded('v'), ...more })

const delivered = async (
  result: Result,
  options: { json?: boolean; tty?: boolean; env?: Record<string, string> } = {},
) => {
  const { io, stdout, stderr } = world({ env: options.env ?? {}, ...(options.tty && { answers: [] }) })
  const globals = { ...GLOBALS, json: options.json === true }
  const context = contextOf(io, await voiceOf(io, globals), globals)
  const finding = await deliver(context, result)
  return { finding, out: stdout.text, err: stderr.text, bytes: stdout.bytes }
}

const RESULT: Result = {
  schema: 'license',
  data: { key: 'K', bytes: new Uint8Array([1, 2, 3]) },
  show: [
    {
      fields: [
        ['name', { text: 'evil\u001b[2J', tone: 'good' }],
        ['left out', undefined],
      ],
    },
    { table: { columns: [{ title: 'A' }, { title: 'B' }], rows: [['1', { text: '2', tone: 'bad' }]] } },
  ],
  finding: { code: 'LICENSE_EXPIRED', message: 'it ended on 2026-05-03' },
  notes: ['wrote it'],
}

describe('a result', () => {
  test('goes to stdout, everything else to stderr', async () => {
    const { out, err, finding } = await delivered(RESULT)
    expect(out).toBe('name  evil\\u{1b}[2J\n1\t2\n')
    expect(err).toMatch(/^lic: refused LICENSE_EXPIRED: .*\nlic: hint: .*\nlic: wrote it\n$/)
    expect(finding?.code).toBe('LICENSE_EXPIRED')
  })
  test('with --json is one envelope on one line, and stderr is silent', async () => {
    const { out, err } = await delivered(RESULT, { json: true })
    expect(JSON.parse(out)).toEqual({ schema: 'lic.license/1', data: { key: 'K', bytes: 'AQID' } })
    expect(out.trimEnd()).not.toContain('\n')
    expect(err).toBe('')
  })
  test.each([
    [{}, true],
    [{ NO_COLOR: '1' }, false],
    [{ TERM: 'dumb' }, false],
  ])('on a terminal with %j is coloured: %s', async (env, colored) => {
    const { out } = await delivered(RESULT, { tty: true, env })
    expect(out.includes('\u001b[32m')).toBe(colored)
    expect(out).not.toContain('\u001b[2J')
  })
  test('FORCE_COLOR colours a pipe', async () => {
    expect((await delivered(RESULT, { env: { FORCE_COLOR: '1' } })).out).toContain('\u001b[32m')
  })
  test('of rows is NDJSON', async () => {
    const rows = (async function* () {
      for (const data of [1, 2]) yield { data, show: { text: `${data}` } }
    })()
    const finding = { code: 'BATCH_PARTIAL', message: 'one failed' } as const
    const { out, finding: given } = await delivered({ schema: 'row', rows, finding: () => finding }, { json: true })
    expect(out).toBe('{"schema":"lic.row/1","data":1}\n{"schema":"lic.row/1","data":2}\n')
    expect(given).toBe(finding)
  })
  test('as bytes goes to stdout untouched, but not to a terminal', async () => {
    const content = new Uint8Array([0xd2, 0, 255])
    const result = { schema: 'x', data: 0, show: [], files: [{ path: '-', content }] }
    expect((await delivered(result)).bytes).toEqual(content)
    await expect(delivered(result, { tty: true })).rejects.toMatchObject({ code: 'USAGE' })
  })
})

describe('an error', () => {
  test('of verification ends with 7, whatever its code', () => {
    expect(exitOf(new LicError('RIGHTS_EXCEEDED', 'x'))).toBe(6)
    expect(exitOf(new LicError('RIGHTS_EXCEEDED', 'x', { stage: 'rights' }))).toBe(7)
  })
  test('has its stack on stderr only with --debug', async () => {
    for (const [argv, shown] of [
      [['nothing'], false],
      [['nothing', '--debug'], true],
    ] as const) {
      const { io, stdout, stderr } = world()
      expect(await main(argv, io)).toBe(2)
      expect(stdout.text).toBe('')
      expect(/^ +at /m.test(stderr.text)).toBe(shown)
    }
  })
  test('of nobody is UNEXPECTED, and of a closed stderr still a status', async () => {
    const { io, stderr } = world()
    const broken = { ...io, stdout: { ...io.stdout, write: () => Promise.reject(new TypeError('boom')) } }
    expect(await main(['--version'], broken)).toBe(1)
    expect(stderr.text).toMatch(/^lic: error UNEXPECTED: boom\n/)
    const deaf = { ...broken, stderr: { ...io.stderr, write: () => Promise.reject(new Error('gone')) } }
    expect(await main(['--version'], deaf)).toBe(1)
  })
  test('of the person who pressed Ctrl-C is 130', async () => {
    const { io, stdout } = world({ signal: AbortSignal.abort() })
    expect(await main(['help'], io)).toBe(130)
    expect(stdout.text).toBe('')
  })
})

describe('a question', () => {
  const flags = { noInput: false, yes: false, dryRun: false }
  test.each([
    ['no terminal', {}, flags],
    ['CI', { answers: ['y'], env: { CI: 'true' } }, flags],
    ['LIC_NO_INPUT', { answers: ['y'], env: { LIC_NO_INPUT: '1' } }, flags],
    ['--no-input', { answers: ['y'] }, { ...flags, noInput: true }],
  ])('is not asked with %s', async (_name, more, given) => {
    const ask = askOf(world(more).io, given)
    expect(ask.interactive).toBe(false)
    await expect(ask.confirm('sure?')).rejects.toMatchObject({ code: 'CONFIRMATION_REQUIRED' })
    await expect(ask.need(undefined, '--name', 'name?')).rejects.toMatchObject({
      code: 'USAGE',
      data: { flag: '--name' },
    })
    await expect(ask.secret('passphrase')).rejects.toMatchObject({ code: 'KEY_LOCKED' })
  })
  test('is answered by a person, or by --yes', async () => {
    const ask = askOf(world({ answers: ['y', 'n', 'Acme', 'a', 'b', 'c', 'c'] }).io, flags)
    await ask.confirm('sure?')
    await expect(ask.confirm('sure?')).rejects.toMatchObject({ code: 'CONFIRMATION_REQUIRED' })
    expect(await ask.need(undefined, '--name', 'name?')).toBe('Acme')
    expect(await ask.newSecret('passphrase')).toBe('c')
    await askOf(world().io, { ...flags, yes: true }).confirm('sure?')
  })
})

test('progress speaks of long work only, with rate and time left', async () => {
  const { io, stderr } = world()
  let clock = 0
  const progress = progressOn({ ...io, elapsed: () => clock }, 'issued', 100)
  for (clock = 1_000; clock <= 20_000; clock += 1_000) await progress.step()
  await progress.end()
  expect(stderr.text).toBe('lic: issued 10/100  1/s  eta 90s\nlic: issued 20/100  1/s  eta 80s\n')
})

test('the home is --home, LIC_HOME, XDG, else below the user', async () => {
  const home = async (env: Record<string, string>, given?: string) => {
    const { io } = world({ env })
    return contextOf(io, await voiceOf(io, GLOBALS), { ...GLOBALS, home: given }).home
  }
  expect(await home({ LIC_HOME: '/l' }, 'x')).toBe('/tmp/x')
  expect(await home({ LIC_HOME: '/l', XDG_DATA_HOME: '/d' })).toBe('/l')
  expect(await home({ XDG_DATA_HOME: '/d' })).toBe('/d/lic')
  expect(await home({ XDG_DATA_HOME: 'relative' })).toBe('/tmp/.local/share/lic')
})
