/**
 * A device at work: where its state lies, what machine it is, and what time its clock shows. Every verb of this room takes
 * one. Invariant: the machine is asked once a command, and only by what needs to know.
 */

import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { slotsOf } from './fingerprint/binding.ts'
import type { Values } from './fingerprint/values.ts'
import type { Machine } from './machine.ts'
import { homeOf } from './state/seal.ts'
import { openStore, type Places, type Step, type Store } from './state/store.ts'

export interface Device {
  readonly places: Places
  readonly store: Store
  readonly machine: Machine
  slots(): Promise<Values>
  /** Unix seconds, as the clock shows them. */
  now(): number
  random(length: number): Uint8Array
  /** Work out everything, write nothing. */
  readonly dryRun: boolean
}

export interface DeviceOptions {
  readonly places: Places
  readonly shared: boolean
  readonly machine: Machine
  readonly now: () => number
  readonly random: (length: number) => Uint8Array
  readonly dryRun?: boolean | undefined
  /** Called between the steps of a change; tests let the power fail there. */
  readonly reached?: ((step: Step) => void) | undefined
}

export const openDevice = ({ places, shared, machine, now, random, dryRun, reached }: DeviceOptions): Device => {
  let asked: Promise<Values> | undefined
  const slots = (): Promise<Values> => {
    asked ??= slotsOf(machine)
    return asked
  }
  const rights = { shared, uid: machine.uid }
  const home = async (): Promise<Uint8Array> => homeOf(await slots())
  const store = openStore(places, { rights, random, home, reached })
  return { places, store, machine, slots, now, random, dryRun: dryRun === true }
}

/** Where the state of a machine lies for everybody. */
const SYSTEM = '/var/lib/lic'

export interface World {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly homedir: string
}

/**
 * --state, LIC_STATE, /var/lib/lic with --system, else `lic` below the XDG state directory. The second copy lies beside a
 * directory that was named, and below the XDG configuration directory otherwise: in another tree, so that one backup put back
 * does not bring both.
 */
export const placesOf = (
  { env, cwd, homedir }: World,
  { state, system }: { readonly state: string | undefined; readonly system: boolean },
): Places => {
  const xdg = (name: string, fallback: string): string => {
    const given = env[name] ?? ''
    return isAbsolute(given) ? given : (env.LOCALAPPDATA ?? join(homedir, fallback))
  }
  const config = join(xdg('XDG_CONFIG_HOME', '.config'), 'lic')
  const named = state ?? (env.LIC_STATE || undefined) ?? (system ? SYSTEM : undefined)
  if (named === undefined) {
    const dir = join(xdg('XDG_STATE_HOME', '.local/state'), 'lic', 'device')
    return { dir, mirror: join(config, 'device'), released: join(config, 'released') }
  }
  const dir = resolve(cwd, named)
  const beside = join(dirname(dir), `.${basename(dir)}.mirror`)
  return { dir, mirror: beside, released: join(system ? `${beside}.released` : join(config, 'released')) }
}
