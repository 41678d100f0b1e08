/** `lic request`: what this device asks of the vendor. stdout holds the two lines alone, so that they can be piped on. */

import { toHex } from '../../core/bytes.ts'
import { spell } from '../../core/codes/spoken.ts'
import { isWeak, readDevice, SLOTS } from '../../core/device.ts'
import { LicError } from '../../core/errors.ts'
import { activationId } from '../../core/release.ts'
import { type RequestDetails, requestLines, requestText } from '../../core/request.ts'
import { parseBinding } from '../../device/fingerprint/binding.ts'
import { type RequestResult, request as requestOf } from '../../device/verbs/request.ts'
import { safe } from '../../render/safe.ts'
import { width } from '../../render/width.ts'
import type { Context } from '../context.ts'
import { type DeviceFlags, deviceHere, maskedOf, matchOf, nameOf } from '../device.ts'
import type { Outcome, ResultFile } from '../outcome.ts'
import type { Show } from '../show.ts'

interface RequestOptions extends DeviceFlags {
  readonly key: string | undefined
  readonly product: string | undefined
  readonly bind: string | undefined
  readonly new: boolean
  readonly prolong: boolean
  readonly label: string | undefined
  readonly appVersion: string | undefined
  readonly minimal: boolean
  readonly explain: boolean
  readonly qr: string | undefined
  readonly out: string | undefined
  readonly force: boolean
}

export const request = async (context: Context, options: RequestOptions): Promise<Outcome> => {
  const { key, product, bind, minimal, label, appVersion, qr, out, force } = options
  if (minimal && (label !== undefined || appVersion !== undefined)) {
    throw new LicError('USAGE', '--minimal sends nothing along, so it goes with neither --label nor --app-version')
  }
  for (const text of [label, appVersion]) checkText(text)
  if (qr !== undefined || out !== undefined) {
    const { checkOutputs } = await import('../output.ts')
    if (qr !== undefined && qr !== '-') endingOf(qr)
    await checkOutputs(context, [qr === '-' ? undefined : qr, out], force)
  }
  const device = await deviceHere(context, options)
  const asked = await requestOf(device, {
    license: matchOf(key),
    product,
    bind: bind === undefined ? undefined : parseBinding(bind),
    fresh: options.new,
    prolong: options.prolong,
  })
  const details: RequestDetails | undefined = minimal
    ? undefined
    : {
        label,
        machineName: shortened(device.machine.hostname),
        os: shortened(device.machine.os),
        appVersion,
        binding: asked.bound.text,
        at: device.now(),
      }
  const text = requestText(asked.bytes, details)
  return outcomeOf(context, options, asked, details, text, await filesOf(options, text))
}

const MAX_TEXT = 128
const bytesOf = (text: string): number => new TextEncoder().encode(text).length

const checkText = (text: string | undefined): void => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (text === undefined || (text !== '' && bytesOf(text) <= MAX_TEXT && !/[\u0000-\u001f\u007f]/.test(text))) return
  throw new LicError('INVALID_INPUT', `1 to ${MAX_TEXT} bytes without control characters are sent along`)
}

/** What the system says of itself has no length that anybody promised. */
const shortened = (text: string): string | undefined => {
  const kept = [...text].reduce((sum, letter) => (bytesOf(sum + letter) <= MAX_TEXT ? sum + letter : sum), '')
  return kept === '' ? undefined : kept
}

const endingOf = (path: string): 'png' | 'svg' => {
  const ending = /\.(png|svg)$/i.exec(path)?.[1]?.toLowerCase()
  if (ending === 'png' || ending === 'svg') return ending
  throw new LicError('USAGE', `--qr takes a name that ends in .png or .svg, or - for the terminal, not ${path}`)
}

const filesOf = async (
  { qr, out }: Pick<RequestOptions, 'qr' | 'out'>,
  text: string,
): Promise<readonly ResultFile[]> => {
  const written = out === undefined ? [] : [{ path: out, content: `${text}\n` }]
  if (qr === undefined || qr === '-') return written
  const { qrCode } = await import('../../render/qr.ts')
  const code = await qrCode(text)
  return [...written, { path: qr, content: endingOf(qr) === 'png' ? await code.png() : code.svg() }]
}

const outcomeOf = (
  { dryRun }: Context,
  { qr, explain, force }: RequestOptions,
  asked: RequestResult,
  details: RequestDetails | undefined,
  text: string,
  files: readonly ResultFile[],
): Outcome => {
  const { held, line, bound, bytes, request: read, again, replaces } = asked
  const lines = requestLines(bytes)
  const shown: Show[] = [
    ...(explain ? [explained(asked, details), { text: '\n' }] : []),
    ...(qr === '-' ? [{ qr: text }] : []),
    { text: lines.join('\n') },
  ]
  const written = files.filter(({ path }) => path !== '-').map(({ path }) => path)
  return {
    schema: 'request',
    data: {
      ...nameOf(held.license),
      product: line.product,
      line: line.number,
      code: spell('request', bytes).join(''),
      lines,
      text,
      activation: activationId(read.anchor),
      binding: { kind: bound.kind, text: bound.text ?? null },
      device: toHex(read.device),
      weak: isWeak(read.device),
      clock: read.clock,
      again,
      replaces,
      details: details ? detailsData(details) : null,
      ...(explain && { slots: slotsData(asked) }),
      ...(dryRun && { dryRun }),
    },
    show: shown,
    files,
    force,
    notes: [
      ...(written.length > 0 ? [`wrote ${written.join(' and ')}`] : []),
      `${again ? 'the request that was not answered yet' : 'a request'} for ${maskedOf(held)}, ${line.product}; activation ${activationId(read.anchor)}`,
      ...(replaces ? ['there is an activation; the answer takes its place'] : []),
      ...(isWeak(read.device)
        ? ['this machine shows too little to be told from others: the vendor answers with --weak-device, for a time']
        : []),
      ...(read.clock
        ? ['the clock is behind a time that has passed: the answer will set that right (lic help clock)']
        : []),
      ...(dryRun
        ? ['dry run: nothing was kept, so no answer to this can be taken in']
        : [
            'send it to the vendor, and take the answer in here: lic activate ANSWER; without ANSWER its lines are asked for',
          ]),
    ],
  }
}

const detailsData = ({ label, machineName, os, appVersion, binding, at }: RequestDetails) => ({
  label: label ?? null,
  machineName: machineName ?? null,
  os: os ?? null,
  appVersion: appVersion ?? null,
  binding: binding ?? null,
  at: at === undefined ? null : new Date(at * 1000).toISOString().replace('.000Z', 'Z'),
})

/** What the machine shows, and the 16 bits of it that leave. */
const slotsData = ({ slots, bound, request: { device } }: RequestResult) => {
  const { present } = readDevice(device)
  return SLOTS.map((slot, i) => ({
    slot,
    value: slots[i] ?? null,
    sent: bound.kind === 'machine' && present[i] ? toHex(device.subarray(1 + 2 * i, 3 + 2 * i)) : null,
  }))
}

/** What is here, and beside it in a column of its own what of it leaves; then what goes along where there is room for it. */
const explained = ({ bound, request: read, ...asked }: RequestResult, details: RequestDetails | undefined): Show => {
  const sent = (hex: string): string => `sent as ${hex}`
  const rows: readonly (readonly [label: string, here: string, leaves: string])[] = [
    ['license', 'the first half of its id', sent(toHex(read.ctiPrefix))],
    ...(bound.kind === 'machine'
      ? slotsData({ bound, request: read, ...asked }).map(
          (each) => [each.slot, each.value ?? 'not found here', each.sent === null ? '' : sent(each.sent)] as const,
        )
      : [[bound.kind, bound.text ?? 'the host name', sent(toHex(read.device.subarray(1)))] as const]),
    ['release anchor', 'of a number that stays here', sent(toHex(read.anchor))],
  ]
  const most = Math.max(...rows.map(([, here, leaves]) => (leaves === '' ? 0 : width(safe(here)))))
  const along = Object.entries(details ? detailsData(details) : {}).flatMap(([name, value]): [string, string][] =>
    value === null ? [] : [[DETAIL_WORDS[name as keyof typeof DETAIL_WORDS], value]],
  )
  return {
    fields: [
      ...rows.map(([label, here, leaves]): [string, string] => [
        label,
        leaves === '' ? here : `${here}${' '.repeat(most - width(safe(here)))}  ${leaves}`,
      ]),
      ['binding', bound.kind],
      ['in QR and file', along.length === 0 ? 'nothing more' : 'these besides, as they are:'],
      ...along,
    ],
  }
}

const DETAIL_WORDS: Readonly<Record<keyof ReturnType<typeof detailsData>, string>> = {
  label: 'label',
  machineName: 'machine name',
  os: 'system',
  appVersion: 'app version',
  binding: 'bound to',
  at: 'time',
}
