/** `lic trial`: a license under a delegated key. Loads no ledger and asks nobody but for a passphrase. */

import { trial as makeTrial, type Trial, type TrialInput } from '../../authority/trial.ts'
import { encodeBase64 } from '../../core/base64.ts'
import { toHex } from '../../core/bytes.ts'
import { LicError } from '../../core/errors.ts'
import type { RowFlags } from '../batch/run.ts'
import type { Context } from '../context.ts'
import { type DelegatedKeyFlags, openDelegatedKey } from '../delegated-key.ts'
import { licenseData } from '../license-data.ts'
import { whole } from '../line-terms.ts'
import { isoTime } from '../moment.ts'
import type { Outcome, Result } from '../outcome.ts'
import { checkBinary, checkOutputs } from '../output.ts'
import { checkQr, qrShow, qrTexts, qrWritten } from '../qr-files.ts'
import { earlierTrial } from '../trial-again.ts'

export interface TrialFlags {
  readonly product: string | undefined
  readonly tier: string | undefined
  readonly days: string | undefined
  readonly email: string | undefined
  readonly customer: string | undefined
  readonly licensee: string | undefined
  readonly seats: string | undefined
  readonly devices: string | undefined
  readonly test: boolean
  readonly idempotencyKey: string | undefined
}

export interface TrialOptions extends TrialFlags, DelegatedKeyFlags, RowFlags {
  readonly from: string | undefined
  readonly outDir: string | undefined
  readonly out: string | undefined
  readonly qr: string | undefined
  readonly force: boolean
}

export const trial = async (context: Context, options: TrialOptions): Promise<Result> => {
  const { from, outDir, format, failFast } = options
  if (from !== undefined) return (await import('./trial-from.ts')).trialFrom(context, from, options)
  if (outDir !== undefined || format !== undefined || failFast) {
    throw new LicError('USAGE', '--format, --fail-fast and --out-dir go with --from', {
      hint: 'lic trial --from FILE.csv --out-dir DIR',
    })
  }
  return single(context, options)
}

const single = async (context: Context, options: TrialOptions): Promise<Outcome> => {
  const { io, dryRun } = context
  const { out, qr, force, idempotencyKey } = options
  checkQr(qr)
  checkBinary(context, out)
  await checkOutputs(context, [out, qr], force || idempotencyKey !== undefined)
  const input = trialInput(options)
  const key = await openDelegatedKey(context, options)
  const made = makeTrial(key, input, { now: io.now(), random: io.random })
  const data = trialData(made, input, toHex(key.kid), isoTime(key.certificate.expires))
  const { handed } = made
  const until = `until ${isoTime(handed.license.expires)}`
  if (dryRun) {
    return {
      schema: 'trial',
      data: { ...data, dryRun: true },
      show: { text: `${input.product} ${made.tier} ${until}` },
      notes: ['dry run: nothing signed leaves'],
    }
  }
  const before = idempotencyKey === undefined ? undefined : await earlierTrial(context, out, key, handed)
  const given = before ?? handed
  const texts =
    qr === undefined ? [] : await qrTexts(given.bytes, qr === '-' && io.stdout.isTTY ? io.stdout.columns : undefined)
  const files = [...(out === undefined ? [] : [{ path: out, content: given.bytes }]), ...(await qrWritten(texts, qr))]
  const written = files.filter(({ path }) => path !== '-').map(({ path }) => path)
  return {
    schema: 'trial',
    data: {
      ...(before ? trialData({ ...made, handed: before }, input, data.signer, data.signerUntil) : data),
      ...(before && { repeated: true }),
      license: encodeBase64(given.bytes),
      code: given.code,
    },
    show: qr === '-' ? qrShow(texts) : { text: given.code },
    files,
    force,
    notes: [
      ...(written.length > 0 ? [`wrote ${written.join(' and ')}`] : []),
      `${given.masked}: ${input.product} ${made.tier} until ${isoTime(given.license.expires)}${before ? ', as it was made before' : ''}`,
    ],
  }
}

/** The words of flags or of a row. @throws LicError USAGE, INVALID_INPUT */
export const trialInput = (flags: TrialFlags): TrialInput & { readonly product: string } => {
  const { product, tier, email, customer, licensee, test, idempotencyKey } = flags
  if (product === undefined) {
    throw new LicError('USAGE', '--product is missing', { hint: 'add --product P', data: { flag: '--product' } })
  }
  return {
    ...{ product, tier, email, customer, licensee, test, idempotencyKey },
    days: daysIn(flags.days),
    seats: whole('--seats', flags.seats),
    devices: whole('--devices', flags.devices),
  }
}

/** A number of days; `14d` is the same. */
export const daysIn = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  const [, number] = /^([1-9]\d{0,4})d?$/.exec(text) ?? []
  if (number !== undefined) return Number(number)
  throw new LicError('INVALID_INPUT', `--days takes a number of days, not ${text}`, { hint: 'such as --days 14' })
}

const trialData = (
  { handed, tier, grant }: Trial,
  { product, email }: TrialInput,
  signer: string,
  signerUntil: string | null,
) => ({
  ...licenseData(handed),
  product,
  tier,
  email: email?.trim() ?? null,
  grant,
  signer,
  signerUntil,
})
