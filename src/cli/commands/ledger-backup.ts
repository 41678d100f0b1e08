/** `lic ledger backup`: the ledger, and the keys if asked for, in one file, while others go on working. */

import type { Lock, Unlock } from '../../authority/backup/encryption.ts'
import { type Backup, makeBackup } from '../../authority/backup/make.ts'
import { encodeBase64 } from '../../core/base64.ts'
import { LicError } from '../../core/errors.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { identitiesIn } from '../identities.ts'
import type { Outcome } from '../outcome.ts'
import { checkOutputs } from '../output.ts'
import { givenPassphrase } from '../passphrase.ts'
import { VERSION } from '../version.ts'

interface BackupOptions {
  readonly file: string | undefined
  readonly out: string | undefined
  readonly withKeys: boolean
  readonly encryptTo: readonly string[]
  readonly passphraseFile: string | undefined
  readonly passphraseFd: string | undefined
  readonly verify: boolean
  readonly identity: string | undefined
  readonly force: boolean
  readonly clockOk: boolean
}

export const ledgerBackup = async (context: Context, options: BackupOptions): Promise<Outcome> => {
  const { force, withKeys, verify } = options
  const { ask, home, dryRun, io } = context
  if (options.file !== undefined && options.out !== undefined) {
    throw new LicError('USAGE', 'the file is named twice: give it alone, or with --out')
  }
  const name = options.file ?? (await ask.need(options.out, '--out', 'Into which file'))
  if (name === '-') throw new LicError('USAGE', 'a backup goes into a file, so that it is whole or not there')
  await checkOutputs(context, [name], force)
  const { lock, unlock } = await lockOf(context, options)
  if (verify && unlock === undefined) {
    throw new LicError('USAGE', 'to restore what is encrypted to a recipient takes its identity', {
      hint: 'add --identity FILE, or leave --verify out and try the restoring where the identity is',
    })
  }
  const file = context.path(name)
  return withAuthority(context, { ...options, brand: null }, async (authority) => {
    const progress = context.voice.progress('pieces')
    const make = (openKeys: boolean): Promise<Backup> =>
      makeBackup(authority, {
        ...{ file, home, withKeys, openKeys, force, program: VERSION, lock },
        ...(verify && { verify: unlock }),
        onStep: async () => {
          await progress.step()
          await new Promise((listen) => setImmediate(listen))
          io.signal.throwIfAborted()
        },
      })
    const made = await make(false)
      .catch(async (error: unknown) => {
        if (!(error instanceof LicError) || error.code !== 'CONFIRMATION_REQUIRED') throw error
        await confirmed(context, error)
        return make(true)
      })
      .finally(() => progress.end())
    return outcome(made, name, dryRun)
  })
}

/** The question is the error's own; whoever cannot be asked gets its hint. */
const confirmed = async ({ ask }: Context, error: LicError): Promise<void> => {
  try {
    await ask.confirm(`${error.message}; go on?`)
  } catch (refusal) {
    throw ask.interactive ? refusal : error
  }
}

/** How it is locked, and what would open it again. Keys have passphrases of their own: the environment's is theirs. */
const lockOf = async (
  context: Context,
  { encryptTo, passphraseFile, passphraseFd, identity }: BackupOptions,
): Promise<{ readonly lock: Lock | undefined; readonly unlock: Unlock | undefined }> => {
  const asked = passphraseFile !== undefined || passphraseFd !== undefined
  if (asked && encryptTo.length > 0) throw new LicError('USAGE', '--encrypt-to and a passphrase exclude each other')
  if (encryptTo.length > 0) {
    const identities = identity === undefined ? undefined : identitiesIn(context, identity)
    return { lock: { recipients: encryptTo }, unlock: identities && { identities } }
  }
  if (identity !== undefined) throw new LicError('USAGE', '--identity goes with --encrypt-to')
  if (!asked) return { lock: undefined, unlock: {} }
  const passphrase = (await givenPassphrase(context, { passphraseFile, passphraseFd })) ?? ''
  const { scryptLogN } = context.io
  return {
    lock: { passphrase, ...(scryptLogN !== undefined && { logN: scryptLogN }) },
    unlock: { passphrase: async () => passphrase },
  }
}

const outcome = (made: Backup, file: string, dryRun: boolean): Outcome => {
  const { size, root, bytes, sha256, sealed, keys, missing, verified, unrecorded } = made
  return {
    schema: 'ledger-backup',
    data: {
      file,
      events: size,
      root: encodeBase64(root),
      bytes,
      sha256,
      encrypted: sealed,
      keys,
      missing,
      verified: verified !== null,
      recorded: unrecorded === null && !dryRun,
      ...(dryRun && { dryRun: true }),
    },
    show: {
      fields: [
        ['events', String(size)],
        ['bytes', String(bytes)],
        ['sha256', sha256],
        ['encrypted', sealed ? 'yes' : { text: 'no: whoever has it reads names and addresses', tone: 'warn' }],
        ['keys', keys.length === 0 ? 'none in it' : keys.join(', ')],
        ['restored', verified === null ? 'not tried' : { text: 'yes, and whole', tone: 'good' }],
      ],
    },
    notes: [
      dryRun ? 'dry run: nothing was written' : `wrote ${file}`,
      ...(missing.length > 0
        ? [`not in it: ${missing.join(', ')}; without them the ledger can be read, and nothing can be signed`]
        : []),
      ...(verified === null ? ['a backup that was never restored is a guess: add --verify'] : []),
      ...(unrecorded === null
        ? []
        : [`the ledger does not know of it (${unrecorded.message}), so lic doctor will not either`]),
    ],
  }
}
