/** What needs no authority, or explains the rest. */

import { type Command, command } from '../declare.ts'
import { CHECKS, HELP } from './checks.ts'

export const ANYONE: readonly Command[] = [
  ...CHECKS,
  command({
    usage: 'doctor',
    audience: 'anyone',
    summary: 'look an authority over: machine, keys, ledger; each finding with the command that mends it',
    flags: { '--quick': 'do not read the whole ledger' },
    examples: ['lic doctor', 'lic doctor --quick --json'],
    run: async () => (await import('../commands/doctor.ts')).doctor,
  }),
  command({
    usage: 'demo',
    audience: 'anyone',
    summary: 'play the whole story in a directory of its own',
    flags: { '--dir <dir>': 'keep what it makes here (default: a temporary directory)' },
    examples: ['lic demo', 'lic demo --dir ./lic-demo'],
    run: async () => (await import('../commands/demo.ts')).demo,
  }),
  command({
    usage: 'schema [name]',
    audience: 'anyone',
    summary: 'what --json prints, as JSON Schema',
    flags: {},
    examples: ['lic schema', 'lic schema license > license.schema.json'],
    run: async () => (await import('../commands/schema.ts')).schema,
  }),
  command({
    usage: 'completion <shell>',
    audience: 'anyone',
    summary: 'the script that completes commands, flags and names in bash, zsh or fish',
    flags: {},
    examples: [
      'lic completion bash > ~/.local/share/bash-completion/completions/lic',
      'lic completion zsh > ~/.zfunc/_lic',
      'lic completion fish > ~/.config/fish/completions/lic.fish',
    ],
    run: async () => (await import('../commands/completion.ts')).completion,
  }),
  HELP,
]
