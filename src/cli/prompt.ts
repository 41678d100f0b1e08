/**
 * Questions to a person at a terminal. Questions and answers go to stderr: stdout belongs to the result.
 * Whether a question may be asked at all is decided in ask.ts; this file only asks.
 */

import { LicError } from '../core/errors.ts'
import { safe } from '../render/safe.ts'

export interface Prompt {
  /** Yes or no; Enter alone means no. */
  confirm(question: string): Promise<boolean>
  input(question: string): Promise<string>
  /** Typed without echo. */
  password(question: string): Promise<string>
}

/** Names of the errors with which inquirer reports that the person left. */
const LEFT = new Set(['ExitPromptError', 'AbortPromptError', 'CancelPromptError'])

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
    input: (text) => orLeft<string>(prompt([{ type: 'input', name: 'answer', message: safe(text) }])),
    password: (text) =>
      orLeft<string>(prompt([{ type: 'password', name: 'answer', message: safe(text), mask: false }])),
  }
}
