/** `lic key unlock` and `lic key lock`: key files' keys in the ssh-agent for a while, and out of it again. */

import { lockKeys, parseSpan, unlockKey } from '../../authority/unlock-key.ts'
import { toHex } from '../../core/bytes.ts'
import { LicError } from '../../core/errors.ts'
import type { Key } from '../../ledger/keys.ts'
import { agentOf, passphraseFor, withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'
import type { PassphraseFlags } from '../passphrase.ts'

interface UnlockOptions extends PassphraseFlags {
  readonly key: string | undefined
  readonly for: string | undefined
}

/** Daily work needs it. */
const USUAL = 'issuing'
const USUAL_SPAN = '15m'

export const keyUnlock = async (context: Context, options: UnlockOptions): Promise<Outcome> => {
  const seconds = parseSpan(options.for ?? USUAL_SPAN)
  const { key, until } = await withAuthority(context, { brand: null }, (authority) =>
    unlockKey(authority, context.home, agentOf(context), passphraseFor(context, options), {
      key: options.key ?? USUAL,
      seconds,
    }),
  )
  return outcome(context, [key], until, [
    `the ${key.role} key is open until ${isoTime(until)}; close it before: lic key lock ${key.role}`,
    ...(key.role === 'issuing' ? ['a license or answer with emergency codes still asks for its passphrase'] : []),
  ])
}

interface LockOptions {
  readonly key: string | undefined
  readonly all: boolean
}

export const keyLock = async (context: Context, { key, all }: LockOptions): Promise<Outcome> => {
  if (all && key !== undefined) throw new LicError('USAGE', '--all takes every key out, so no key goes with it')
  const locked = await withAuthority(context, { brand: null }, (authority) =>
    lockKeys(authority, agentOf(context), all ? null : (key ?? USUAL)),
  )
  const names = locked.map(({ role, kid }) => `${role} ${toHex(kid)}`).join(', ')
  return outcome(context, locked, null, [
    locked.length === 0 ? 'the ssh-agent held none of these: nothing was open' : `locked: ${names}`,
  ])
}

const outcome = (
  { dryRun }: Context,
  keys: readonly Key[],
  until: number | null,
  notes: readonly string[],
): Outcome => ({
  schema: 'agent',
  data: {
    keys: keys.map(({ role, kid, file }) => ({ role, kid: toHex(kid), file })),
    until: isoTime(until),
    ...(dryRun && { dryRun: true }),
  },
  show: {
    fields: [
      ...keys.map(({ role, kid }): [string, string] => [role, toHex(kid)]),
      ['open until', isoTime(until) ?? undefined],
    ],
  },
  notes: dryRun ? ['dry run: the ssh-agent was left as it is'] : notes,
})
