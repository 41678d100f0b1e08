/** A license as issue, renew and show hand it over: the same JSON, the same page for a person, the same files. */

import type { HandedLicense } from '../authority/hand-over.ts'
import { encodeBase64 } from '../core/base64.ts'
import { encodeArmor } from '../core/codes/armor.ts'
import { keyBeginning } from '../core/codes/license-key.ts'
import { LicError } from '../core/errors.ts'
import { type Line, seatsOf, titleOf } from '../core/license.ts'
import type { Reader } from '../ledger/schema.ts'
import type { Context } from './context.ts'
import type { Io } from './io.ts'
import { licenseData } from './license-data.ts'
import { isoTime } from './moment.ts'
import type { Outcome } from './outcome.ts'
import { checkBinary, checkOutputs } from './output.ts'
import { checkQr, qrShow, qrTexts, qrWritten } from './qr-files.ts'
import type { Show } from './show.ts'

export interface HandoverFlags {
  readonly out: string | undefined
  readonly qr: string | undefined
  readonly sheet: string | undefined
  readonly language: string | undefined
  readonly armor: boolean
  readonly force: boolean
}

/**
 * Everything that can be known to be wrong with the outputs before the license is signed and recorded.
 * @param answered the request was answered before: its files may be there, and are left alone when they hold the same
 * @throws LicError USAGE, and as checkOutputs
 */
export const checkHandover = async (
  context: Context,
  { out, qr, sheet, language, force }: HandoverFlags,
  answered = false,
): Promise<void> => {
  checkQr(qr)
  if (sheet === undefined && language !== undefined) throw new LicError('USAGE', '--language goes with --sheet')
  if (sheet !== undefined) await checkSheet(sheet, language)
  checkBinary(context, out)
  await checkOutputs(context, [out, qr, sheet], force || answered)
}

const checkSheet = async (sheet: string, language: string | undefined): Promise<void> => {
  if (sheet !== '-' && !/\.html?$/i.test(sheet)) {
    throw new LicError('USAGE', `--sheet takes a name that ends in .html, or -, not ${sheet}`)
  }
  const { sheetTemplate } = await import('./sheet.ts')
  sheetTemplate(language)
}

/** Where a license is handed over: the streams and the clock, and the book that names its vendor. */
interface Place {
  readonly io: Pick<Io, 'stdout' | 'now'>
  readonly db: Reader
}

/** The outcome of a command that hands a license over. In a dry run nothing signed leaves. */
export const handoverOutcome = async (
  handed: HandedLicense,
  { out, qr, sheet, language, armor, force }: HandoverFlags,
  { io, db }: Place,
  { dryRun = false, verb = 'issued' }: { dryRun?: boolean; verb?: string } = {},
): Promise<Outcome> => {
  const { stdout } = io
  const data = licenseData(handed)
  // Two groups are the 40 bits that no other license of a ledger has; the whole key stays out of messages.
  const begun = keyBeginning(handed.key)
  const summary: Show = { fields: summaryOf(handed) }
  if (dryRun) {
    const notes = ['dry run: nothing was recorded, and nothing signed leaves']
    return { schema: 'license', data: { ...data, dryRun: true }, show: summary, notes }
  }
  const texts =
    qr === undefined ? [] : await qrTexts(handed.bytes, qr === '-' && stdout.isTTY ? stdout.columns : undefined)
  const drawn = qr === '-' ? qrShow(texts) : []
  const armored = armor ? encodeArmor('license', handed.bytes) : undefined
  const code: Show[] =
    out === undefined && qr === undefined && sheet === undefined ? [{ text: '' }, { text: armored ?? handed.code }] : []
  const content = armored ?? handed.bytes
  const pages =
    sheet === undefined
      ? []
      : [{ path: sheet, content: await (await import('./sheet.ts')).sheetOf(handed, db, language, io.now()) }]
  const files = [...(out === undefined ? [] : [{ path: out, content }]), ...(await qrWritten(texts, qr)), ...pages]
  const written = files.filter(({ path }) => path !== '-').map(({ path }) => path)
  return {
    schema: 'license',
    data: { ...data, license: encodeBase64(handed.bytes), code: handed.code },
    show: [summary, ...drawn, ...code],
    files,
    force,
    again: `the license is in the ledger; print it again: lic show ${begun} --out FILE`,
    notes: [
      ...(written.length > 0 ? [`wrote ${written.join(' and ')}`] : []),
      ...(verb === 'shown' ? [] : [`${verb} ${handed.masked}; hand it over again with: lic show ${begun} --out FILE`]),
    ],
  }
}

const lineText = (line: Line): string => {
  const seats = seatsOf(line)
  const own = line.expires === undefined ? '' : `, until ${isoTime(line.expires)}`
  return `${line.product} ${titleOf(line)}, ${seats === 0 ? 'unlimited seats' : seats === 1 ? '1 seat' : `${seats} seats`}${own}`
}

const summaryOf = ({ key, license }: HandedLicense): [string, string | undefined][] => [
  ['key', key],
  ['licensee', license.licensee?.name],
  ['customer', license.customer],
  ...[...license.lines.values()].map((line): [string, string] => ['product', lineText(line)]),
  ['revision', license.revision === 1 ? undefined : String(license.revision)],
  ['expires', isoTime(license.expires) ?? 'never'],
  ['test', license.test ? 'yes: release builds refuse it' : undefined],
  ['emergency', license.anchor ? 'codes can be given' : undefined],
]
