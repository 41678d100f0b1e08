/**
 * Questions to a person at a terminal. Questions and answers go to stderr: stdout belongs to the result.
 * Whether a question may be asked at all is decided in ask.ts; this file only asks.
 */

import { LicError } from '../core/errors.ts'
import { safe } from '../render/safe.ts'

export interface Choice {
  readonly value: string
  /** What the person reads. */
  readonly title: string
}

export interface Prompt {
  /** Yes or no; Enter alone means no. */
  confirm(question: string): Promise<boolean>
  /** @param preset the answer of Enter alone */
  input(question: string, preset?: string): Promise<string>
  /** One of these. @param preset the value that is marked at first */
  select(question: string, choices: readonly Choice[], preset?: string): Promise<string>
  /** At least one of these. */
  selectSome(question: string, choices: readonly Choice[]): Promise<readonly string[]>
  /** Typed without echo. */
  password(question: string): Promise<string>
}

/** Names of the errors with which inquirer reports that the person left. */
const LEFT = new Set(['ExitPromptError', 'AbortPromptError', 'CancelPromptError'])

const listed = ({ value, title }: Choice) => ({ value, name: safe(title) })

export const terminalPrompt = async (input: NodeJS.ReadStream, output: NodeJS.WriteStream): Promise<Prompt> => {
  const { default: inquirer } = await import('inquirer')
  const prompt = inquirer.createPromptModule({ input, output })
  const orLeft = async <T>(answer: Promise<{ readonly answer: T }>): Promise<T> => {
    try {
      return (await answer).answer
    } catch (cause) {
      if (cause instanceof Error && LEFT.has(cause.name)) {
        throw new LicError('INTERRUPTED', 'interrupted at a question; nothing was changed', { cause })
      }
      throw cause
    }
  }
  return {
    confirm: (text) =>
      orLeft<boolean>(prompt([{ type: 'confirm', name: 'answer', message: safe(text), default: false }])),
    input: (text, preset) =>
      orLeft<string>(
        prompt([
          { type: 'input', name: 'answer', message: safe(text), ...(preset !== undefined && { default: preset }) },
        ]),
      ),
    select: (text, choices, preset) =>
      orLeft<string>(
        prompt([
          {
            type: 'select',
            name: 'answer',
            message: safe(text),
            choices: choices.map(listed),
            ...(preset !== undefined && { default: preset }),
          },
        ]),
      ),
    selectSome: (text, choices) =>
      orLeft<readonly string[]>(
        prompt([
          { type: 'checkbox', name: 'answer', message: safe(text), choices: choices.map(listed), required: true },
        ]),
      ),
    password: (text) =>
      orLeft<string>(prompt([{ type: 'password', name: 'answer', message: safe(text), mask: false }])),
  }
}
