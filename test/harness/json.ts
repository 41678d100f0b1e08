/**
 * Holds what a command printed with --json against the schemas that `lic schema` publishes, read as anyone would: by
 * ajv, from the JSON Schema alone. Every transcript passes here, so no shape changes unnoticed.
 */

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { parse } from '../../src/cli/parse.ts'
import { OFFERED } from '../../src/cli/program.ts'
import { jsonSchema, PUBLISHED } from '../../src/cli/schemas/published.ts'

/** Names of the schemas that each command has printed, by its usage line. */
export const SEEN = new Map<string, Set<string>>()

const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true })
const validators = new Map<string, ValidateFunction>()
const validatorOf = (name: string): ValidateFunction | undefined => {
  const found = PUBLISHED.find((each) => each.name === name)
  if (found === undefined) return undefined
  const known = validators.get(name)
  if (known !== undefined) return known
  const made = ajv.compile(jsonSchema(found))
  validators.set(name, made)
  return made
}

/** Documents one behind the other: one a line in a pipe, indented on a terminal. Other lines are questions to a person. */
const documents = (text: string): readonly string[] => text.split(/^(?=\{)/m).filter((each) => each !== '')

const nameOf = (document: unknown, stream: 'stdout' | 'stderr'): string => {
  if (typeof document !== 'object' || document === null) return 'none'
  if (stream === 'stdout') return 'schema' in document ? String(document.schema) : 'none'
  return `lic.${Object.keys(document).join('+')}/1`
}

const check = (stream: 'stdout' | 'stderr', text: string): string => {
  const document: unknown = JSON.parse(text)
  const name = nameOf(document, stream)
  const valid = validatorOf(name)
  if (valid === undefined) {
    throw new Error(
      `${stream} carries ${name}, which \`lic schema\` does not list: add it to src/cli/schemas/published.ts`,
    )
  }
  if (valid(document)) return name
  const faults = (valid.errors ?? []).map(({ instancePath, message, params }) => {
    return `  ${instancePath || '/'} ${message} ${JSON.stringify(params)}`
  })
  throw new Error(`${stream} is not ${name}; describe what changed in src/cli/schemas:\n${faults.join('\n')}`)
}

const commandOf = (argv: readonly string[]): string | undefined => {
  try {
    const parsed = parse(argv, OFFERED)
    return parsed.kind === 'run' ? parsed.command.usage : undefined
  } catch {
    return undefined
  }
}

/**
 * @param alone nobody was asked anything, so stderr holds JSON and nothing else
 * @throws Error naming the schema and the field that does not fit it
 */
export const checkJson = (
  argv: readonly string[],
  status: number,
  { stdout, stderr }: { readonly stdout: string; readonly stderr: string },
  alone: boolean,
): void => {
  const end = argv.indexOf('--')
  if (!(end < 0 ? argv : argv.slice(0, end)).includes('--json')) return
  const said = documents(stderr).filter((each) => alone || each.startsWith('{'))
  const names = [
    ...documents(stdout).map((each) => check('stdout', each)),
    ...said.map((each) => check('stderr', alone ? each : (each.split('\n')[0] ?? ''))),
  ]
  if (status !== 0 && stdout === '' && !names.includes('lic.error/1')) throw new Error('it failed without lic.error/1')
  if (status === 0 && stdout === '') throw new Error('--json printed nothing')
  // What no command prints: --version, and words that name none.
  const command = commandOf(argv) ?? 'lic'
  const seen = SEEN.get(command) ?? new Set()
  for (const name of names) seen.add(name)
  SEEN.set(command, seen)
}
