/** `lic respond`: the answer to a device that asks for a place, as text, file, QR code or five lines to type. */

import type { Responded } from '../../authority/activation-answer.ts'
import { respond as respondTo } from '../../authority/respond.ts'
import { encodeArmor } from '../../core/codes/armor.ts'
import { isText } from '../../core/codes/text.ts'
import { LicError } from '../../core/errors.ts'
import { type AskedRequest, parseRequest, readAsked } from '../../core/request.ts'
import { findActivation } from '../../ledger/activations.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { checkOurs, clipped, readGiven } from '../input.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'
import { checkBinary, checkOutputs } from '../output.ts'
import { placesText, placeText } from '../places.ts'
import { checkQr, qrShow, qrTexts, qrWritten } from '../qr-files.ts'
import type { Show } from '../show.ts'
import { checkDue } from '../things.ts'

interface RespondOptions {
  readonly request: readonly string[]
  readonly customer: string | undefined
  readonly lease: string | undefined
  readonly label: string | undefined
  readonly newPlace: boolean
  readonly replaces: string | undefined
  readonly weakDevice: boolean
  readonly clockConfirmed: boolean
  readonly typed: boolean
  readonly reason: string | undefined
  readonly out: string | undefined
  readonly qr: string | undefined
  readonly armor: boolean
  readonly force: boolean
  readonly passphraseFile: string | undefined
  readonly passphraseFd: string | undefined
  readonly clockOk: boolean
}

export const respond = async (context: Context, options: RespondOptions): Promise<Outcome> => {
  const { request, out, qr, armor, typed, clockConfirmed, force, ...rest } = options
  if (typed && (out !== undefined || qr !== undefined || armor)) {
    throw new LicError('USAGE', '--typed gives five lines; --out, --qr and --armor go with the long form', {
      hint: 'leave --typed out, or the others',
    })
  }
  const asked = await readRequest(context, request)
  return withAuthority(context, options, async (authority) => {
    const { db } = authority.ledger
    const repeated = (await findActivation(db, asked.request.anchor)) !== null
    checkQr(qr)
    if (!armor) checkBinary(context, out)
    await checkOutputs(context, [out, qr], force || repeated)
    const confirmed = clockConfirmed || (asked.request.clock && !repeated && (await confirmedClock(context)))
    const done = await respondTo(authority, { ...rest, asked, typed, clockConfirmed: confirmed })
    return outcome(context, options, done)
  })
}

/** Typed in groups behind one another: the words are one code. */
const TYPED = /^(\d{1,2}[.:)]|[0-9A-Z]{1,25})$/i

/** @throws LicError UNREADABLE, CODE_MISTYPED naming the line, CODE_KIND, LICENSE_INVALID */
const readRequest = async (context: Context, words: readonly string[]): Promise<AskedRequest> => {
  const together = words.length > 1 && words.every((word) => TYPED.test(word))
  const { content, source } = await readGiven(context, together ? words.join(' ') : words)
  await checkDue(content, 'a request', (thing) => thing === 'request')
  if ('bytes' in content) return readAsked(content.bytes)
  if (!isText(content.text)) checkOurs(source, content.text, 'request')
  // The numbers of lines are dropped where lines begin.
  const text = content.text.replace(/\s+(?=\d{1,2}[.:)]\s)/g, '\n')
  try {
    return parseRequest(text)
  } catch (error) {
    // A path with a slip in it is no code that was mistyped.
    if (source !== 'the command line' || !/[/\\]|\.\w{1,5}$/.test(content.text.trim())) throw error
    throw new LicError('UNREADABLE', `no file ${clipped(content.text)}, and no request either`, {
      data: { path: content.text },
    })
  }
}

/** Not by --yes: that answers what a command asks, and whoever says it has not looked at a clock. */
const confirmedClock = async ({ ask, io }: Context): Promise<boolean> =>
  ask.interactive && (await io.prompt.confirm('The clock of the device jumped. Does it show the right time now?'))

const formOf = ({ activation }: Responded): string => (activation.place === null ? 'clock' : 'activation')

const data = (done: Responded, dryRun: boolean) => ({
  activation: done.id,
  form: formOf(done),
  key: done.key,
  id: done.license,
  customer: done.customer,
  product: done.product,
  line: done.activation.line,
  label: done.activation.label,
  machine: done.activation.machineName,
  place: done.activation.number,
  places: done.places,
  issued: isoTime(done.activation.activatedAt),
  lease: isoTime(done.activation.lease),
  weak: done.activation.weak,
  clock: done.activation.clock,
  clockAnswers: done.clockAnswers,
  emergency: done.activation.emergency !== null,
  repeated: done.repeated,
  ...(dryRun
    ? { dryRun: true }
    : { code: done.lines?.join('\n') ?? done.code, ...(done.lines && { lines: done.lines }) }),
})

const placeOf = ({ places, activation: { number } }: Responded): string | undefined => {
  if (places === null) return 'none: it confirms the clock'
  return number === null ? undefined : placeText(number, places.of)
}

const outcome = async (context: Context, options: RespondOptions, done: Responded): Promise<Outcome> => {
  const { dryRun, io } = context
  const { out, qr, armor, force } = options
  const fields: Show = {
    fields: [
      ['activation', done.id],
      ['license', done.masked],
      ['customer', done.customer],
      ['product', done.product],
      ['place', placeOf(done)],
      ['taken', done.places ? placesText(done.places) : undefined],
      ['label', done.activation.label ?? undefined],
      ['machine', done.activation.machineName ?? undefined],
      ['lease', isoTime(done.activation.lease) ?? undefined],
      ['clock', done.activation.clock ? `confirmed, ${done.clockAnswers} within a year` : undefined],
      ['device', done.activation.weak ? 'weak: it shows too little of itself' : undefined],
      ['emergency', done.activation.emergency ? 'codes can be given for this device' : undefined],
    ],
  }
  if (dryRun) {
    const notes = ['dry run: nothing was recorded, and nothing signed leaves']
    return { schema: 'response', data: data(done, true), show: fields, notes }
  }
  const armored = armor ? encodeArmor('activation', done.bytes) : undefined
  const texts =
    qr === undefined ? [] : await qrTexts(done.bytes, qr === '-' && io.stdout.isTTY ? io.stdout.columns : undefined)
  const text = done.lines?.join('\n') ?? armored ?? (out === undefined && qr === undefined ? done.code : undefined)
  const files = [
    ...(out === undefined ? [] : [{ path: out, content: armored ?? done.bytes }]),
    ...(await qrWritten(texts, qr)),
  ]
  const written = files.filter(({ path }) => path !== '-').map(({ path }) => path)
  return {
    schema: 'response',
    data: data(done, false),
    show: [fields, ...(qr === '-' ? qrShow(texts) : []), ...(text === undefined ? [] : [{ text: '' }, { text }])],
    files,
    force,
    again: 'the activation is in the ledger; the same request gets the same answer: lic respond REQUEST --out FILE',
    notes: [
      ...(written.length > 0 ? [`wrote ${written.join(' and ')}`] : []),
      done.repeated
        ? `${done.id} was answered before; these are the same bytes`
        : `${done.id}: the device takes it in with: lic activate`,
      ...(done.activation.weak
        ? [
            'a device that shows so little is not told from another of its kind; a name is surer: lic request KEY --bind id=NAME',
          ]
        : []),
    ],
  }
}
