/**
 * Plays a transcript: the behaviour of the command line, readable as a session. Each `exec` runs main() in this
 * process, in a directory of its own, against an Io that the steps before it have set up.
 *
 *   exec lic WORDS      must exit 0         ! exec lic WORDS   must not
 *   exec node FILE WORDS                  the kit as it was built, in a process of its own, by the clock of the real machine
 *   exit N              of the exec before  stdin FILE|stdout  for the next exec
 *   stdout RE           the output matches  ! stdout RE        it does not (`.`: it is empty); also stderr
 *   cmp A B             the same bytes; A or B may be stdout or stderr; UPDATE=1 rewrites B's section
 *   exists F... / ! exists F...             mode 0600 F
 *   cp A B · rm F · mkdir D · chmod 0644 F  A may be stdout or stderr
 *   env NAME=VALUE      NAME= takes it away clock ISO | +3d | -2h    seed TEXT
 *   columns N                             the width of the terminal from here on
 *   at SIDE                               from here on everything lies in a directory of that name: files, ledger, state
 *   paper FILE                            the stdout before as a person types it off a sheet, on the side where we are:
 *                                         the numbered lines where there are some, else all of it
 *   machine NAME [SLOT=TEXT]...           what it runs on from here on (machine.ts); `SLOT=` takes a slot away
 *   count DIR PRODUCT NAME N PERIOD[=MAX]   a product on the device in DIR uses something N times, within a limit
 *   agent KEY...                          SSH_AUTH_SOCK leads to an agent with these keys from here on (fake-agent.ts); alone: to none
 *   tty FILE...         the next exec is on a terminal; a person answers with these lines
 *   capture NAME stdout data.key            NAME stdout 'RE with (one) group'; then $NAME
 *   json stdout data.seats 5                the field, as text
 *
 * Whatever is played with --json is held against the published schemas (json.ts), in success and in failure.
 *
 * Set from the start: LIC_HOME=$WORK/home, LIC_ACTOR=tester, $WORK, 2026-06-01T00:00:00Z, seed `lic`.
 */

import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { main } from '../../src/cli/main.ts'
import type { Machine } from '../../src/device/machine.ts'
import { countOn } from './count.ts'
import { type FakeAgent, fakeAgent } from './fake-agent.ts'
import { checkHints } from './hints.ts'
import { checkJson } from './json.ts'
import { type Made, madeMachine } from './machine.ts'
import { parseScript, type Step, withFiles } from './script.ts'
import { type Recorder, seeded, worldIo } from './world.ts'

type Written = Pick<Recorder, 'bytes' | 'text'>

interface Ended {
  readonly status: number
  readonly stdout: Written
  readonly stderr: Written
}

interface State {
  /** Where names of files begin. */
  work: string
  readonly env: Record<string, string | undefined>
  readonly variables: Map<string, string>
  readonly files: Map<string, string>
  readonly update: boolean
  updated: boolean
  columns: number
  machine: Machine
  now: number
  random: (length: number) => Uint8Array
  stdin: Uint8Array | undefined
  answers: string[] | undefined
  readonly agents: FakeAgent[]
  last: Ended | undefined
}

const fail = (message: string): never => {
  throw new Error(message)
}

const bytesOf = (state: State, name: string): Uint8Array => {
  if (name !== 'stdout' && name !== 'stderr') return readFileSync(resolve(state.work, name))
  return (state.last ?? fail('nothing was run yet'))[name].bytes
}
const textOf = (state: State, name: string): string => new TextDecoder().decode(bytesOf(state, name))

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

const moved = (now: number, word: string): number => {
  const [, sign, count, unit = ''] = /^([+-])(\d+)([smhd])$/.exec(word) ?? []
  if (count !== undefined) return now + (sign === '-' ? -1 : 1) * Number(count) * (UNITS[unit] ?? 0)
  const at = Date.parse(word)
  return Number.isNaN(at) ? fail(`no time: ${word}`) : at / 1000
}

const field = (json: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((at, key) => {
    if (typeof at !== 'object' || at === null) return undefined
    return Object.entries(at).find(([name]) => name === key)?.[1]
  }, json)

const scalar = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined'))

type Verb = (state: State, words: readonly string[], negated: boolean) => void | Promise<void>

const matches: (name: 'stdout' | 'stderr') => Verb =
  (name) =>
  (state, [pattern = ''], negated) => {
    const text = textOf(state, name)
    if (new RegExp(pattern, 'mu').test(text) === negated) fail(negated ? `${name} matches` : `${name} does not match`)
  }

const written = (bytes: Buffer): Written => ({ bytes: new Uint8Array(bytes), text: bytes.toString() })

const execKit = (state: State, [file = '', ...argv]: readonly string[], negated: boolean): void => {
  const { status, ...printed } = spawnSync(process.execPath, [file, ...argv], {
    argv0: 'node',
    cwd: state.work,
    env: { ...state.env, CI: 'true' },
    input: state.stdin ?? '',
  })
  const last = { status: status ?? -1, stdout: written(printed.stdout), stderr: written(printed.stderr) }
  state.last = last
  state.stdin = undefined
  checkJson(argv, last.status, { stdout: last.stdout.text, stderr: last.stderr.text }, false)
  checkHints(argv, last.stderr.text.replaceAll(`node ${file} `, 'lic '))
  if ((last.status !== 0) !== negated) fail(`exit status ${last.status}`)
}

const VERBS: Readonly<Record<string, Verb>> = {
  exec: async (state, [program, ...argv], negated) => {
    if (program === 'node') return execKit(state, argv, negated)
    if (program !== 'lic') fail(`only lic is played, not ${program}`)
    const { work: cwd, env, now, random, stdin, answers, columns, machine } = state
    const played = worldIo({
      cwd,
      env,
      now,
      random,
      columns,
      machine,
      ...(stdin && { stdin }),
      ...(answers && { answers }),
    })
    state.last = { ...played, status: await main(argv, played.io) }
    state.stdin = undefined
    state.answers = undefined
    checkJson(
      argv,
      state.last.status,
      { stdout: played.stdout.text, stderr: played.stderr.text },
      answers === undefined,
    )
    checkHints(argv, played.stderr.text)
    if ((state.last.status !== 0) !== negated) fail(`exit status ${state.last.status}`)
    if (answers !== undefined && answers.length > 0) fail(`answers left over: ${answers.join(', ')}`)
  },
  exit: ({ last }, [status]) => {
    if (last?.status !== Number(status)) fail(`exit status ${last?.status}`)
  },
  stdin: (state, [name = '']) => {
    state.stdin = bytesOf(state, name)
  },
  stdout: matches('stdout'),
  stderr: matches('stderr'),
  cmp: (state, [actual = '', expected = ''], negated) => {
    const same = Buffer.compare(bytesOf(state, actual), bytesOf(state, expected)) === 0
    if (same === !negated) return
    if (!state.update || negated || !state.files.has(expected)) fail(negated ? 'they are the same' : 'they differ')
    state.files.set(expected, textOf(state, actual).replaceAll(state.work, '$WORK'))
    state.updated = true
  },
  exists: (state, names, negated) => {
    for (const name of names) {
      if (existsSync(resolve(state.work, name)) === negated) fail(`${name} ${negated ? 'exists' : 'does not exist'}`)
    }
  },
  mode: (state, [mode = '', name = '']) => {
    const actual = statSync(resolve(state.work, name)).mode & 0o777
    if (actual !== Number.parseInt(mode, 8)) fail(`mode 0${actual.toString(8)}`)
  },
  chmod: ({ work }, [mode = '', name = '']) => chmodSync(resolve(work, name), Number.parseInt(mode, 8)),
  cp: (state, [from = '', to = '']) => writeFileSync(resolve(state.work, to), bytesOf(state, from)),
  rm: ({ work }, names) => {
    for (const name of names) rmSync(resolve(work, name), { recursive: true, force: true })
  },
  mkdir: ({ work }, [name = '']) => void mkdirSync(resolve(work, name), { recursive: true }),
  env: ({ env }, pairs) => {
    for (const pair of pairs) {
      const at = pair.indexOf('=')
      env[pair.slice(0, at)] = pair.slice(at + 1) || undefined
    }
  },
  at: (state, [side = '']) => {
    state.work = join(state.variables.get('WORK') ?? '', side)
    mkdirSync(state.work, { recursive: true })
    const own = { HOME: '.', LIC_HOME: 'home', LIC_STATE: 'state', XDG_CONFIG_HOME: 'config', XDG_STATE_HOME: 'states' }
    for (const [name, place] of Object.entries(own)) state.env[name] = join(state.work, place)
  },
  paper: (state, [name = '']) => {
    const lines = textOf(state, 'stdout').split('\n')
    const numbered = lines.filter((line) => /^\d\. /.test(line))
    const text = (numbered.length > 0 ? numbered : lines).join('\n')
    // What no key has nobody types.
    if (!/^[\x20-\x7e\n]+$/.test(text)) fail('it cannot be typed off a sheet')
    writeFileSync(resolve(state.work, name), `${text.trimEnd()}\n`)
  },
  clock: (state, [word = '']) => {
    state.now = moved(state.now, word)
  },
  seed: (state, [seed = '']) => {
    state.random = seeded(seed)
  },
  tty: (state, names) => {
    state.answers = names.flatMap((name) => textOf(state, name).split('\n').slice(0, -1))
  },
  columns: (state, [columns = '']) => {
    state.columns = Number(columns)
  },
  machine: (state, [name = '', ...slots]) => {
    state.machine = madeMachine(name, madeOf(slots))
  },
  count: async ({ work, machine, now, random }, [dir = '', ...words], negated) => {
    const granted = await countOn({ cwd: work, state: dir, machine, now: () => now, random }, words)
    if (granted === negated) fail(granted ? 'it was granted' : 'it was not granted')
  },
  agent: async (state, names) => {
    const path = join(state.work, `.agent-${state.agents.length}`)
    state.env.SSH_AUTH_SOCK = names.length === 0 ? undefined : path
    if (names.length > 0) state.agents.push(await fakeAgent(path, names[0] === 'empty' ? [] : names))
  },
  capture: (state, [name = '', source = '', what = '']) => {
    const text = textOf(state, source)
    const value = what.includes('(')
      ? (new RegExp(what, 'mu').exec(text)?.[1] ?? fail(`no match in ${source}`))
      : (field(JSON.parse(text), what) ?? fail(`no ${what} in ${source}`))
    state.variables.set(name, scalar(value))
  },
  json: (state, [source = '', path = '', wanted = ''], negated) => {
    const value = scalar(field(JSON.parse(textOf(state, source)), path))
    if ((value === wanted) === negated) fail(`${path} is ${value}`)
  },
}

const madeOf = (slots: readonly string[]): Made =>
  Object.fromEntries(
    slots.map((each) => {
      const at = each.indexOf('=')
      const value = each.slice(at + 1)
      const name = each.slice(0, at)
      return [name, name === 'uptime' ? Number(value) : value === '' ? null : value]
    }),
  )

const report = (state: State): string => {
  if (state.last === undefined) return ''
  const { status, stdout, stderr } = state.last
  return `\nexit ${status}\n[stdout]\n${stdout.text}\n[stderr]\n${stderr.text}`
}

const play = async (state: State, step: Step): Promise<void> => {
  const [verb = '', ...words] = step.words(state.variables)
  const run = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined
  if (run === undefined) fail(`no such step: ${verb}`)
  await run?.(state, words, step.negated)
}

/** @throws Error naming file and line of the step that did not hold, with what the last command printed. */
export const playTranscript = async (path: string, update: boolean): Promise<void> => {
  const text = readFileSync(path, 'utf8')
  const { steps, files } = parseScript(text)
  const work = mkdtempSync(join(tmpdir(), 'lic-'))
  const state: State = {
    work,
    env: { LIC_HOME: join(work, 'home'), LIC_ACTOR: 'tester', HOME: work },
    variables: new Map([['WORK', work]]),
    files: new Map(files),
    update,
    updated: false,
    columns: 80,
    machine: madeMachine('lab'),
    now: Date.parse('2026-06-01T00:00:00Z') / 1000,
    random: seeded('lic'),
    stdin: undefined,
    answers: undefined,
    agents: [],
    last: undefined,
  }
  try {
    for (const [name, content] of files) {
      mkdirSync(dirname(resolve(work, name)), { recursive: true })
      writeFileSync(resolve(work, name), content)
    }
    for (const step of steps) {
      try {
        await play(state, step)
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause)
        throw new Error(`${path}:${step.line}: ${step.text}\n${reason}${report(state)}`, { cause })
      }
    }
    if (state.updated) writeFileSync(path, withFiles(text, state.files))
  } finally {
    for (const agent of state.agents) await agent.stop()
    rmSync(work, { recursive: true, force: true })
  }
}
