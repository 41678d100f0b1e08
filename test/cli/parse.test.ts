import { describe, expect, test } from 'vitest'
import { type Body, command } from '../../src/cli/declare.ts'
import { parse } from '../../src/cli/parse.ts'
import { COMMANDS } from '../../src/cli/program.ts'

interface Options {
  readonly key: string
  readonly feature: readonly string[]
  readonly out: string | undefined
  readonly noPassphrase: boolean
  readonly dryRun: boolean
}
const body: Body<Options> = async () => ({ schema: 'x', data: 0, show: [] })
const flags = {
  '--feature <name>...': '',
  '--out <file>': '',
  '--no-passphrase': '',
  '--dry-run': '',
  '--actor <name>': '',
} as const
const base = { audience: 'vendor', summary: '', examples: ['lic'], run: async () => body } as const
const commands = [
  command({ ...base, usage: 'renew <key>', flags }),
  command({ ...base, usage: 'tier list', flags: {}, run: async () => async () => ({ schema: '', data: 0, show: [] }) }),
]
const run = (...argv: string[]) => {
  const parsed = parse(argv, commands)
  return parsed.kind === 'run' ? parsed : expect.unreachable(parsed.kind)
}
const refused = (...argv: string[]) => {
  try {
    parse(argv, commands)
  } catch (error) {
    return error
  }
  return expect.unreachable()
}

describe('values', () => {
  test('are all there when nothing is given', () => {
    expect(run('renew', 'K').given).toEqual({
      key: 'K',
      feature: [],
      out: undefined,
      noPassphrase: false,
      dryRun: false,
      actor: undefined,
    })
  })
  test('a repeatable flag takes one value each time', () => {
    expect(run('renew', '--feature', 'a', '--feature', 'b=2/hour', 'K').given).toMatchObject({
      key: 'K',
      feature: ['a', 'b=2/hour'],
    })
  })
  test('- is a value', () => {
    expect(run('renew', '-', '--out', '-', '--no-passphrase').given).toMatchObject({
      key: '-',
      out: '-',
      noPassphrase: true,
    })
  })
})

describe('options of every command', () => {
  test.each([
    [['--json', '--no-input', '--home', 'h', 'tier', 'list']],
    [['tier', 'list', '--json', '--no-input', '--home', 'h']],
    [['tier', '--json', 'list', '--home=h', '--no-input']],
  ])('stand anywhere: %j', (argv) =>
    expect(run(...argv).globals).toMatchObject({ json: true, noInput: true, home: 'h', color: true, yes: false }),
  )
  test('--no-color before the command holds', () => expect(run('--no-color', 'tier', 'list').globals.color).toBe(false))
  test('--dry-run and --actor reach the context', () => {
    expect(run('renew', 'K', '--dry-run', '--actor', 'bo').globals).toMatchObject({ dryRun: true, actor: 'bo' })
  })
})

describe('a slip', () => {
  test.each([
    [['renw', 'K'], 'renew'],
    [['renew', 'K', '--feture', 'x'], '--feature'],
    [['tier', 'lst'], 'list'],
  ])('%j is USAGE and names the nearest', (argv, meant) => {
    expect(refused(...argv)).toMatchObject({ code: 'USAGE', hint: expect.stringContaining(meant) })
  })
  test.each([[['renew']], [['renew', 'a', 'b']], [['renew', 'K', '--out']], [['tier']], [['renew', 'K', '--json=1']]])(
    '%j is USAGE',
    (argv) => expect(refused(...argv)).toMatchObject({ code: 'USAGE' }),
  )
})

describe('help', () => {
  test.each([
    [[], []],
    [['--help'], []],
    [['renew', '--help'], ['renew']],
    [['renew', '-h'], ['renew']],
    [['tier', '--help'], ['tier']],
    [
      ['tier', 'list', '--help'],
      ['tier', 'list'],
    ],
  ])('%j asks about %j', (argv, topic) => expect(parse(argv, commands)).toMatchObject({ kind: 'help', topic }))
})

describe('the surface', () => {
  test('has no command twice, and examples that it can parse', () => {
    const usages = COMMANDS.map(({ usage }) => usage.replace(/ [<[].*/, ''))
    expect(new Set(usages).size).toBe(usages.length)
    const all = COMMANDS.map((each) => ({ ...each, run: async () => async () => ({ schema: '', data: 0, show: [] }) }))
    for (const { usage, examples } of all) {
      for (const example of examples) {
        const line = (example.split('|').at(-1) ?? '').split(/ [<>] /)[0] ?? ''
        const words = (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', '')).slice(1)
        expect(parse(words, all), example).toMatchObject({ kind: 'run', command: { usage } })
      }
    }
  })
})
