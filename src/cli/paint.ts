/**
 * Colour, decided once for each stream. Words always carry the meaning; a tone only repeats it.
 * NO_COLOR, --no-color and TERM=dumb turn it off, FORCE_COLOR turns it on where there is no terminal.
 */

import type { Io, Sink } from './io.ts'

export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'strong'
export interface Paint {
  readonly colored: boolean
  paint(tone: Tone, text: string): string
}

export const PLAIN: Paint = { colored: false, paint: (_tone, text) => text }

const wantsColor = (env: Io['env'], sink: Sink): boolean => {
  if (env.NO_COLOR) return false
  const forced = env.FORCE_COLOR
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return sink.isTTY && env.TERM !== 'dumb'
}

/** chalk is loaded only when there is something to colour. */
export const paintFor = async (io: Io, sink: Sink, allowed: boolean): Promise<Paint> => {
  if (!allowed || !wantsColor(io.env, sink)) return PLAIN
  const { Chalk } = await import('chalk')
  const chalk = new Chalk({ level: 1 })
  const tones = { good: chalk.green, bad: chalk.red, warn: chalk.yellow, dim: chalk.dim, strong: chalk.bold }
  return { colored: true, paint: (tone, text) => tones[tone](text) }
}
