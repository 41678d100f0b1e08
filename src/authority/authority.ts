/**
 * What every verb is given: the book, the keys, and who acts when. Invariant: `write` is the only way a verb changes
 * anything; what it returns has been committed, unless this is a dry run, and then nothing has.
 */

import type { EmergencySecret } from '../core/emergency.ts'
import { LicError } from '../core/errors.ts'
import type { BrandScope } from '../ledger/brand-filter.ts'
import type { Source } from '../ledger/event-types.ts'
import { newestEventTime } from '../ledger/events.ts'
import type { Ledger } from '../ledger/open.ts'
import type { Tx } from '../ledger/schema.ts'
import type { Signer } from './signer.ts'
import { formatTime } from './term.ts'

/** What a key file gives once it is open. */
export interface OpenKey {
  readonly signer?: Signer | undefined
  readonly emergency?: EmergencySecret | undefined
  /** An agent signs, and the key's file stayed closed: what else lies in it is not here. */
  readonly byAgent?: boolean | undefined
}

/** Where private keys are: files, an agent, or memory. `name` is what the ledger holds as the key's file. */
export interface Keychain {
  /**
   * @param publicKey when it is given, an agent that holds the key may sign in place of a file that is locked or away
   * @throws LicError KEY_LOCKED, WRONG_PASSPHRASE, KEY_FILE_INVALID, KEY_FILE_EXPOSED, NOT_FOUND
   */
  open(name: string, publicKey?: Uint8Array): Promise<OpenKey>
}

export interface Authority {
  readonly ledger: Ledger
  readonly keychain: Keychain
  /** Unix seconds. */
  readonly now: () => number
  readonly random: (length: number) => Uint8Array
  readonly actor: string
  readonly source: Source
  readonly host?: string | undefined
  /** The brand that is seen; null = all. */
  readonly brand: BrandScope
  /** The issuing key that signs, by name or the beginning of its kid; absent = the newest of the line `issuing`. */
  readonly signer?: string | undefined
  /** Work everything out, commit nothing. */
  readonly dryRun: boolean
  /** Asked before anything is recorded with a clock far ahead of the ledger; throws to refuse. Absent = refuse. */
  readonly confirmClock?: ((question: string) => Promise<void>) | undefined
}

/** Seconds that the clock may be behind the newest entries. */
export const BEHIND = 5 * 60
/** Seconds that it may be ahead of them before somebody is asked. */
export const AHEAD = 90 * 86_400

/**
 * Runs `work` in one transaction and commits it.
 * @throws LicError CLOCK_SUSPECT, and what `work` and the ledger throw
 */
export const write = async <T>(authority: Authority, work: (tx: Tx) => Promise<T>): Promise<T> => {
  await checkClock(authority)
  if (!authority.dryRun) return authority.ledger.transaction(work)
  try {
    return await authority.ledger.transaction(async (tx) => {
      throw new Rehearsed(await work(tx))
    })
  } catch (error) {
    if (error instanceof Rehearsed) return error.value as T
    throw error
  }
}

/** Undoes a dry run's transaction and carries its value out. */
class Rehearsed extends Error {
  readonly value: unknown
  constructor(value: unknown) {
    super('rehearsed')
    this.value = value
  }
}

/** A wrong clock makes wrong licenses, and an event in the far future would stop all work after it. */
const checkClock = async ({ ledger, now, confirmClock }: Authority): Promise<void> => {
  const newest = await newestEventTime(ledger.db)
  if (newest === null) return
  const clock = now()
  if (clock < newest - BEHIND) {
    throw new LicError(
      'CLOCK_SUSPECT',
      `the clock says ${formatTime(clock)}, but the ledger has an entry of ${formatTime(newest)}`,
      {
        hint: 'set the clock of this machine; compare with: date -u',
      },
    )
  }
  if (clock <= newest + AHEAD) return
  const message = `the clock says ${formatTime(clock)}, long after the newest entry of the ledger, ${formatTime(newest)}`
  if (!confirmClock) throw new LicError('CLOCK_SUSPECT', message, { hint: 'if the clock is right, add --clock-ok' })
  await confirmClock(message)
}

/** What the envelope of every event of this authority says. */
export const stamp = ({ now, actor, source, host }: Authority) => ({
  at: now(),
  actor,
  source,
  host,
})
