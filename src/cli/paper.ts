/**
 * A paper backup as it is given: a picture of its code, its lines in a file or on stdin, the page as it was written, or typed at a terminal, each line
 * checked at once. Never as words of the command line, which shells keep and other users see.
 */

import type { AskPassphrase } from '../authority/key-files.ts'
import type { PaperContents } from '../authority/paper.ts'
import { normalize } from '../core/codes/base32.ts'
import { mistyped, wrongGroups } from '../core/codes/spoken.ts'
import { LicError } from '../core/errors.ts'
import { paperKind } from '../core/paper.ts'
import type { Context } from './context.ts'
import { COMMAND_LINE, noFile, readSeen } from './input.ts'

export interface GivenPaper {
  readonly kind: 'paper' | 'sealed'
  /** The symbols of all lines, as they were given. */
  readonly text: string
  /** From the file that was made to be printed, which does not show that there is paper. */
  readonly unprinted?: true
}

/** What a page holds. A person may try the passphrase of a sealed one three times. @throws LicError as readPaper */
export const contentsIn = async (
  { ask: { interactive } }: Context,
  { kind, text }: GivenPaper,
  passphrase: AskPassphrase,
): Promise<PaperContents> => {
  const { readPaper } = await import('../authority/paper.ts')
  for (let attempt = 1; ; attempt++) {
    try {
      return await readPaper(text, kind, () => passphrase('the page', attempt))
    } catch (error) {
      if (!(error instanceof LicError) || error.code !== 'WRONG_PASSPHRASE' || !interactive || attempt >= 3) throw error
    }
  }
}

/** The page in what was given; undefined: it is something else, a key file perhaps. @throws LicError USAGE, UNREADABLE, INVALID_INPUT */
export const paperIn = async (context: Context, given: string): Promise<GivenPaper | undefined> => {
  const { source, content } = await readSeen(context, given)
  const seen = 'texts' in content ? content.texts : []
  const html = await linesOfHtml(seen)
  const texts = html === undefined ? seen : [html]
  const pages = texts.map(linesIn).flatMap((text): GivenPaper[] => {
    const kind = paperKind(text)
    return kind === undefined ? [] : [{ kind, text, ...(html !== undefined && { unprinted: true }) }]
  })
  const [page, ...more] = pages
  if (source === COMMAND_LINE) {
    // Whatever may be symbols of a key is not repeated in an error.
    if ((symbolsIn(given.replace(/\b\d{1,2}[.:)]\s/g, '')) ?? 0) < SYMBOLS) throw noFile(given)
    throw new LicError('USAGE', 'the lines of a private key do not belong on a command line, which others can see', {
      hint: 'leave them out and type them when asked, or give them on stdin: lic key import -',
    })
  }
  if (page === undefined && texts.length === 1) checkWhole(texts[0] ?? '')
  if (page === undefined && given === '-') {
    throw new LicError('INVALID_INPUT', 'stdin holds no page of a private key', {
      hint: 'a key file is named: lic key import FILE',
    })
  }
  if (more.length > 0) {
    throw new LicError('AMBIGUOUS', `${source} shows ${pages.length} pages`, { hint: 'cut the picture to one of them' })
  }
  if (page === undefined && texts.length > 1) {
    throw new LicError('INVALID_INPUT', `${source} shows ${texts.length} codes, none of them a private key`)
  }
  return page
}

/** Undefined for any text that is not the page as `lic key backup` wrote it. */
const linesOfHtml = async ([text = '']: readonly string[]): Promise<string | undefined> => {
  if (!/^\s*<(!doctype html|html|!--)/i.test(text)) return undefined
  const { linesOfSheet } = await import('../render/backup-sheet.ts')
  return linesOfSheet(text)
}

/** Symbols of a code and nothing else, and not as many as a page has: it was cut. @throws LicError CODE_MISTYPED */
const checkWhole = (text: string): void => {
  if (/-----BEGIN|age-encryption/.test(text)) return
  const count = symbolsIn(linesIn(text))
  if (count === undefined || count < SYMBOLS) return
  throw new LicError(
    'CODE_MISTYPED',
    `a page has 3 lines of ${SYMBOLS} characters, or 10; this has ${count} characters`,
    {
      hint: 'look for what is missing on the page, and give all of its lines',
    },
  )
}

const symbolsIn = (text: string): number | undefined => {
  try {
    return normalize(text.replace(/(^|\n)\s*\d{1,2}[.:)]\s*/g, '$1')).length
  } catch {
    return undefined
  }
}

/** Numbered lines, where other text stands around them. */
const linesIn = (text: string): string => {
  const numbered = text.split('\n').filter((line) => /^\s*\d{1,2}[.:)]\s/.test(line))
  return numbered.length > 0 && numbered.length <= LINES.sealed ? numbered.join('\n') : text
}

const LINES = { paper: 3, sealed: 10 } as const
const SYMBOLS = 25

/** The check symbol of the first line tells which kind of page it is. @throws LicError USAGE without a terminal */
export const typedPaper = async ({ ask }: Context): Promise<GivenPaper> => {
  if (!ask.interactive) {
    throw new LicError('USAGE', 'nothing was given to import', {
      hint: 'name a key file or a picture of the page, or - for its lines on stdin; --agent for a key in the ssh-agent',
    })
  }
  const lines: string[] = []
  let kind: keyof typeof LINES = 'paper'
  while (lines.length < LINES[kind]) {
    const number = lines.length + 1
    const line = await ask.until(`Line ${number} of the page`, undefined, (answer) => {
      const symbols = normalize(answer.replace(/^\s*\d{1,2}[.:)]\s*/, ''))
      if (symbols.length !== SYMBOLS) {
        throw new LicError('CODE_MISTYPED', `line ${number} has ${SYMBOLS} characters, this has ${symbols.length}`)
      }
      const fits = (each: keyof typeof LINES): boolean => !wrongGroups(each, [...lines, symbols]).includes(number)
      if (number === 1 && !fits('paper') && fits('sealed')) kind = 'sealed'
      if (!fits(kind)) throw mistyped(kind, [number])
      return symbols
    })
    lines.push(line)
  }
  return { kind, text: lines.join('') }
}
