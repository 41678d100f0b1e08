/** `lic key delegate`: a key with grants, recorded, and its file written once that is done. */

import { type Delegated, type DelegateInput, delegate } from '../../authority/delegate.ts'
import { hoursText } from '../../authority/term.ts'
import { writeKeyFile } from '../../authority/vault.ts'
import { toHex } from '../../core/bytes.ts'
import { LicError } from '../../core/errors.ts'
import { devicesOf, seatsOf, titleOf } from '../../core/license.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { whole } from '../line-terms.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'
import { checkOutputs } from '../output.ts'
import { givenPassphrase } from '../passphrase.ts'
import type { Show } from '../show.ts'

interface DelegateOptions {
  readonly name: string | undefined
  readonly tiers: readonly string[]
  readonly products: readonly string[]
  readonly maxTerm: string | undefined
  readonly expires: string | undefined
  readonly test: boolean
  readonly live: boolean
  readonly reseller: string | undefined
  readonly count: string | undefined
  readonly seats: string | undefined
  readonly devices: string | undefined
  readonly out: string | undefined
  readonly newPassphraseFile: string | undefined
  readonly noPassphrase: boolean
  readonly brand: string | undefined
  readonly reason: string | undefined
  readonly signer: string | undefined
  readonly passphraseFile: string | undefined
  readonly passphraseFd: string | undefined
  readonly clockOk: boolean
}

export const keyDelegate = async (context: Context, options: DelegateOptions): Promise<Outcome> => {
  const { io, dryRun } = context
  const { out } = options
  const input = inputOf(options)
  if (out === undefined && !dryRun) {
    throw new LicError('USAGE', '--out is missing', { hint: 'name the file of the new key: --out ci.key' })
  }
  if (out === '-') throw new LicError('USAGE', 'a private key is written to a file of its own, not to stdout')
  await checkOutputs(context, [out], false)
  return withAuthority(context, options, async (authority) => {
    const passphrase = dryRun ? undefined : await newPassphrase(context, options)
    const made = await delegate(authority, input)
    if (!dryRun && out !== undefined) {
      await written(made, () =>
        writeKeyFile(context.path(out), made.contents, {
          ...(passphrase !== undefined && { passphrase }),
          ...(io.scryptLogN !== undefined && { logN: io.scryptLogN }),
        }),
      )
    }
    return outcomeOf(context, input, made, dryRun ? undefined : out, passphrase !== undefined)
  })
}

/** @throws LicError USAGE naming what is missing, INVALID_INPUT */
const inputOf = (options: DelegateOptions): DelegateInput => {
  const { name, expires, test, live } = options
  const products = listed(options.products)
  const tiers = listed(options.tiers)
  if (test && live) throw new LicError('USAGE', '--test and --live exclude each other')
  const missing = (flag: string, hint: string) => new LicError('USAGE', `${flag} is missing`, { hint, data: { flag } })
  if (name === undefined) throw missing('--name', 'what the key is called: --name ci')
  if (tiers.length === 0) throw missing('--tiers', 'add --tiers trial; lic tier list shows them')
  if (products.length === 0) throw missing('--products', 'add --products editor; lic product list shows them')
  return {
    ...{ name, products, tiers, test },
    maxTerm: options.maxTerm,
    expires: expires ?? '90d',
    reseller: options.reseller,
    count: whole('--count', options.count),
    seats: whole('--seats', options.seats),
    devices: whole('--devices', options.devices),
    reason: options.reason,
  }
}

/** Repeated, or with commas between. */
const listed = (given: readonly string[]): readonly string[] =>
  given.flatMap((each) => each.split(/[\s,]+/)).filter((each) => each !== '')

/**
 * Of the new file. Without a word about it there is none: the secrets of a CI are kept elsewhere, and nobody is there to
 * type one. It is never the passphrase of the issuing key, which a CI must not know.
 */
const newPassphrase = async (
  context: Context,
  { newPassphraseFile, noPassphrase, out }: DelegateOptions,
): Promise<string | undefined> => {
  if (newPassphraseFile !== undefined) {
    if (noPassphrase) throw new LicError('USAGE', '--new-passphrase-file and --no-passphrase exclude each other')
    return givenPassphrase(context, { passphraseFile: newPassphraseFile })
  }
  if (noPassphrase || !context.ask.interactive) return undefined
  return (await context.ask.newSecret(`Passphrase of ${out} (empty: none)`)) || undefined
}

/** What cannot be written is lost, and the ledger has it: nobody holds such a key, and nothing can be signed with it. */
const written = async ({ kid }: Delegated, work: () => Promise<void>): Promise<void> => {
  try {
    await work()
  } catch (cause) {
    if (!(cause instanceof LicError)) throw cause
    const recorded = `${cause.message}; the key ${toHex(kid)} is recorded, and nobody holds it`
    throw new LicError(cause.code, recorded, { hint: 'run it again with another --out: that is another key', cause })
  }
}

const grantsOf = ({ certificate: { grants } }: Delegated) =>
  [...(grants ?? [])].map(([number, { line, term, grace, fresh, test }]) => ({
    grant: number,
    product: line.product ?? '',
    tier: line.tier ?? '',
    title: titleOf(line),
    kind: line.kind,
    maximumTermHours: term,
    graceHours: grace,
    freshDays: fresh ?? null,
    seats: seatsOf(line),
    devices: devicesOf(line),
    test: test === true,
  }))

const outcomeOf = (
  { dryRun }: Context,
  { name, reseller, count }: DelegateInput,
  made: Delegated,
  file: string | undefined,
  sealed: boolean,
): Outcome => {
  const { kid, signer, certificate } = made
  const grants = grantsOf(made)
  const end = isoTime(certificate.expires)
  const unlimited = (n: number, what: string): string => `${n === 0 ? 'unlimited' : n} ${what}${n === 1 ? '' : 's'}`
  const show: Show = {
    fields: [
      ['key', toHex(kid)],
      ['name', name],
      ['certified by', toHex(signer)],
      ['until', end ?? undefined],
      ...grants.map(({ product, tier, maximumTermHours, seats, devices, test }): [string, string] => [
        'may make',
        `${product} ${tier}, at most ${hoursText(maximumTermHours)}, ${unlimited(seats, 'seat')}, ${unlimited(devices, 'device')}${test ? ', for test builds alone' : ''}`,
      ]),
      ['reseller', reseller],
      ['meant for', count === undefined ? undefined : `${count} licenses`],
    ],
  }
  return {
    schema: 'delegated',
    data: {
      kid: toHex(kid),
      name,
      signer: toHex(signer),
      from: isoTime(certificate.starts),
      until: end,
      reseller: reseller ?? null,
      count: count ?? null,
      grants,
      file: file ?? null,
      ...(dryRun && { dryRun: true }),
    },
    show,
    notes: dryRun
      ? ['dry run: nothing was recorded, and no key was written']
      : [
          `wrote ${file}${sealed ? '' : ', without passphrase: put it where the secrets of the CI are kept, and delete it here'}`,
          `there: lic trial --key ${file} --product ${grants[0]?.product}`,
        ],
  }
}
