/**
 * What a shell asks while somebody types: `lic complete -- WORD...`, the last word being typed. The first line says what
 * to offer (`words`, `files`, `directories`), each further line a value and, behind a tab, what it is. Invariants: it
 * reads only, opens no key, makes no ledger and brings none up to date; whatever fails, it offers nothing and is silent;
 * no value holds a character that a shell would read as more than itself.
 */

import { ERRORS } from '../../core/error-table.ts'
import { safe } from '../../render/safe.ts'
import { homeOf } from '../context.ts'
import { HINTS } from '../exits.ts'
import type { Io } from '../io.ts'
import { ledgerOf } from '../ledger-place.ts'
import { OFFERED } from '../program.ts'
import { TOPICS } from '../topics.ts'
import type { Live, Source } from './sources.ts'
import { type Candidate, namesBehind, type Wanted, wantedAt } from './wanted.ts'

/** A reader of the book waits for nobody; the wait is for a disk. */
const BUSY_TIMEOUT = 50

export const answer = async (argv: readonly string[], io: Io): Promise<void> => {
  const wanted = wantedAt(argv[0] === '--' ? argv.slice(1) : argv, OFFERED)
  const { source } = wanted
  if (source === 'files' || source === 'directories') return io.stdout.write(`${source}\n`)
  const lines = (await candidatesOf(wanted, io))
    .filter(({ value }) => value.startsWith(wanted.typed) && HARMLESS.test(value))
    .map(({ value, meaning }) => `${wanted.before}${value}\t${safe(meaning)}\n`)
  return io.stdout.write(`words\n${lines.join('')}`)
}

const HARMLESS = /^[\w.@+/-]+$/

const candidatesOf = async (wanted: Wanted, io: Io): Promise<readonly Candidate[]> => {
  const { source, candidates, path } = wanted
  if (source === undefined) return candidates
  if (typeof source !== 'string') return source.map((value) => ({ value, meaning: '' }))
  if (source === 'help') return pages(path.slice(1))
  if (source === 'schemas') {
    const { PUBLISHED } = await import('../schemas/published.ts')
    return PUBLISHED.map(({ name, description }) => ({ value: name.replace(/^lic\.|\/1$/g, ''), meaning: description }))
  }
  return isLive(source) ? known(source, wanted, io) : []
}

const pages = (path: readonly string[]): readonly Candidate[] => [
  ...namesBehind(path, OFFERED),
  ...(path.length > 0
    ? []
    : [
        ...Object.keys(TOPICS).map((value) => ({ value, meaning: 'a topic' })),
        ...(Object.keys(ERRORS) as (keyof typeof ERRORS)[]).map((value) => ({ value, meaning: HINTS[value] })),
      ]),
]

const isLive = (source: Source): source is Live => source !== 'files' && source !== 'directories'

const known = async (source: Live, { home, brand, typed }: Wanted, io: Io): Promise<readonly Candidate[]> => {
  const { openLedger } = await import('../../ledger/open.ts')
  const { COMPLETIONS } = await import('../../ledger/completions.ts')
  // The shell hands over what was typed; it is lic that would have been given the tilde's directory.
  const dir = home?.replace(/^~(?=\/|$)/, io.homedir)
  const file = ledgerOf(io, homeOf(io, dir))
  const ledger = await openLedger({ file, readOnly: true, busyTimeout: BUSY_TIMEOUT })
  try {
    return await COMPLETIONS[source](ledger.db, brand || io.env.LIC_BRAND || null, typed)
  } finally {
    await ledger.close()
  }
}
