/**
 * `lic activate`: the vendor's answer, in any form. Typed at a terminal, each of the five lines is checked at once, so that a
 * person repeats one line and not five.
 */

import { numberedLines } from '../../core/codes/typed.ts'
import { LicError } from '../../core/errors.ts'
import { activationId } from '../../core/release.ts'
import { parseTyped } from '../../core/typed-response.ts'
import { judge } from '../../device/judge.ts'
import { type ActivateInput, type ActivateResult, activate as activateIn } from '../../device/verbs/activate.ts'
import type { Thing } from '../belongs.ts'
import type { Context } from '../context.ts'
import {
  begunOf,
  bundleData,
  type DeviceFlags,
  deviceHere,
  leftAside,
  listData,
  maskedOf,
  nameOf,
  objectsIn,
} from '../device.ts'
import { COMMAND_LINE, checkOurs, noFile, readGiven } from '../input.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'
import { placeText } from '../places.ts'
import { checkDue } from '../things.ts'

interface ActivateOptions extends DeviceFlags {
  readonly response: readonly string[]
}

export const activate = async (context: Context, { response, ...flags }: ActivateOptions): Promise<Outcome> => {
  const input = await answerFrom(context, response)
  const device = await deviceHere(context, flags)
  return outcomeOf(context, await activateIn(device, input))
}

const answerFrom = async (context: Context, words: readonly string[]): Promise<ActivateInput> => {
  if (words.length === 0) return { typed: parseTyped(await typedLines(context)) }
  // Lines, each one argument, or lines cut at their blanks; else files or parts of one code.
  if (words.length > 1 && words.every((word) => TYPED.test(word))) {
    const whole = words.every((word) => word.length >= SHORTEST)
    return answerIn(whole ? words.join('\n') : words.join(' ').replace(NUMBER, '\n$1'), COMMAND_LINE)
  }
  const { source, content } = await readGiven(context, words)
  await checkDue(content, 'an answer', (thing) => !UNSIGNED.has(thing))
  if ('bytes' in content) return { objects: objectsIn(content.bytes) }
  if (source === COMMAND_LINE && looksLikePath(content.text)) throw noFile(content.text)
  return answerIn(content.text, source)
}

/** A line or a piece of one, perhaps with its number; the number of a line alone. A file called `1.png` is none. */
const TYPED = /^(?:\d{1,2}[.:)](?:\s|$|(?=[0-9A-Za-z]{5})))?[0-9A-Za-z\s-]*$/
/** Of a line, with characters missing. */
const SHORTEST = 15
const NUMBER = /\s*(\b\d{1,2}[.:)])(?=\s|[0-9A-Za-z]{5})/g

/** What is signed is judged by what it holds. */
const UNSIGNED: ReadonlySet<Thing> = new Set(['request', 'emergency', 'release', 'key', 'paper', 'sealed', 'usage'])

/** A code has no dot, unless behind the number of a line, and no slash, unless in a part. */
const looksLikePath = (text: string): boolean => /^[^\s]*[./\\][^\s]*$/.test(text) && !/^\s*LIC1/i.test(text)

const answerIn = async (text: string, source: string): Promise<ActivateInput> => {
  const { decodeArmor, isArmor } = await import('../../core/codes/armor.ts')
  if (isArmor(text)) return { objects: objectsIn(decodeArmor(text)) }
  const { decodeText, isText } = await import('../../core/codes/text.ts')
  if (isText(text)) return { objects: objectsIn(decodeText(text)) }
  const numbered = numberedLines(text)
  if (numbered !== undefined) return { typed: parseTyped(numbered) }
  checkOurs(source, text, 'answer')
  return { typed: parseTyped(text) }
}

const LINES = 5
const SYMBOLS = 25

const typedLines = async ({ ask }: Context): Promise<string> => {
  if (!ask.interactive) {
    throw new LicError('USAGE', 'no answer was given', { hint: 'name a file, a picture or a code, or - for stdin' })
  }
  const { normalize } = await import('../../core/codes/base32.ts')
  const { mistyped, wrongGroups } = await import('../../core/codes/spoken.ts')
  const isLine = (symbols: string, number: number): boolean => {
    const before = Array.from({ length: number - 1 }, () => symbols)
    return !wrongGroups('response', [...before, symbols]).includes(number)
  }
  /** One that was skipped, or typed again. */
  const otherLine = (symbols: string, number: number): LicError | undefined => {
    const other = Array.from({ length: LINES }, (_, i) => i + 1).find((each) => isLine(symbols, each))
    if (other === undefined) return undefined
    return new LicError('CODE_MISTYPED', `this is line ${other}, and line ${number} is due`)
  }
  const lines: string[] = []
  while (lines.length < LINES) {
    const number = lines.length + 1
    const line = await ask.until(`Line ${number} of the answer`, undefined, (answer) => {
      const symbols = normalize(answer.replace(/^\s*\d{1,2}[.:)]\s*/, ''))
      if (symbols.length !== SYMBOLS) {
        throw new LicError('CODE_MISTYPED', `line ${number} has ${SYMBOLS} characters, this has ${symbols.length}`)
      }
      if (!isLine(symbols, number)) throw otherLine(symbols, number) ?? mistyped('response', [number])
      return symbols
    })
    lines.push(line)
  }
  return lines.join('\n')
}

const outcomeOf = ({ dryRun }: Context, result: ActivateResult): Outcome => {
  const { held, line, activation, extension, clockTold, again, lists, bundles, deviceAnchor, situation } = result
  const { license } = held
  const judged = [...license.lines.values()].map((each) => judge(held, each, situation.around))
  const asked = line ? judged.filter((each) => each.line.number === line.number) : judged
  const refused = asked.find((each) => !each.ok)
  const id = activation && activationId(activation.anchor)
  return {
    schema: 'activated',
    data: {
      ...nameOf(license),
      product: line?.product ?? null,
      activation: id ?? null,
      place: activation?.place ?? null,
      lease: isoTime(activation?.expires),
      expires: isoTime(license.expires),
      extended: extension !== undefined,
      clock: clockTold,
      again,
      emergency: deviceAnchor,
      lists: lists.map(listData),
      bundles: bundles.map(bundleData),
      ok: refused === undefined,
      ...(refused && !refused.ok && { code: refused.code, reason: refused.reason }),
      ...(dryRun && { dryRun }),
    },
    show: {
      fields: [
        [extension ? 'extended' : 'activated', maskedOf(held)],
        ['licensee', license.licensee?.name],
        ['product', line && `${line.product} ${line.title}`],
        ['activation', id],
        ['place', line && activation?.place !== undefined ? placeText(activation.place, line.devices) : undefined],
        ['lease', activation && (isoTime(activation.expires) ?? 'without end')],
        ['expires', isoTime(license.expires) ?? 'never'],
        ['clock', clockTold ? 'confirmed by the vendor' : undefined],
        ['emergency', deviceAnchor ? 'codes can be given for this device' : undefined],
        ...lists.map((list): [string, string] => ['revocation list', `${list.list}, of ${isoTime(list.number)}`]),
        ...bundles.map(({ version }): [string, string] => ['trust bundle', `version ${version}`]),
      ],
    },
    notes: [
      ...(again ? ['it was taken in before'] : []),
      ...leftAside(result),
      ...(refused && !refused.ok ? [`the product may not run yet: ${refused.reason} (${refused.code})`] : []),
      ...(dryRun ? ['dry run: nothing was written'] : [`how it stands: lic status ${begunOf(held)}`]),
    ],
  }
}
