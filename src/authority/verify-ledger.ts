/**
 * `lic ledger verify`: the whole book against itself, the root keys, and the checkpoints that were kept elsewhere. In this
 * order, so that a cause is told before what follows from it: the file, the tables' definitions, the log with all that lies
 * beside it, and every table against the fold of the log. Changes nothing.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Checkpoint } from '../core/checkpoint.ts'
import { readCheckpoint, verifyCheckpoint } from '../core/checkpoint.ts'
import { LicError } from '../core/errors.ts'
import type { PublicKey } from '../core/keys.ts'
import { brokenReferences, integrityProblems, MISSING, schemaDifferences } from '../ledger/health.ts'
import { type Ledger, openLedger } from '../ledger/open.ts'
import { differences, refolded } from '../ledger/refold.ts'
import type { Reader } from '../ledger/schema.ts'
import { logSize } from '../ledger/sequence.ts'
import { type Damage, damage } from './audit/damage.ts'
import { historyDamages, type Seen } from './audit/history.ts'
import { ownTrust } from './sealing.ts'

export type { Damage } from './audit/damage.ts'

export interface VerifyInput {
  /** Texts of checkpoints that were kept elsewhere. */
  readonly checkpoints?: readonly string[] | undefined
  /** The root keys that the ledger must have; absent: those that it names are believed. */
  readonly roots?: readonly PublicKey[] | undefined
  /** Hashes and checkpoints alone: no signature, no table is read. */
  readonly quick?: boolean | undefined
  /** Compare the tables although the stored tree over the log is not whole: both are made anew from the events. */
  readonly treeApart?: boolean | undefined
  /** Go on behind the first that is wrong, up to so many. */
  readonly most?: number | undefined
  /** How far it has come. */
  readonly onStep?: ((what: 'pages' | 'events' | 'folded' | 'rows', count: number) => Promise<void>) | undefined
}

export interface Verified {
  readonly events: number
  /** Over all events; meaningless where one is missing. */
  readonly root: Uint8Array
  /** Signed objects and notes: their hashes, and unless it was quick their signatures. */
  readonly objects: number
  /** Kept in the ledger, and given. */
  readonly checkpoints: { readonly stored: number; readonly given: number }
  /** Whether the tables were compared: not when it was quick, nor when the log itself is not whole. */
  readonly tables: boolean
  /** First found, first told; empty: all is whole. */
  readonly damages: readonly Damage[]
  /** There are more than were asked for. */
  readonly more: boolean
}

/**
 * Reads one unchanging state of the book, while others may be writing to it.
 * @throws LicError PROOF_INVALID, UNKNOWN_KEY, BAD_SIGNATURE for a checkpoint that is none of this ledger's; LEDGER_DAMAGED
 * when not even that can be told
 */
export const verifyLedger = (ledger: Pick<Ledger, 'snapshot'>, input: VerifyInput = {}): Promise<Verified> =>
  ledger.snapshot(async (db) => {
    const { most = 1, quick = false } = input
    const given = await givenCheckpoints(db, input)
    const seen: Seen = { events: 0, signatures: 0, checkpoints: 0, root: new Uint8Array(32) }
    const damages: Damage[] = []
    const progress = { tables: false }
    let more = false
    for await (const each of allDamages(db, { ...input, quick, given }, seen, progress)) {
      if (damages.length === most) {
        more = true
        break
      }
      damages.push(each)
      // The first is all that is asked for: whether there are more is not worth the rest of the way.
      if (most === 1) break
    }
    return {
      events: seen.events,
      root: seen.root,
      objects: seen.signatures,
      checkpoints: { stored: seen.checkpoints, given: given.length },
      tables: progress.tables,
      damages,
      more,
    }
  })

const givenCheckpoints = async (
  db: Reader,
  { checkpoints = [], roots }: VerifyInput,
): Promise<readonly Checkpoint[]> => {
  if (checkpoints.length === 0) return []
  const own = await ownTrust(db)
  const trust = roots === undefined ? own : { ...own, roots }
  return checkpoints.map((text) => {
    const read = readCheckpoint(text)
    verifyCheckpoint(read, trust)
    return read
  })
}

interface Given extends Omit<VerifyInput, 'quick' | 'checkpoints'> {
  readonly quick: boolean
  readonly given: readonly Checkpoint[]
}

async function* allDamages(
  db: Reader,
  { onStep = async () => {}, quick, given, roots, treeApart = false }: Given,
  seen: Seen,
  progress: { tables: boolean },
): AsyncGenerator<Damage> {
  let whole = true
  const told = async function* (found: AsyncIterable<Damage> | Iterable<Damage>): AsyncGenerator<Damage> {
    for await (const each of found) {
      if (!treeApart || each.table !== 'tree_nodes') whole = false
      yield each
    }
  }
  yield* told(fileDamages(db, quick, () => onStep('pages', 1)))
  if (!whole) return
  const definitions = await definitionDamages(db)
  const lost = definitions.filter(({ row, what }) => row.startsWith('table ') && what === MISSING)
  // What lay in a table that is gone cannot even be asked for.
  yield* told(lost)
  if (!whole) return
  const onEvents = (count: number) => onStep('events', count)
  yield* told(historyDamages(db, { checkpoints: given, roots, quick, onEvents }, seen))
  // What was done without a trigger stands above: that it is gone is no cause to stop.
  yield* definitions
  // What the tables ought to be follows from the log alone: of one that is not whole nothing follows.
  progress.tables = whole && !quick
  let differs = false
  if (progress.tables) {
    for await (const each of tableDamages(db, onStep)) {
      differs = true
      yield each
    }
  }
  // A row that is gone was named above, and is why others name nothing.
  if (!differs) yield* await referenceDamages(db)
}

async function* fileDamages(db: Reader, quick: boolean, onTable: () => Promise<void>): AsyncGenerator<Damage> {
  try {
    for (const what of await integrityProblems(db, { thorough: !quick, onTable })) yield damage('file', 'pages', what)
  } catch (error) {
    if (!(error instanceof LicError) || error.code !== 'LEDGER_DAMAGED') throw error
    yield damage('file', 'pages', error.message)
  }
}

const definitionDamages = async (db: Reader): Promise<readonly Damage[]> => {
  const fresh = await openLedger({ file: ':memory:', create: true })
  try {
    return (await schemaDifferences(db, fresh.db)).map(({ name, what }) => damage('schema', name, what))
  } finally {
    await fresh.close()
  }
}

const referenceDamages = async (db: Reader): Promise<readonly Damage[]> =>
  (await brokenReferences(db)).map(({ table, row, parent }) => damage(table, row, `names no row of ${parent}`))

/** Above this many events the tables are made in a file, so that memory stays flat. */
const IN_MEMORY = 20_000

async function* tableDamages(db: Reader, onStep: NonNullable<VerifyInput['onStep']>): AsyncGenerator<Damage> {
  const small = (await logSize(db)) <= IN_MEMORY
  // Names and addresses lie in it: a directory that nobody else can look into.
  const directory = small ? undefined : mkdtempSync(join(tmpdir(), 'lic-verify-'))
  try {
    const file = directory === undefined ? ':memory:' : join(directory, 'ledger.db')
    const made = await refolded(db, file, (count) => onStep('folded', count)).catch((error: unknown) => {
      if (error instanceof LicError && error.code === 'LEDGER_DAMAGED') return error
      throw error
    })
    if (made instanceof LicError) {
      yield damage('events', 'all', `they make no tables: ${made.message}`)
      return
    }
    try {
      yield* differences(db, made.db, (count) => onStep('rows', count))
    } finally {
      await made.close()
    }
  } finally {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
  }
}
