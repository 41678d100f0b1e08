/** From the shared flags of vendor commands to an opened authority. */

import type { AgentDoor } from '../authority/agent-name.ts'
import type { Authority } from '../authority/authority.ts'
import type { AskPassphrase } from '../authority/key-files.ts'
import { openAuthority } from '../authority/open.ts'
import { LicError } from '../core/errors.ts'
import { theBrand } from '../ledger/brands.ts'
import type { Context } from './context.ts'
import { ledgerOf } from './ledger-place.ts'
import { givenPassphrase, type PassphraseFlags } from './passphrase.ts'

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
    ledger: ledgerOf(io, home),
    ...(io.busyTimeout !== undefined && { ledgerOptions: { busyTimeout: io.busyTimeout } }),
    passphrase: passphraseFor(context, flags),
    agent: agentOf(context, flags),
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

/** The ssh-agent of this session, as key files see it. */
export const agentOf = ({ io }: Pick<Context, 'io'>, flags: Partial<PassphraseFlags> = {}): AgentDoor => ({
  socket: io.env.SSH_AUTH_SOCK,
  get signal() {
    return io.signal
  },
  passphraseGiven:
    flags.passphraseFile !== undefined || flags.passphraseFd !== undefined || Boolean(io.env.LIC_PASSPHRASE_FILE),
})

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
