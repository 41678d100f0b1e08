/**
 * `lic key compromise`: a key is not the vendor's alone any more. It is put on every list, what it touches is listed, and with
 * --reissue signed again under another key. The same command goes on where an earlier one was stopped.
 */

import type { Authority } from '../../authority/authority.ts'
import { compromiseKey, type Foreseen, foreseeCompromise } from '../../authority/compromise-key.ts'
import { handOver } from '../../authority/hand-over.ts'
import { needsReissue, openForReissue, type Reissued, reissueAll } from '../../authority/reissue.ts'
import { formatTime, parseTime } from '../../authority/term.ts'
import { encodeBase64 } from '../../core/base64.ts'
import { toHex } from '../../core/bytes.ts'
import { formatKey, keyBeginning, maskKey } from '../../core/codes/license-key.ts'
import { LicError } from '../../core/errors.ts'
import type { Key } from '../../ledger/keys.ts'
import { findRevision } from '../../ledger/revisions.ts'
import type { Reader } from '../../ledger/schema.ts'
import { countUnder, type SignedUnder, signedUnder, type Under } from '../../ledger/signed-under.ts'
import { withAuthority } from '../authority.ts'
import { fileName, openDirectory, type WriteInto } from '../batch/out-dir.ts'
import type { Context } from '../context.ts'
import { isoTime } from '../moment.ts'
import type { Finding, Outcome } from '../outcome.ts'
import type { Show } from '../show.ts'

interface CompromiseOptions {
  readonly key: string
  readonly at: string | undefined
  readonly epoch: string | undefined
  readonly reissue: boolean
  readonly outDir: string | undefined
  readonly reason: string | undefined
  readonly signer: string | undefined
  readonly passphraseFile: string | undefined
  readonly passphraseFd: string | undefined
  readonly clockOk: boolean
}

export const keyCompromise = async (context: Context, options: CompromiseOptions): Promise<Outcome> => {
  const { outDir, reissue, reason } = options
  if (outDir !== undefined && !reissue) throw new LicError('USAGE', '--out-dir goes with --reissue')
  const at = options.at === undefined ? undefined : parseTime(options.at, 'start')
  const input = { key: options.key, at, epoch: epochOf(options.epoch), reason }
  const writeInto = outDir === undefined ? undefined : await openDirectory(context, outDir)
  return withAuthority(context, { ...options, brand: null }, async (authority) => {
    const { db } = authority.ledger
    const foreseen = await foreseeCompromise(db, authority, input)
    const count = await countUnder(db, foreseen.under, authority.now())
    await confirmed(context, foreseen, count)
    const { key, again, under } = await compromiseKey(authority, input)
    const done =
      reissue && !context.dryRun
        ? await reissued(context, authority, key, under, count.newest)
        : new Map<number, Reissued>()
    const rows = await rowsOf(db, under, done, authority.now(), writeInto)
    return outcome(context, { key, at: foreseen.at, below: foreseen.below, again, rows, reissue })
  })
}

const epochOf = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new LicError('USAGE', `--epoch is a number, not ${text}`)
}

const nameOf = ({ name, role }: Key): string => name ?? role

/** What falls with it, by name: `ci 8103352e9f03eb0f`. */
const belowText = (below: readonly Key[]): string => below.map((key) => `${nameOf(key)} ${toHex(key.kid)}`).join(', ')

const confirmed = async (
  { ask, voice }: Context,
  { key, at, below }: Foreseen,
  { licenses, newest }: { readonly licenses: number; readonly newest: number },
): Promise<void> => {
  // What was said before is only shown again, or gone on with.
  if (key.state === 'compromised' && (key.role === 'emergency' || key.compromisedAt === at)) return
  const words =
    key.role === 'emergency'
      ? `the emergency codes of ${licenses} ${licenses === 1 ? 'license' : 'licenses'} end with the next list that a device reads`
      : `with the next list, ${licenses} ${licenses === 1 ? 'license stands' : 'licenses stand'} only where installed before ${formatTime(at)}, or proved; ${newest} in use`
  await voice.note(words)
  if (below.length > 0) await voice.note(`what it certified falls with it: ${belowText(below)}`)
  await ask.confirm(
    `${nameOf(key)} (${toHex(key.kid)}) is compromised${key.role === 'emergency' ? '' : ` since ${formatTime(at)}`}?`,
  )
}

/** @throws LicError INTERRUPTED telling how far it came; and, with what is recorded by then, as the key that signs instead */
const reissued = async (
  { voice, io }: Context,
  authority: Authority,
  compromised: Key,
  under: Under,
  total: number,
): Promise<ReadonlyMap<number, Reissued>> => {
  const done = new Map<number, Reissued>()
  if (total === 0) return done
  const key = await openForReissue(authority, under).catch((error: unknown) => {
    if (!(error instanceof LicError)) throw error
    throw new LicError(
      error.code,
      `${nameOf(compromised)} is recorded as compromised, and nothing was re-issued: ${error.message}`,
      { ...(error.hint !== undefined && { hint: error.hint }), cause: error },
    )
  })
  const progress = voice.progress('licenses re-issued', total)
  try {
    for await (const each of reissueAll(authority, key, under)) {
      done.set(each.license.id, each)
      await progress.step()
      if (!io.signal.aborted) continue
      throw new LicError('INTERRUPTED', `interrupted; ${done.size} of ${total} licenses are re-issued`, {
        hint: 'the same command goes on where it was',
      })
    }
  } finally {
    await progress.end()
  }
  return done
}

interface Row {
  readonly license: SignedUnder
  /** What is to be done, or was: `none` for one that nobody uses any more. */
  readonly step: 'reissue' | 'reissued' | 'hand over' | 'failed' | 'none'
  readonly revision: number
  readonly expires: number | null
  readonly file: string | null
  readonly error: LicError | null
}

const AT_ONCE = 500

/** Everything that is touched, with the file of what is to be sent out where one is wanted. */
const rowsOf = async (
  db: Reader,
  under: Under,
  done: ReadonlyMap<number, Reissued>,
  now: number,
  writeInto: WriteInto | undefined,
): Promise<readonly Row[]> => {
  const rows: Row[] = []
  for (let after = 0; ; ) {
    const page = await signedUnder(db, under, { after, limit: AT_ONCE })
    for (const license of page) rows.push(await rowOf(db, license, done.get(license.id), now, writeInto))
    if (page.length < AT_ONCE) return rows
    after = page.at(-1)?.id ?? after
  }
}

const rowOf = async (
  db: Reader,
  license: SignedUnder,
  done: Reissued | undefined,
  now: number,
  writeInto: WriteInto | undefined,
): Promise<Row> => {
  const { revision, expires, state } = license
  const base = { license, revision, expires, file: null, error: null }
  if (done !== undefined && 'error' in done) return { ...base, step: 'failed', error: done.error }
  if (needsReissue(license, now)) return { ...base, step: 'reissue' }
  const used = (state === 'active' || state === 'suspended') && (expires === null || expires > now)
  if (!used) return { ...base, step: 'none' }
  const bytes = done?.handed.bytes ?? (writeInto && (await findRevision(db, license.id, revision))?.bytes)
  const name = fileName(keyBeginning(formatKey(license.prefix, license.cti)))
  const file = writeInto && bytes ? await writeInto(name, handOver(bytes).bytes, false) : null
  return { ...base, step: done ? 'reissued' : 'hand over', file }
}

const rowData = ({ license, step, revision, expires, file, error }: Row) => ({
  key: formatKey(license.prefix, license.cti),
  customer: license.customer,
  state: license.state,
  revision,
  expires: isoTime(expires),
  step,
  file,
  error: error && { code: error.code, message: error.message, hint: error.hint ?? null },
})

interface Said {
  readonly key: Key
  readonly at: number
  /** Keys that fall with it. */
  readonly below: readonly Key[]
  readonly again: boolean
  readonly rows: readonly Row[]
  readonly reissue: boolean
}

const outcome = ({ dryRun }: Context, said: Said): Outcome => {
  const { key, at, below, again, rows } = said
  const of = (step: Row['step']): number => rows.filter((row) => row.step === step).length
  const failed = rows.find(({ error }) => error !== null)
  return {
    schema: 'compromise',
    data: {
      kid: toHex(key.kid),
      name: key.name,
      role: key.role,
      epoch: key.epoch,
      at: key.role === 'emergency' ? null : isoTime(at),
      tree: key.tree && { size: key.tree.size, root: encodeBase64(key.tree.root) },
      below: below.map(({ kid, role, name }) => ({ kid: toHex(kid), role, name })),
      again,
      touched: rows.length,
      reissued: of('reissued'),
      left: of('reissue'),
      licenses: rows.map(rowData),
      ...(dryRun && { dryRun: true }),
    },
    show: [
      {
        fields: [
          ['compromised', { text: nameOf(key), tone: 'bad' }],
          ['kid', toHex(key.kid)],
          ['since', key.role === 'emergency' ? undefined : formatTime(at)],
          ...below.map((each): [string, string] => ['falls with it', `${nameOf(each)} ${toHex(each.kid)}`]),
          ['log before', key.tree ? `${key.tree.size} events` : undefined],
          ['licenses', String(rows.length)],
          ['re-issued', of('reissued') === 0 ? undefined : String(of('reissued'))],
        ],
      },
      ...tableOf(rows),
    ],
    ...(failed && { finding: findingOf(failed, of('failed'), rows.length) }),
    notes: dryRun ? ['dry run: nothing was recorded'] : nextText(said, of),
  }
}

const tableOf = (rows: readonly Row[]): readonly Show[] =>
  rows.length === 0
    ? []
    : [
        { text: '' },
        {
          table: {
            columns: ['license', 'customer', 'state', 'revision', 'expires', 'next'].map((title) => ({ title })),
            rows: rows.map(({ license, revision, expires, step, file }) => [
              maskKey(license.prefix, license.cti),
              license.customer,
              license.state,
              String(revision),
              isoTime(expires) ?? 'never',
              file ?? step,
            ]),
          },
        },
      ]

const findingOf = ({ license, error }: Row, failed: number, rows: number): Finding => ({
  code: 'BATCH_PARTIAL',
  message: `${failed} of ${rows} licenses could not be signed again, the first is ${maskKey(license.prefix, license.cti)}: ${error?.message}`,
  ...(error?.hint !== undefined && { hint: error.hint }),
})

const nextText = ({ key, below, reissue }: Said, of: (step: Row['step']) => number): readonly string[] => {
  const kid = toHex(key.kid).slice(0, 8)
  const word =
    key.role === 'emergency' ? `emergency --epoch ${key.epoch}` : `${kid} --at ${formatTime(key.compromisedAt ?? 0)}`
  const left = of('reissue')
  const roles: Partial<Record<Key['role'], readonly string[]>> = {
    issuing: [
      'beside an issuing key lies the emergency secret: if its file was taken, lic key compromise emergency, and lic key rotate emergency',
    ],
    list: ['lists of the thief are refused once a device has a list of another key: lic key rotate list, then publish'],
    root: ['no list ends what a root certifies: products need a release that embeds another root; lic key rotate root'],
  }
  return [
    'devices learn of it from the next list: lic revocations publish --out FILE',
    ...(left === 0 || (reissue && of('failed') > 0)
      ? []
      : [
          `${left} licenses are to be signed again under another key: lic key compromise ${word} --reissue --out-dir DIR`,
        ]),
    ...(of('hand over') > 0 && !reissue
      ? [
          `${of('hand over')} have a newer revision under another key, which is to be handed over: lic show KEY --out FILE`,
        ]
      : []),
    ...(below.some(({ role }) => role === 'delegated')
      ? ['who signs with a delegated key that falls needs one under another key: lic key delegate']
      : []),
    ...(roles[key.role] ?? []),
  ]
}
