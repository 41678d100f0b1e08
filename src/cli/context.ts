/** What every command is given: the world, how to speak, how to ask, and the options that all commands share. */

import { isAbsolute, join, resolve } from 'node:path'
import { type Ask, askOf } from './ask.ts'
import type { Command } from './declare.ts'
import type { Io } from './io.ts'
import type { Voice } from './voice.ts'

/** The options that every command takes. */
export interface Globals {
  readonly json: boolean
  readonly noInput: boolean
  readonly yes: boolean
  readonly dryRun: boolean
  readonly debug: boolean
  readonly color: boolean
  /** Words only: nothing is drawn, coloured or repainted. */
  readonly plain: boolean
  readonly home: string | undefined
  readonly actor: string | undefined
}

export interface Context {
  readonly io: Io
  readonly voice: Voice
  /** The commands that exist, for help. */
  readonly offered: readonly Command[]
  readonly ask: Ask
  /** Absolute: --home, LIC_HOME, else `lic` below the XDG data directory. It need not exist. */
  readonly home: string
  readonly json: boolean
  /** Work out everything, write nothing. */
  readonly dryRun: boolean
  /** Who acts, for the ledger: --actor, LIC_ACTOR, else the system's user. */
  readonly actor: string
  /** A path as the user gave it, made absolute. */
  path(given: string): string
}

/** Where the keys and the ledger lie. */
export const homeOf = (io: Pick<Io, 'env' | 'cwd' | 'homedir'>, given: string | undefined): string => {
  const named = given ?? (io.env.LIC_HOME || undefined)
  if (named !== undefined) return resolve(io.cwd, named)
  const xdg = io.env.XDG_DATA_HOME ?? ''
  // XDG: a relative path is to be ignored. LOCALAPPDATA exists on Windows only.
  const base = isAbsolute(xdg) ? xdg : (io.env.LOCALAPPDATA ?? join(io.homedir, '.local', 'share'))
  return join(base, 'lic')
}

export const contextOf = (io: Io, voice: Voice, globals: Globals, offered: readonly Command[] = []): Context => ({
  io,
  offered,
  voice,
  ask: askOf(io, globals),
  home: homeOf(io, globals.home),
  json: globals.json,
  dryRun: globals.dryRun,
  get actor() {
    return globals.actor ?? io.user
  },
  path: (given) => resolve(io.cwd, given),
})
