/**
 * How lic speaks. Rules, once for every command:
 * - stdout is the result and nothing else; all else goes to stderr, with `lic: ` before it, lower case, no full stop;
 * - an error is `lic: error CODE: what happened`, then `lic: hint: the step that mends it`;
 * - with --json, the result is `{"schema":"lic.NAME/1","data":...}` on stdout, an error `{"error":{...}}` on stderr,
 *   a warning `{"warning":{...}}`, and what only a person needs (notes, hints, progress) is not said at all;
 * - text that others chose is made safe on the way; JSON keeps its value and escapes it.
 */

import { ERRORS } from '../core/error-table.ts'
import type { LicError } from '../core/errors.ts'
import { safe, safeJson } from '../render/safe.ts'
import { exitOf, HINTS } from './exits.ts'
import type { Io } from './io.ts'
import type { Finding, Outcome } from './outcome.ts'
import { isPlain, type Paint, paintFor, UNPAINTED } from './paint.ts'
import { type Progress, progressOn, SILENT } from './progress.ts'
import { rendered, type Show } from './show.ts'

export interface Voice {
  /** What was done, or what to do next. */
  note(text: string): Promise<void>
  /** What may surprise later; said with --json too. */
  warn(text: string): Promise<void>
  /** For anything long. `total` absent = not known. */
  progress(label: string, total?: number): Progress
  /** One result, one line of JSON in a pipe. Called by main only. */
  result(schema: string, data: unknown, show: Show): Promise<void>
  /** One of many: a line of JSON, on a terminal too. */
  row(schema: string, data: unknown, show: Show): Promise<void>
  finding(finding: Finding): Promise<void>
  /** @param hint the step that mends it, with the command filled in */
  failure(error: LicError, hint: string, debug: boolean): Promise<void>
  notes(outcome: Pick<Outcome, 'notes'>): Promise<void>
}

const plainValue = (_key: string, value: unknown): unknown => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return typeof value === 'bigint' ? Number(value) : value
}

const toJson = (value: unknown, indent = 0): string => `${safeJson(JSON.stringify(value, plainValue, indent))}\n`

/** The error as --json prints it. Absent fields are left out. */
const errorValue = (error: LicError, hint: string): Readonly<Record<string, unknown>> => {
  const row = ERRORS[error.code]
  return {
    code: error.code,
    message: error.message,
    hint,
    exit: exitOf(error),
    action: 'action' in row ? row.action : undefined,
    stage: error.stage,
    data: error.data,
  }
}

const stackOf = (error: unknown): string =>
  error instanceof Error
    ? `${error.stack ?? error.message}\n${error.cause === undefined ? '' : `caused by ${stackOf(error.cause)}`}`
    : `${String(error)}\n`

interface Manner {
  readonly json: boolean
  readonly color: boolean
  readonly plain: boolean
}

export const voiceOf = async (io: Io, { json, color, plain: asked }: Manner): Promise<Voice> => {
  const plain = isPlain(io.env, asked)
  const out: Paint = json ? UNPAINTED : await paintFor(io, io.stdout, { color, plain })
  const err: Paint = json ? UNPAINTED : await paintFor(io, io.stderr, { color, plain })
  const speak = async (text: string): Promise<void> => {
    if (!json) await io.stderr.write(`lic: ${safe(io.called(text))}\n`)
  }
  const mark = async (tone: 'bad' | 'warn' | 'dim', word: string, text: string): Promise<void> => {
    if (!json) await io.stderr.write(`lic: ${err.paint(tone, word)}: ${safe(text)}\n`)
  }
  const say = async (schema: string, data: unknown, show: Show, indent: number): Promise<void> => {
    if (json) return io.stdout.write(toJson({ schema: `lic.${schema}/1`, data }, indent))
    for (const piece of await rendered(show, io.stdout, out)) await io.stdout.write(piece)
  }
  return {
    note: speak,
    warn: (text) => {
      const message = io.called(text)
      return json ? io.stderr.write(toJson({ warning: { message } })) : mark('warn', 'warning', message)
    },
    progress: (label, total) => (json ? SILENT : progressOn(io, label, total, plain)),
    result: (schema, data, show) => say(schema, data, show, io.stdout.isTTY ? 2 : 0),
    row: (schema, data, show) => say(schema, data, show, 0),
    finding: async ({ code, message, hint }) => {
      await mark('bad', `refused ${code}`, message)
      await mark('dim', 'hint', io.called(hint ?? HINTS[code]))
    },
    failure: async (error, given, debug) => {
      const hint = io.called(given)
      if (json) await io.stderr.write(toJson({ error: errorValue(error, hint) }))
      await mark('bad', `error ${error.code}`, error.message)
      await mark('dim', 'hint', hint)
      if (debug) await io.stderr.write(json ? toJson({ debug: { stack: stackOf(error) } }) : stackOf(error))
    },
    notes: async ({ notes }) => {
      for (const note of notes ?? []) await speak(note)
    },
  }
}
