/** `lic init`: the keys, the ledger, the first brand and the starter tiers. */

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkForm, checkName } from '../../authority/checked.ts'
import { ROLES, type Role } from '../../authority/found.ts'
import { checkVacant, type Initialized, init as initialize, prefixOf } from '../../authority/init.ts'
import { encodeBase64 } from '../../core/base64.ts'
import { LicError } from '../../core/errors.ts'
import { isUrl } from '../../ledger/place.ts'
import type { Context } from '../context.ts'
import type { Outcome } from '../outcome.ts'
import { givenPassphrase } from '../passphrase.ts'

interface InitOptions {
  readonly name: string | undefined
  readonly prefix: string | undefined
  readonly ledger: string | undefined
  readonly noPassphrase: boolean
  readonly ephemeral: boolean
  readonly passphraseFile: readonly string[]
  readonly passphraseFd: string | undefined
}

export const init = async (context: Context, options: InitOptions): Promise<Outcome> => {
  const { io, ask, dryRun, actor } = context
  const { ephemeral } = options
  if (ephemeral && (options.passphraseFile.length > 0 || options.passphraseFd !== undefined)) {
    throw new LicError('USAGE', '--ephemeral leaves the keys unlocked, so a passphrase does not go with it')
  }
  const ledger = serverIn(options.ledger ?? (io.env.LIC_LEDGER || undefined))
  if (ephemeral && options.ledger !== undefined) {
    throw new LicError('USAGE', '--ephemeral keeps its ledger in its own directory, so --ledger does not go with it')
  }
  if (!ephemeral && options.name === undefined && ask.interactive) return led(context, options)
  if (!ephemeral) checkVacant(context.home)
  const name = ephemeral ? (options.name ?? 'Ephemeral') : await ask.need(options.name, '--name', '')
  const home = ephemeral && !dryRun ? mkdtempSync(join(tmpdir(), 'lic-')) : context.home
  const passphrase = ephemeral || dryRun ? async () => undefined : passphrases(context, options)
  const world = { now: io.now, random: io.random, actor, source: 'cli', dryRun } as const
  const made = await initialize(home, world, {
    name,
    prefix: options.prefix,
    passphrase,
    logN: io.scryptLogN,
    ledger: ephemeral ? undefined : ledger,
  })
  return outcome(made, { ephemeral, dryRun })
}

/** @throws LicError USAGE: a ledger in a file lies in the home, beside its keys */
const serverIn = (place: string | undefined): string | undefined => {
  if (place === undefined || isUrl(place)) return place
  throw new LicError('USAGE', 'a new ledger lies in the home, or on a server: postgres://USER@HOST/DATABASE', {
    hint: 'leave --ledger and LIC_LEDGER out, or name another home: --home DIR',
  })
}

/** A person who gives no name is led through everything, and sees what would be taken without an answer. */
const led = async (context: Context, options: InitOptions): Promise<Outcome> => {
  const { ask, home, dryRun } = context
  checkVacant(home)
  const name = await ask.until('Name of the authority, as customers know it', undefined, (answer) =>
    checkName('the name', answer),
  )
  const prefix =
    options.prefix ??
    (await ask.until('License keys begin with', prefixOf(name), (answer) =>
      checkForm('prefix', 'the prefix', answer.toUpperCase()),
    ))
  const noPassphrase =
    options.noPassphrase || (!dryRun && !passphraseGiven(context, options) && !(await protect(context)))
  return init(context, { ...options, name, prefix, noPassphrase })
}

const passphraseGiven = ({ io }: Context, { passphraseFile, passphraseFd }: InitOptions): boolean =>
  passphraseFile.length > 0 || passphraseFd !== undefined || Boolean(io.env.LIC_PASSPHRASE_FILE)

const protect = async ({ io }: Context): Promise<boolean> =>
  (await io.prompt.select('The private keys on this disk', [
    { value: 'passphrase', title: 'a passphrase: without it nobody signs, with a copy of the disk neither' },
    { value: 'none', title: 'no passphrase: for trying out, or where the disk itself is protected' },
  ])) === 'passphrase'

/** Where each key's passphrase comes from: ROLE=FILE, then FILE, then a person; once for all unless told apart. */
const passphrases = (context: Context, options: InitOptions): ((role: Role) => Promise<string | undefined>) => {
  const { ask } = context
  const { noPassphrase, passphraseFd } = options
  const own = new Map<string, string>()
  let shared: string | undefined
  for (const given of options.passphraseFile) {
    const [, role, file] = /^([a-z]+)=(.+)$/s.exec(given) ?? []
    if (role !== undefined && file !== undefined && (ROLES as readonly string[]).includes(role)) own.set(role, file)
    else if (shared === undefined) shared = given
    else
      throw new LicError('USAGE', '--passphrase-file is given twice', {
        hint: 'name the key: --passphrase-file root=FILE',
      })
  }
  if (noPassphrase && (own.size > 0 || shared !== undefined || passphraseFd !== undefined)) {
    throw new LicError('USAGE', '--no-passphrase and a passphrase exclude each other')
  }
  let common: Promise<string | undefined> | undefined
  const forAll = (): Promise<string | undefined> => {
    common ??= givenPassphrase(context, { passphraseFile: shared, passphraseFd })
    return common
  }
  let before: string | undefined
  return async (role) => {
    const file = own.get(role)
    if (file !== undefined) return givenPassphrase(context, { passphraseFile: file, passphraseFd: undefined })
    if (noPassphrase) return undefined
    const given = await forAll()
    if (given !== undefined) return given
    if (!ask.interactive) {
      throw new LicError('KEY_LOCKED', 'no passphrase for the new keys', {
        hint: 'add --passphrase-file FILE, or --no-passphrase to leave them unlocked on this disk',
      })
    }
    if (role === ROLES[0])
      await context.voice.note(
        `${ROLES.length} keys are made, each in a file of its own; every one may have its own passphrase`,
      )
    before = await newPassphrase(context, role, before)
    if (role === ROLES.at(-1)) await context.voice.note('sealing the keys takes a moment')
    return before
  }
}

/** After the first key, an empty answer takes the passphrase of the key before. */
const newPassphrase = async ({ ask, io }: Context, role: Role, before: string | undefined): Promise<string> => {
  for (;;) {
    const question = `New passphrase of the ${role} key${before === undefined ? '' : ' (empty: the same as before)'}`
    const answer = before === undefined ? await ask.newSecret(question) : await ask.secret(question)
    if (answer === '' && before !== undefined) return before
    if (answer === '')
      await io.stderr.write('lic: an empty passphrase protects nothing; --no-passphrase says so openly\n')
    else if (before === undefined || (await ask.secret('The same again')) === answer) return answer
    else await io.stderr.write('lic: the two differ; once more\n')
  }
}

const outcome = (made: Initialized, { ephemeral, dryRun }: { ephemeral: boolean; dryRun: boolean }): Outcome => ({
  schema: 'authority',
  data: {
    home: made.home,
    name: made.name,
    brand: made.brand,
    prefix: made.prefix,
    root: { kid: made.root.kid, publicKey: encodeBase64(made.root.publicKey) },
    keys: made.files,
    ...(dryRun && { dryRun: true }),
  },
  show: {
    fields: [
      ['authority', made.name],
      ['home', made.home],
      ['brand', `${made.brand}, keys begin with ${made.prefix}`],
      ['root key', made.root.kid],
      ...ROLES.map((role): [string, string | undefined] => [`${role} file`, made.files[role]]),
    ],
  },
  notes: dryRun
    ? ['dry run: nothing was made']
    : [
        ...(ephemeral
          ? [`use it with: export LIC_HOME=${made.home}`]
          : [`keep ${made.files.root} off this machine: daily work does not need it`]),
        'next: lic product add SLUG --name NAME, lic customer add --name NAME --email E, lic issue',
      ],
})
