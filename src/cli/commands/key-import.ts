/** `lic key import`: a key of the ssh-agent is certified; or a private half comes back, from its file or from paper. */

import { type ImportedKey, importAgentKey } from '../../authority/import-agent-key.ts'
import { type Restored, type RestoreFrom, restoreKey } from '../../authority/restore-key.ts'
import { fingerprint, isSshLine } from '../../authority/ssh-key.ts'
import { encodeBase64 } from '../../core/base64.ts'
import { toHex } from '../../core/bytes.ts'
import { LicError } from '../../core/errors.ts'
import { agentOf, passphraseFor, withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { readSeen } from '../input.ts'
import { isoTime } from '../moment.ts'
import { checkNewPassphrase, type NewPassphraseFlags, newSealing } from '../new-passphrase.ts'
import type { Outcome } from '../outcome.ts'
import { contentsIn, type GivenPaper, paperIn, typedPaper } from '../paper.ts'
import type { PassphraseFlags } from '../passphrase.ts'

interface ImportOptions extends PassphraseFlags, NewPassphraseFlags {
  readonly file: readonly string[]
  readonly agent: boolean
  readonly role: string | undefined
  readonly name: string | undefined
  readonly reason: string | undefined
  readonly out: string | undefined
  readonly clockOk: boolean
}

const ROLES = ['issuing', 'list', 'audit'] as const

export const keyImport = async (context: Context, options: ImportOptions): Promise<Outcome> => {
  const [given, ...more] = options.file
  if (more.length > 0) throw new LicError('USAGE', 'one key at a time')
  if (options.agent) return fromAgent(context, options, given)
  for (const flag of ['role', 'name', 'reason'] as const) {
    if (options[flag] !== undefined)
      throw new LicError('USAGE', `--${flag} goes with --agent: a key that comes back keeps its own`)
  }
  checkNewPassphrase(options)
  return restored(context, options, given)
}

const fromAgent = async (context: Context, options: ImportOptions, given: string | undefined): Promise<Outcome> => {
  if (options.out !== undefined || options.noPassphrase || options.newPassphraseFile !== undefined) {
    throw new LicError('USAGE', 'a key of the ssh-agent stays there: no file is written, and none sealed')
  }
  const role = ROLES.find((each) => each === (options.role ?? 'issuing'))
  if (role === undefined) {
    throw new LicError('USAGE', `a key of the ssh-agent cannot be ${options.role}`, {
      hint: `one of: ${ROLES.join(', ')}`,
    })
  }
  const { name, reason } = options
  const key = given === undefined ? undefined : await lineOf(context, given)
  const imported = await withAuthority(context, { ...options, brand: null }, (authority) =>
    importAgentKey(authority, agentOf(context), { key, role, name, reason }),
  )
  return admitted(context, imported)
}

/** The line of a `.pub` file that was named; else what was given itself. */
const lineOf = async (context: Context, given: string): Promise<string> => {
  if (!/\.pub$/.test(given)) return given
  const { content } = await readSeen(context, given)
  const [text = ''] = 'texts' in content ? content.texts : []
  if (isSshLine(text)) return text
  throw new LicError('INVALID_INPUT', `${given} holds no public key of OpenSSH`, {
    hint: 'name the .pub file of the key',
  })
}

const admitted = ({ dryRun }: Context, { kid, role, name, publicKey, file, notAfter }: ImportedKey): Outcome => ({
  schema: 'admitted',
  data: {
    kid: toHex(kid),
    role,
    name,
    publicKey: encodeBase64(publicKey),
    file,
    until: isoTime(notAfter),
    ...(dryRun && { dryRun: true }),
  },
  show: {
    fields: [
      ['key', toHex(kid)],
      ['role', role],
      ['name', name],
      ['fingerprint', fingerprint(publicKey)],
      ['certified until', isoTime(notAfter) ?? undefined],
    ],
  },
  notes: dryRun ? ['dry run: nothing was recorded'] : [AFTERWARDS[role]],
})

const AFTERWARDS: Readonly<Record<ImportedKey['role'], string>> = {
  issuing: 'from now on licenses and answers are signed with it, so the ssh-agent must be there: ssh-add -l',
  list: 'from now on revocation lists are signed with it, so the ssh-agent must be there: ssh-add -l',
  audit: 'from now on checkpoints are signed with it, so the ssh-agent must be there: ssh-add -l',
}

const restored = async (context: Context, options: ImportOptions, given: string | undefined): Promise<Outcome> => {
  const passphrase = passphraseFor(context, options)
  const page = given === undefined ? await typedPaper(context) : await paperIn(context, given)
  const from = page === undefined ? { file: context.path(given as string) } : await fromPage(context, options, page)
  const { home, dryRun } = context
  if (options.out !== undefined) {
    return outcome(
      context,
      await restoreKey({ db: null, home, dryRun }, from, passphrase, context.path(options.out)),
      page,
    )
  }
  try {
    return await withAuthority(context, { brand: null }, async ({ ledger: { db } }) =>
      outcome(context, await restoreKey({ db, home, dryRun }, from, passphrase, undefined), page),
    )
  } catch (error) {
    if (!(error instanceof LicError) || error.code !== 'NO_LEDGER') throw error
    throw new LicError('NO_LEDGER', error.message, {
      hint: 'put the ledger back first, so that it can say which key this is; or write the key to a file: --out FILE',
      cause: error,
    })
  }
}

const fromPage = async (context: Context, options: ImportOptions, page: GivenPaper): Promise<RestoreFrom> => ({
  contents: await contentsIn(context, page, passphraseFor(context, options)),
  sealing: () => newSealing(context, options, 'the key file'),
})

const outcome = (
  { dryRun }: Context,
  { key, kid, epoch, path, encrypted, again }: Restored,
  page: GivenPaper | undefined,
): Outcome => ({
  schema: 'restored',
  data: {
    role: key?.role ?? null,
    kid: kid === null ? null : toHex(kid),
    epoch,
    path,
    encrypted,
    from: page === undefined ? 'file' : 'paper',
    again,
    ...(dryRun && { dryRun: true }),
  },
  show: {
    fields: [
      ['key', kid === null ? undefined : toHex(kid)],
      ['emergency secret', epoch === null ? undefined : `epoch ${epoch}`],
      ['role', key?.role],
      ['file', path],
      ['passphrase', encrypted ? 'yes' : 'none'],
    ],
  },
  notes: dryRun
    ? ['dry run: nothing was written']
    : again
      ? ['it was there already, and was left as it is']
      : page === undefined
        ? ['the file it came from is still where it was']
        : ['destroy the photograph, text or file that it came from, and put the page back'],
})
