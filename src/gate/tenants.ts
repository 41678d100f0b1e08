/**
 * One license and one set of counters for each tenant of a product: a state directory each, below one, opened when it is asked
 * for. Invariant: no name of a tenant leads out of that directory or into another tenant's.
 */

import { join, resolve } from 'node:path'
import { toHex } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import { hashOf } from '../core/hash.ts'
import { type Gate, openGate } from './gate.ts'
import type { GateOptions } from './options.ts'

export interface GatesOptions extends Omit<GateOptions, 'state' | 'system' | 'usage'> {
  /** The directory that holds a state for each tenant. */
  readonly tenants: string
  /** How many gates stay open; default 256. Beyond that, those that nobody asked for, holds anything of or listens to are closed, the longest unused first. */
  readonly most?: number | undefined
}

export interface Gates {
  /** The gate of a tenant. Ask for it with every request: one that was not asked for may have been closed, and then opens nothing. */
  of(tenant: string): Promise<Gate>
  /** Where the state of a tenant lies, for `lic install --state`. */
  stateOf(tenant: string): string
  /** How many are open. */
  readonly open: number
  close(): Promise<void>
}

/** Names that are their own directory. Others are hashed, and begin with a sign that these have not. */
const PLAIN = /^[a-z0-9][a-z0-9_-]{0,62}$/

const directoryOf = (tenant: string): string => {
  if (typeof tenant !== 'string' || tenant === '') throw new LicError('INVALID_INPUT', 'a tenant has a name')
  return PLAIN.test(tenant) ? tenant : `~${toHex(hashOf('lic-tenant-1', tenant)).slice(0, 40)}`
}

/** @throws LicError INVALID_INPUT as `openGate`, at the first tenant */
export const openGates = ({ tenants, most = 256, ...options }: GatesOptions): Gates => {
  const root = resolve(tenants)
  // In the order in which they were asked for last.
  const open = new Map<string, Promise<Gate>>()
  const stateOf = (tenant: string): string => join(root, directoryOf(tenant))
  const close = async (tenant: string): Promise<void> => {
    const gate = open.get(tenant)
    open.delete(tenant)
    await (await gate)?.close()
  }
  const makeRoom = async (): Promise<void> => {
    for (const [tenant, gate] of open) {
      if (open.size <= most) return
      // What somebody holds or listens to stays: a socket is told when the license of its tenant ends.
      const { holding, listening } = await gate
      if (holding() === 0 && listening() === 0) await close(tenant)
    }
  }
  return {
    of: async (tenant) => {
      const known = open.get(tenant)
      const gate = known ?? openGate({ ...options, state: stateOf(tenant) })
      open.delete(tenant)
      open.set(tenant, gate)
      if (known) return known
      try {
        await gate
      } catch (error) {
        open.delete(tenant)
        throw error
      }
      if (open.size > most) await makeRoom()
      return gate
    },
    stateOf,
    get open() {
      return open.size
    },
    close: async () => {
      await Promise.all([...open.keys()].map(close))
    },
  }
}
