/**
 * When a question may be asked. Invariant: without a terminal, in CI, with --no-input or LIC_NO_INPUT nothing ever
 * waits for a person; the command fails instead and names the flag that answers.
 */

import { ERRORS } from '../core/error-table.ts'
import { LicError } from '../core/errors.ts'
import { safe } from '../render/safe.ts'
import type { Io } from './io.ts'

export interface Ask {
  readonly interactive: boolean
  /** --yes or --dry-run: what is to be confirmed passes, and nobody reads before it what the result says as well. */
  readonly passes: boolean
  /** Passes when --yes or --dry-run was given or the person agrees. @throws LicError CONFIRMATION_REQUIRED */
  confirm(question: string): Promise<void>
  /**
   * For what cannot be undone, which --yes is not enough for: passes when `given` (--confirm) or the answer is exactly
   * `word`, and in a dry run. @throws LicError CONFIRMATION_REQUIRED
   */
  confirmTyped(question: string, word: string, given: string | undefined): Promise<void>
  /** The value, or the answer to the question. @throws LicError USAGE naming the flag. */
  need(value: string | undefined, flag: string, question: string): Promise<string>
  /** Asks until `check` takes the answer, and says why it did not. @param preset the answer of Enter alone */
  until<T>(question: string, preset: string | undefined, check: (answer: string) => T | Promise<T>): Promise<T>
  /** A secret, typed without echo. @throws LicError KEY_LOCKED naming the flags that supply one. */
  secret(question: string): Promise<string>
  /** The same, typed twice until both agree. */
  newSecret(question: string): Promise<string>
}

const on = (value: string | undefined): boolean =>
  value !== undefined && value !== '' && value !== '0' && value !== 'false'

export const askOf = (
  io: Io,
  flags: { readonly noInput: boolean; readonly yes: boolean; readonly dryRun: boolean },
): Ask => {
  const interactive = (): boolean =>
    !flags.noInput && !on(io.env.CI) && !on(io.env.LIC_NO_INPUT) && io.stdin.isTTY && io.stderr.isTTY
  const passes = flags.yes || flags.dryRun
  const secret = async (question: string): Promise<string> => {
    if (!interactive()) throw new LicError('KEY_LOCKED', `a passphrase is needed, and nobody can be asked: ${question}`)
    return io.prompt.password(question)
  }
  return {
    get interactive() {
      return interactive()
    },
    passes,
    confirm: async (question) => {
      if (passes) return
      if (!interactive()) throw new LicError('CONFIRMATION_REQUIRED', `this needs a confirmation: ${question}`)
      if (await io.prompt.confirm(question)) return
      throw new LicError('CONFIRMATION_REQUIRED', 'not confirmed; nothing was changed', {
        hint: 'run it again when it is meant',
      })
    },
    confirmTyped: async (question, word, given) => {
      if (flags.dryRun) return
      const hint = `add --confirm ${word}`
      if (given === undefined && !interactive()) {
        throw new LicError('CONFIRMATION_REQUIRED', `this needs a confirmation: ${question}`, { hint })
      }
      const typed = given ?? (await io.prompt.input(`${question} Type ${word} to go on`)).trim()
      if (typed === word) return
      throw new LicError('CONFIRMATION_REQUIRED', `"${typed.slice(0, 64)}" is not ${word}; nothing was changed`, {
        hint,
      })
    },
    need: async (value, flag, question) => {
      if (value !== undefined) return value
      if (!interactive()) throw new LicError('USAGE', `${flag} is missing`, { hint: `add ${flag}`, data: { flag } })
      const answer = (await io.prompt.input(question)).trim()
      if (answer === '') throw new LicError('USAGE', `no answer, and ${flag} is missing`, { data: { flag } })
      return answer
    },
    until: async (question, preset, check) => {
      for (;;) {
        const answer = (await io.prompt.input(question, preset)).trim()
        try {
          return await check(answer)
        } catch (error) {
          if (!(error instanceof LicError) || ERRORS[error.code].exit === 130) throw error
          const why = error.hint === undefined ? error.message : `${error.message}; ${error.hint}`
          await io.stderr.write(`lic: ${safe(io.called(why))}\n`)
        }
      }
    },
    secret,
    newSecret: async (question) => {
      for (;;) {
        const first = await secret(question)
        if (first === (await io.prompt.password('The same again'))) return first
        await io.stderr.write('lic: the two differ; once more\n')
      }
    },
  }
}
