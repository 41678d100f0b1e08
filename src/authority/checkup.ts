/**
 * The checkup of an authority, for `lic doctor` and for whoever watches over a server: every check is a function of the
 * machine and, where there is one, the ledger. Invariant: a ledger that is missing or damaged is a finding, never the end.
 */

import { existsSync, statSync } from 'node:fs'
import { LicError } from '../core/errors.ts'
import { backupTimes } from '../ledger/backups.ts'
import { newestEventTime } from '../ledger/events.ts'
import { type Examined, examine } from '../ledger/health.ts'
import { listKeys } from '../ledger/keys.ts'
import { isUrl, shown } from '../ledger/place.ts'
import { type Check, damaged, fail, type Machine } from './checkup/check.ts'
import { backups, modes } from './checkup/files.ts'
import { keyCopies } from './checkup/key-copies.ts'
import { certificates, keyChecks, strayKeys } from './checkup/keys.ts'
import {
  asked,
  clockAgainstEvents,
  integrity,
  journal,
  ledgerVersion,
  placed,
  published,
  references,
  restoreFrom,
  signedHead,
  waiting,
} from './checkup/ledger.ts'
import {
  clock,
  diskSpace,
  environment,
  fileSystem,
  leftovers,
  nodeVersion,
  programVersion,
  sqlite,
} from './checkup/machine.ts'
import { serverChecks } from './checkup/server.ts'
import { oldFiles, stolenKeys } from './checkup/stolen.ts'
import { shellWord } from './vault.ts'

export type { Check, FileSystem, Machine } from './checkup/check.ts'

type Question = (ledger: Examined, machine: Machine) => Promise<Check>

/** What a book in a file is asked for itself, and then every book, in this order. Each although another had no answer. */
const OF_THE_FILE: readonly (readonly [string, Question])[] = [
  ['references', references],
  ['journal', journal],
  ['synchronous', waiting],
]
const OF_THE_LEDGER: readonly (readonly [string, Question])[] = [
  ['log', placed],
  ['clock and ledger', clockAgainstEvents],
  ['revocations', published],
  ['compromised keys', stolenKeys],
  ['checkpoint', signedHead],
]

/** Every finding, machine first. Changes nothing, asks nobody, opens no locked key. */
export const checkup = async (machine: Machine): Promise<readonly Check[]> => {
  const inFile = !isUrl(machine.ledger)
  return [
    programVersion(machine),
    nodeVersion(machine),
    ...(inFile ? [await sqlite()] : []),
    clock(machine),
    ...(inFile ? [fileSystem(machine), diskSpace(machine)] : []),
    modes(machine),
    environment(machine),
    leftovers(machine),
    ...(await withLedger(machine)),
  ]
}

const withLedger = async (machine: Machine): Promise<readonly Check[]> => {
  let ledger: Examined
  try {
    ledger = await examine({
      file: machine.ledger,
      ...(machine.busyTimeout !== undefined && { busyTimeout: machine.busyTimeout }),
    })
  } catch (error) {
    if (!(error instanceof LicError)) throw error
    return [...(await keyChecks(machine, null)), unopened(error, machine)]
  }
  try {
    return await ofTheLedger(machine, ledger)
  } finally {
    await ledger.close()
  }
}

const ofTheLedger = async (machine: Machine, ledger: Examined): Promise<readonly Check[]> => {
  const { home, ledger: place } = machine
  const inFile = !isUrl(place)
  const version = ledgerVersion(ledger, machine)
  if (version.damaged) return [...(await keyChecks(machine, null)), version]
  const whole = inFile ? [await asked('integrity', home, () => integrity(ledger, machine, statSync(place).size))] : []
  // A newer ledger may keep other things in other places: what this program would say of them could be wrong.
  if (ledger.version > ledger.known)
    return [...(await keyChecks(machine, null)), version, ...whole, ...(inFile ? backups(machine, null, null) : [])]
  const checks: Check[] = inFile ? [] : [...(await serverChecks(ledger))]
  for (const [name, check] of [...(inFile ? OF_THE_FILE : []), ...OF_THE_LEDGER])
    checks.push(await asked(name, home, () => check(ledger, machine)))
  const keys = await listKeys(ledger.db).catch(() => null)
  const copied = await backupTimes(ledger.db).catch(() => null)
  return [
    ...(await keyChecks(machine, keys)),
    ...certificates(machine, keys ?? []),
    ...strayKeys(machine, keys ?? []),
    ...oldFiles(machine, keys ?? []),
    ...(await keyCopies(ledger.db, keys ?? [], copied?.withKeys ?? null).catch(() => [])),
    version,
    ...whole,
    ...checks,
    // A server is copied in its own way, and what lic knows of that is nothing, unless it made the copies.
    ...(inFile || copied?.made != null ? backups(machine, await newestIn(ledger), copied) : []),
  ]
}

const newestIn = ({ db }: Examined): Promise<number | null> => newestEventTime(db).catch(() => null)

const unopened = (error: LicError, { home, ledger: file }: Machine): Check => {
  if (isUrl(file))
    return fail('ledger', `${shown(file)}: ${error.message}`, error.hint ?? 'lic help LEDGER_UNREACHABLE')
  if (error.code === 'NO_LEDGER') {
    const keysThere = existsSync(`${home}/keys`)
    return keysThere
      ? damaged(
          'ledger',
          `there are keys, but no ledger at ${file}`,
          `lic ledger restore /path/to/backup --home ${shellWord(home)}`,
        )
      : fail('ledger', `there is no ledger at ${file}`, 'lic init --name NAME')
  }
  if (error.code === 'LEDGER_DAMAGED') return damaged('ledger', error.message, restoreFrom(home))
  return fail('ledger', error.message, error.hint ?? `ls -l ${shellWord(file)}`)
}
