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
import { type Check, damaged, fail, type Machine } from './checkup/check.ts'
import { backups, modes } from './checkup/files.ts'
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
import { ledgerFile } from './init.ts'
import { shellWord } from './vault.ts'

export type { Check, FileSystem, Machine } from './checkup/check.ts'

/** What the book is asked, in this order. Each is asked although another had no answer. */
const OF_THE_LEDGER = [
  ['references', references],
  ['journal', journal],
  ['synchronous', waiting],
  ['log', placed],
  ['clock and ledger', clockAgainstEvents],
  ['revocations', published],
  ['checkpoint', signedHead],
] as const

/** Every finding, machine first. Changes nothing, asks nobody, opens no locked key. */
export const checkup = async (machine: Machine): Promise<readonly Check[]> => {
  const { home } = machine
  return [
    programVersion(machine),
    nodeVersion(machine),
    await sqlite(),
    clock(machine),
    fileSystem(machine),
    diskSpace(machine),
    modes(machine),
    environment(machine),
    leftovers(machine),
    ...(await withLedger(machine, home)),
  ]
}

const withLedger = async (machine: Machine, home: string): Promise<readonly Check[]> => {
  const file = ledgerFile(home)
  let ledger: Examined
  try {
    ledger = await examine({ file, ...(machine.busyTimeout !== undefined && { busyTimeout: machine.busyTimeout }) })
  } catch (error) {
    if (!(error instanceof LicError)) throw error
    return [...(await keyChecks(machine, null)), unopened(error, home)]
  }
  try {
    return await ofTheLedger(machine, ledger)
  } finally {
    await ledger.close()
  }
}

const ofTheLedger = async (machine: Machine, ledger: Examined): Promise<readonly Check[]> => {
  const { home } = machine
  const file = ledgerFile(home)
  const version = ledgerVersion(ledger, machine)
  if (version.damaged) return [...(await keyChecks(machine, null)), version]
  const whole = await asked('integrity', home, () => integrity(ledger, machine, statSync(file).size))
  // A newer ledger may keep other things in other places: what this program would say of them could be wrong.
  if (ledger.version > ledger.known)
    return [...(await keyChecks(machine, null)), version, whole, ...backups(machine, null, null)]
  const checks: Check[] = []
  for (const [name, check] of OF_THE_LEDGER) checks.push(await asked(name, home, () => check(ledger, machine)))
  const keys = await listKeys(ledger.db).catch(() => null)
  return [
    ...(await keyChecks(machine, keys)),
    ...certificates(machine, keys ?? []),
    ...strayKeys(machine, keys ?? []),
    version,
    whole,
    ...checks,
    ...backups(machine, await newestIn(ledger), await backupTimes(ledger.db).catch(() => null)),
  ]
}

const newestIn = ({ db }: Examined): Promise<number | null> => newestEventTime(db).catch(() => null)

const unopened = (error: LicError, home: string): Check => {
  const file = ledgerFile(home)
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
