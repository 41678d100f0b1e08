/**
 * Colour, decided once for each stream. Words always carry the meaning; a tone only repeats it.
 * NO_COLOR, --no-color, --plain and TERM=dumb turn it off, FORCE_COLOR turns it on where there is no terminal.
 */

import type { Io, Sink } from './io.ts'

export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'strong'
export interface Paint {
  readonly colored: boolean
  /** Words only: no table is drawn, no code; each value stands behind its name. */
  readonly plain: boolean
  paint(tone: Tone, text: string): string
}

export const UNPAINTED: Paint = { colored: false, plain: false, paint: (_tone, text) => text }

const wantsColor = (env: Io['env'], sink: Sink): boolean => {
  if (env.NO_COLOR) return false
  const forced = env.FORCE_COLOR
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return sink.isTTY && env.TERM !== 'dumb'
}

/** --plain or LIC_PLAIN: for screen readers, and for whoever wants words alone. */
export const isPlain = (env: Io['env'], flag: boolean): boolean =>
  flag || (env.LIC_PLAIN !== undefined && env.LIC_PLAIN !== '' && env.LIC_PLAIN !== '0')

/** chalk is loaded only when there is something to colour. */
export const paintFor = async (io: Io, sink: Sink, allowed: { color: boolean; plain: boolean }): Promise<Paint> => {
  if (allowed.plain) return { ...UNPAINTED, plain: true }
  if (!allowed.color || !wantsColor(io.env, sink)) return UNPAINTED
  const { Chalk } = await import('chalk')
  const chalk = new Chalk({ level: 1 })
  const tones = { good: chalk.green, bad: chalk.red, warn: chalk.yellow, dim: chalk.dim, strong: chalk.bold }
  return { colored: true, plain: false, paint: (tone, text) => tones[tone](text) }
}
