/** From the shared flags of vendor commands to an opened authority, and from passphrase flags to a passphrase. */

import { closeSync, openSync, readSync } from 'node:fs'
import type { Authority } from '../authority/authority.ts'
import type { AskPassphrase } from '../authority/key-files.ts'
import { openAuthority } from '../authority/open.ts'
import { LicError } from '../core/errors.ts'
import { theBrand } from '../ledger/brands.ts'
import type { Context } from './context.ts'

export interface PassphraseFlags {
  readonly passphraseFile: string | undefined
  readonly passphraseFd: string | undefined
}

export interface AuthorityFlags extends Partial<PassphraseFlags> {
  /** Undefined = LIC_BRAND, if that is set; null = every brand. */
  readonly brand?: string | null | undefined
  readonly clockOk?: boolean
  /** The issuing key that signs; absent = LIC_SIGNER, else the newest. */
  readonly signer?: string | undefined
}

/** Opens the authority at the context's home, runs `work`, and closes it whatever happens. */
export const withAuthority = async <T>(
  context: Context,
  flags: AuthorityFlags,
  work: (authority: Authority) => Promise<T>,
): Promise<T> => {
  const authority = await openedAuthority(context, flags)
  try {
    return await work(authority)
  } finally {
    await authority.ledger.close()
  }
}

/** The same for work that ends elsewhere: whoever asks closes its ledger. */
export const openedAuthority = async (context: Context, flags: AuthorityFlags): Promise<Authority> => {
  const { io, ask, home, dryRun, actor } = context
  const brand = flags.brand === undefined ? io.env.LIC_BRAND || null : flags.brand
  const authority = await openAuthority(home, {
    now: io.now,
    random: io.random,
    actor,
    host: io.hostname,
    brand,
    signer: flags.signer ?? (io.env.LIC_SIGNER || undefined),
    dryRun,
    ...(io.busyTimeout !== undefined && { ledgerOptions: { busyTimeout: io.busyTimeout } }),
    passphrase: passphraseFor(context, flags),
    confirmClock: async (question) => {
      if (flags.clockOk) return
      if (!ask.interactive)
        throw new LicError('CLOCK_SUSPECT', question, { hint: 'if the clock is right, add --clock-ok' })
      // Not by --yes: that answers what a command asks, and no script may sign by a wrong clock unawares.
      if (await io.prompt.confirm(`${question}; go on?`)) return
      throw new LicError('CLOCK_SUSPECT', question, { hint: 'set the clock of this machine; compare with: date -u' })
    },
  })
  try {
    // A slip in a brand's name must not look like a brand without licenses.
    if (brand !== null) await theBrand(authority.ledger.db, brand)
    return authority
  } catch (error) {
    await authority.ledger.close()
    throw error
  }
}

/** What flags supply is tried once; a person may try three times. */
const ATTEMPTS = 3

/** Asks for the passphrase of a key file: flags first, then a person. */
export const passphraseFor = (context: Context, flags: Partial<PassphraseFlags>): AskPassphrase => {
  let supplied = false
  return async (name, attempt) => {
    const given = attempt === 1 ? await givenPassphrase(context, flags) : undefined
    supplied ||= given !== undefined
    if (supplied || !context.ask.interactive || attempt > ATTEMPTS) return given
    return context.ask.secret(`${attempt === 1 ? '' : 'Wrong, once more. '}Passphrase of ${name}`)
  }
}

/** The passphrase that flags or LIC_PASSPHRASE_FILE supply; undefined when they do not. @throws LicError UNREADABLE, USAGE */
export const givenPassphrase = async (
  context: Pick<Context, 'io' | 'path'>,
  { passphraseFile, passphraseFd }: Partial<PassphraseFlags>,
): Promise<string | undefined> => {
  if (passphraseFile !== undefined && passphraseFd !== undefined) {
    throw new LicError('USAGE', '--passphrase-file and --passphrase-fd exclude each other')
  }
  if (passphraseFd !== undefined) {
    if (!/^\d{1,5}$/.test(passphraseFd))
      throw new LicError('USAGE', `--passphrase-fd takes a number, not ${passphraseFd}`)
    return firstLine(Number(passphraseFd), `file descriptor ${passphraseFd}`)
  }
  const file = passphraseFile ?? (context.io.env.LIC_PASSPHRASE_FILE || undefined)
  return file === undefined ? undefined : firstLine(context.path(file), file)
}

/** A passphrase is one line; files far longer are something else given by mistake. */
const LONGEST = 4096

const firstLine = (from: string | number, name: string): string => {
  const bytes = Buffer.alloc(LONGEST)
  let length = 0
  try {
    const fd = typeof from === 'number' ? from : openSync(from, 'r')
    try {
      for (let got = -1; got !== 0 && length < LONGEST && !bytes.subarray(0, length).includes(10); length += got) {
        got = readSync(fd, bytes, length, LONGEST - length, null)
      }
    } finally {
      if (typeof from === 'string') closeSync(fd)
    }
  } catch (cause) {
    throw new LicError('UNREADABLE', `cannot read the passphrase from ${name}`, { cause })
  }
  const [line = ''] = bytes.subarray(0, length).toString('utf8').split(/\r?\n/)
  if (line === '') throw new LicError('INVALID_INPUT', `the first line of ${name} holds no passphrase`)
  return line
}
