/**
 * `lic key ceremony`: an authority is made, its root key and emergency secret are printed, read back and proven, and the root key
 * leaves the machine. A person is led through it; a script makes the pages (--pause) and goes on when they are proven
 * (--proof). Invariant: the root key leaves only after its page has been proven, and each step stands in the record.
 */

import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Authority } from '../../authority/authority.ts'
import { type Opened, openToBackUp } from '../../authority/backup-key.ts'
import type { AskPassphrase } from '../../authority/key-files.ts'
import { ledgerFile, urlFile } from '../../authority/ledger-place.ts'
import { moveKey, placeForKey, sameMedium } from '../../authority/move-key.ts'
import { provePaper } from '../../authority/prove-paper.ts'
import { recordCopy } from '../../authority/record-copy.ts'
import type { Sealing } from '../../authority/vault.ts'
import { encodeBase64 } from '../../core/base64.ts'
import { toHex } from '../../core/bytes.ts'
import { ERRORS } from '../../core/error-table.ts'
import { LicError } from '../../core/errors.ts'
import { listKeys } from '../../ledger/keys.ts'
import { authorityName } from '../../ledger/meta.ts'
import type { Reader } from '../../ledger/schema.ts'
import { withAuthority } from '../authority.ts'
import { backupPage } from '../backup-page.ts'
import { beginning, type CeremonyRecord, ending, keysMade, openRecord } from '../ceremony-record.ts'
import type { Context } from '../context.ts'
import { checkSeal, ownSealing, type SealFlags } from '../new-passphrase.ts'
import type { Outcome } from '../outcome.ts'
import { writeFiles } from '../output.ts'
import { contentsIn, type GivenPaper, paperIn, typedPaper } from '../paper.ts'
import { givenPassphrase } from '../passphrase.ts'
import { backupTemplate } from '../sheet.ts'
import { init } from './init.ts'

/** What a ceremony leaves to `lic init` alone; where the ledger lies, LIC_LEDGER may say. */
const PLAIN = { ephemeral: false, passphraseFd: undefined, ledger: undefined } as const

interface CeremonyOptions extends SealFlags {
  readonly name: string | undefined
  readonly prefix: string | undefined
  readonly noPassphrase: boolean
  readonly passphraseFile: readonly string[]
  readonly rootTo: string | undefined
  readonly sheets: string | undefined
  readonly language: string | undefined
  readonly proof: readonly string[]
  readonly pause: boolean
  readonly keepSheets: boolean
  readonly transcript: string | undefined
}

/** What is printed, proven, and for the root moved. */
const PRINTED = ['root', 'emergency'] as const
type Printed = (typeof PRINTED)[number]

export const keyCeremony = async (context: Context, options: CeremonyOptions): Promise<Outcome> => {
  const { ask, home, dryRun } = context
  const proofs = proofsOf(options)
  backupTemplate(options.language)
  checkSeal(options)
  const again = existsSync(ledgerFile(home)) || existsSync(urlFile(home))
  checkAnswers(context, options, proofs, again)
  const directory = options.pause && options.rootTo === undefined ? undefined : await directoryFor(context, options)
  if (dryRun && again)
    throw new LicError('USAGE', '--dry-run is for the beginning of a ceremony, and this one has begun')
  if (dryRun) return init(context, { ...options, ...PLAIN })
  const sealing =
    pagesDue(context, options, again).length > 0 ? await ownSealing(context, options, 'the pages') : undefined
  const path = context.path(options.transcript ?? join(home, 'ceremony.txt'))
  if (!again) {
    if (existsSync(path)) openRecord(context, path, false)
    await init(context, { ...options, ...PLAIN })
  }
  const record = openRecord(context, path, again)
  return withAuthority(context, { brand: null }, async (authority) => {
    const { db } = authority.ledger
    const scene: Scene = { context, options, authority, db, record, passphrase: passphrases(context, options), sealing }
    if (!again) record.text(beginning(context, (await authorityName(db)) ?? ''))
    const opened = await openBoth(scene, again)
    const sheets = await printed(scene, opened, again)
    if (options.pause) return outcome(scene, opened, { stage: 'printed', sheets, rootFile: null })
    if (ask.interactive) {
      await context.voice.note(`print ${sheets.join(' and ')} now, and bring the printed pages here`)
    }
    for (const role of PRINTED) await proven(scene, opened[role], proofs.get(role))
    const rootFile = moved(scene, opened.root, directory ?? (await directoryFor(context, options)))
    const left = options.keepSheets ? sheets : removed(scene, sheets)
    record.done('the ceremony is over')
    record.text(ending)
    return outcome(scene, opened, { stage: 'done', sheets: left, rootFile })
  })
}

interface Scene {
  readonly context: Context
  readonly options: CeremonyOptions
  readonly authority: Authority
  readonly db: Reader
  readonly record: CeremonyRecord
  readonly passphrase: AskPassphrase
  /** Of the pages that are to be printed. */
  readonly sealing: Sealing | undefined
}
type Both = Readonly<Record<Printed, Opened>>

const isPrinted = (role: string): role is Printed => (PRINTED as readonly string[]).includes(role)

/** `root=photo.png`. @throws LicError USAGE */
const proofsOf = ({ proof }: CeremonyOptions): ReadonlyMap<Printed, string> => {
  const proofs = new Map<Printed, string>()
  for (const given of proof) {
    const [, role = '', file = ''] = /^([a-z]+)=(.+)$/s.exec(given) ?? []
    if (!isPrinted(role) || proofs.has(role)) {
      throw new LicError('USAGE', `--proof takes ${PRINTED.map((each) => `${each}=FILE`).join(' and ')}, each once`)
    }
    proofs.set(role, file)
  }
  return proofs
}

/** What must be asked and cannot be is told before anything is made. @throws LicError USAGE, CONFLICT */
const checkAnswers = (
  { ask, home }: Context,
  { name, pause, rootTo }: CeremonyOptions,
  proofs: ReadonlyMap<Printed, string>,
  again: boolean,
): void => {
  if (again && name !== undefined) {
    throw new LicError('CONFLICT', `there is an authority in ${home} already`, {
      hint: 'go on with its ceremony by leaving --name out, or use another home: --home DIR',
    })
  }
  if (pause && proofs.size > 0)
    throw new LicError('USAGE', '--pause and --proof exclude each other: first print, then prove')
  if (ask.interactive) return
  const missing = PRINTED.find((role) => !proofs.has(role))
  if (!pause && missing !== undefined) {
    throw new LicError('USAGE', `--proof ${missing}=FILE is missing, and nobody can be asked for the page`, {
      hint: again
        ? 'add --proof root=FILE --proof emergency=FILE: pictures of the printed pages, or their lines'
        : 'make keys and pages first with --pause; then run it again with --proof root=FILE --proof emergency=FILE',
    })
  }
  if (!pause && rootTo === undefined) {
    throw new LicError('USAGE', '--root-to is missing', {
      hint: 'add --root-to DIR: where the root key goes',
      data: { flag: '--root-to' },
    })
  }
}

/** Where the root key goes: there, with room for it. */
const directoryFor = ({ ask, home, path }: Context, { rootTo }: CeremonyOptions): Promise<string> | string => {
  const checked = (given: string): string => {
    const directory = path(given)
    placeForKey(home, 'root.key', directory)
    return directory
  }
  if (rootTo !== undefined) return checked(rootTo)
  return ask.until('Directory on another medium, which the root key moves to', undefined, checked)
}

/** ROLE=FILE, then FILE, then a person: as `lic init` takes them. */
const passphrases = (context: Context, { passphraseFile }: CeremonyOptions): AskPassphrase => {
  const own = new Map(
    passphraseFile.flatMap((given) => {
      const [, role, file] = /^([a-z]+)=(.+)$/s.exec(given) ?? []
      return role === undefined || file === undefined ? [] : [[role, file] as const]
    }),
  )
  const shared = passphraseFile.find((given) => !/^[a-z]+=./.test(given))
  return orPerson(context, (name) =>
    givenPassphrase(context, { passphraseFile: own.get(basename(name, '.key')) ?? shared }),
  )
}

/** That of a sealed page is typed by who holds the page, also where it was typed a moment ago: that proves it. */
const pagePassphrase = (context: Context, { newPassphraseFile: passphraseFile }: CeremonyOptions): AskPassphrase =>
  orPerson(context, async () => passphraseFile && givenPassphrase(context, { passphraseFile }))

const orPerson =
  ({ ask }: Context, flags: (name: string) => Promise<string | undefined>): AskPassphrase =>
  async (name, attempt) => {
    const given = attempt === 1 ? await flags(name) : undefined
    if (given !== undefined || !ask.interactive || attempt > 3) return given
    return ask.secret(`${attempt === 1 ? '' : 'Wrong, once more. '}Passphrase of ${name}`)
  }

/** Both keys with their passphrases: whoever forgot one at once learns it now. */
const openBoth = async ({ context: { home }, db, record, passphrase }: Scene, again: boolean): Promise<Both> => {
  const root = await openToBackUp({ db, home }, 'root', passphrase)
  const emergency = await openToBackUp({ db, home }, 'emergency', passphrase)
  if (!again) record.text(keysMade(await listKeys(db), root.key))
  record.done(`${again ? 'gone on with' : 'made'}; root key and emergency secret open with their passphrases`)
  return { root, emergency }
}

const sheetPath = ({ home, path }: Context, { sheets }: CeremonyOptions, role: Printed): string =>
  join(path(sheets ?? join(home, 'sheets')), `${role}.html`)

/** What was printed before is perhaps on paper already. */
const pagesDue = (context: Context, options: CeremonyOptions, again: boolean): readonly Printed[] =>
  PRINTED.filter((role) => !again || !existsSync(sheetPath(context, options, role)))

const printed = async (
  { context, options, db, record, sealing }: Scene,
  opened: Both,
  again: boolean,
): Promise<readonly string[]> => {
  const page = { language: options.language, sealing, now: context.io.now() }
  const files = []
  for (const role of pagesDue(context, options, again)) {
    const path = sheetPath(context, options, role)
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    files.push({ path, content: await backupPage(db, opened[role], page), mode: 0o600 })
  }
  await writeFiles(context, files, false)
  for (const { path } of files) record.done(`page to print${sealing ? ', under its own passphrase' : ''}: ${path}`)
  return PRINTED.map((role) => sheetPath(context, options, role))
}

const proven = async (scene: Scene, opened: Opened, file: string | undefined): Promise<void> => {
  const { context, options, authority, record } = scene
  const { role } = opened.key
  const trial = async (page: GivenPaper): Promise<void> => {
    if (page.unprinted) {
      throw new LicError('INVALID_INPUT', `the file of a page does not prove that the ${role} key is on paper`, {
        hint: 'print it, and give a picture of the printed page, or its lines',
      })
    }
    if (options.seal && page.kind === 'paper') {
      throw new LicError('INVALID_INPUT', `the page of the ${role} key has no passphrase of its own`, {
        hint: 'delete the page, and run it again: it is made anew with --seal; or leave --seal out',
      })
    }
    const contents = await contentsIn(context, page, pagePassphrase(context, options)).catch(locked)
    await provePaper(context.home, opened, contents)
    await recordCopy(authority, opened.key, { page: true, file: false, sealed: page.kind === 'sealed', proven: true })
    record.done(`the page of the ${role} key was read back, restored to a file, and is that key`)
  }
  const from = async (given: string): Promise<GivenPaper> => {
    if (given === '') return typedPaper(context)
    const page = await paperIn(context, given)
    if (page !== undefined) return page
    throw new LicError('INVALID_INPUT', `${given} shows no page of a private key`)
  }
  if (file !== undefined) return trial(await from(file))
  await context.ask.until(`Picture of the page of the ${role} key (empty: type its lines)`, '', async (given) => {
    try {
      await trial(await from(given))
    } catch (error) {
      if (error instanceof LicError && ERRORS[error.code].exit !== 130)
        record.done(`a page of the ${role} key failed: ${error.code}`)
      throw error
    }
  })
}

/** Nobody can be asked for the passphrase of a page. */
const locked = (error: unknown): never => {
  if (!(error instanceof LicError) || error.code !== 'KEY_LOCKED') throw error
  throw new LicError('KEY_LOCKED', 'the page is sealed, and there is no passphrase', {
    hint: 'give that of the pages: --seal --new-passphrase-file FILE',
    cause: error,
  })
}

const moved = ({ context: { home }, record }: Scene, { path }: Opened, directory: string): string => {
  const place = placeForKey(home, path, directory)
  const close = sameMedium(home, directory)
  const { exposed } = moveKey(path, place)
  record.done(`the root key was moved to ${place}, compared there, and is gone from ${path}`)
  if (close) record.done('note: that directory lies on the same file system as the home')
  if (exposed) record.done('note: that medium keeps no rights; whoever mounts it can read the file')
  return place
}

/** They hold the keys, most in the clear, and are on paper now. */
const removed = ({ record }: Scene, sheets: readonly string[]): readonly string[] => {
  for (const path of sheets) {
    rmSync(path, { force: true })
    record.done(`deleted: ${path}`)
  }
  return []
}

const outcome = (
  { context: { home }, record, options }: Scene,
  { root: { key } }: Both,
  {
    stage,
    sheets,
    rootFile,
  }: { readonly stage: 'printed' | 'done'; readonly sheets: readonly string[]; readonly rootFile: string | null },
): Outcome => ({
  schema: 'ceremony',
  data: {
    home,
    root: { kid: toHex(key.kid), publicKey: encodeBase64(key.publicKey ?? new Uint8Array()) },
    stage,
    sheets,
    sealed: options.seal,
    proven: stage === 'done' ? PRINTED : [],
    rootFile,
    transcript: record.path,
  },
  show: {
    fields: [
      ['root key', toHex(key.kid)],
      ...sheets.map((path): [string, string] => ['page', path]),
      ['proven', stage === 'done' ? PRINTED.join(', ') : undefined],
      ['root file', rootFile ?? undefined],
      ['record', record.path],
    ],
  },
  notes:
    stage === 'printed'
      ? [
          'print the pages; then go on with:',
          `lic key ceremony --root-to ${options.rootTo ?? 'DIR'} --proof root=PICTURE --proof emergency=PICTURE${options.seal ? ' --seal' : ''}`,
        ]
      : [
          'print the record, and have it signed',
          'next: lic product add SLUG --name NAME, lic trust export --out root.pub',
        ],
})
