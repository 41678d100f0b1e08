/** `lic doctor`: the checkup of this authority, each finding with the one command that mends it. */

import { statfsSync } from 'node:fs'
import { platform } from 'node:os'
import { type Check, checkup } from '../../authority/checkup.ts'
import type { Context } from '../context.ts'
import { ledgerOf } from '../ledger-place.ts'
import type { Finding, Outcome } from '../outcome.ts'
import type { Tone } from '../paint.ts'
import type { Show } from '../show.ts'
import { VERSION } from '../version.ts'

interface DoctorOptions {
  readonly quick: boolean
}

export const doctor = async (context: Context, { quick }: DoctorOptions): Promise<Outcome> => {
  const { io, home, voice } = context
  const progress = voice.progress('tables read')
  const checks = await checkup({
    home,
    ledger: ledgerOf(io, home),
    now: io.now(),
    node: io.node,
    program: VERSION,
    env: io.env,
    platform: platform(),
    fileSystem: (path) => statfsSync(path),
    busyTimeout: io.busyTimeout,
    quick,
    onTable: () => progress.step(),
  }).finally(() => progress.end())
  const finding = findingOf(checks)
  return {
    schema: 'checkup',
    data: { home, checks: checks.map(({ name, status, found, fix }) => ({ name, status, found, fix })) },
    show: io.stdout.isTTY ? page(checks) : table(checks),
    ...(finding && { finding }),
    notes: [summary(checks)],
  }
}

const findingOf = (checks: readonly Check[]): Finding | undefined => {
  const failed = checks.filter(({ status }) => status === 'fail')
  const [first] = failed
  if (first === undefined) return undefined
  const worst = failed.find((check) => check.damaged) ?? first
  const message = `${worst.name}: ${worst.found}`
  return { code: worst.damaged ? 'LEDGER_DAMAGED' : 'UNHEALTHY', message, hint: worst.fix ?? '' }
}

const summary = (checks: readonly Check[]): string => {
  const count = (status: Check['status']): number => checks.filter((check) => check.status === status).length
  return `${checks.length} checks: ${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed`
}

const RANK: Readonly<Record<Check['status'], number>> = { ok: 0, warn: 1, fail: 2 }

const TONES: Readonly<Record<Check['status'], Tone>> = { ok: 'good', warn: 'warn', fail: 'bad' }

const table = (checks: readonly Check[]): Show => ({
  table: {
    columns: [{ title: 'status' }, { title: 'check' }, { title: 'found' }, { title: 'fix' }],
    rows: checks.map(({ name, status, found, fix }) => [status, name, found, fix ?? '']),
  },
})

/** A line a check, and below it the command, whole: it is there to be copied. */
const page = (checks: readonly Check[]): Show =>
  // What is not well stands last, where a terminal of 24 rows still shows it.
  [...checks]
    .sort((a, b) => RANK[a.status] - RANK[b.status])
    .flatMap(({ name, status, found, fix }): Show[] => [
      { text: `${status.padEnd(5)} ${name}: ${found}`, tone: TONES[status] },
      ...(fix === null ? [] : [{ text: `      fix: ${fix}` }]),
    ])
