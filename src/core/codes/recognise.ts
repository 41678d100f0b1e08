/**
 * What a text is, told by its form and its check symbols alone (FORMAT 9, 10): for whoever does not know what they were
 * given. It says nothing of who made it.
 */

import { isArmor } from './armor.ts'
import { isStrict, strict } from './base32.ts'
import { CODE_KINDS, type CodeKind, numbersGone, wrongIn } from './spoken.ts'
import { isText } from './text.ts'

export type Recognised =
  | { readonly form: 'armor' | 'text' }
  /** `wrong`: groups or lines, from 1, whose check symbol does not fit. */
  | { readonly form: 'code'; readonly kind: CodeKind; readonly wrong: readonly number[] }

/** Of a key: with a hyphen or blank behind it, or right before the last twenty symbols. */
const PREFIX = /^\s*[A-Za-z][A-Za-z0-9]{1,7}(?:[\s-]+|(?=[A-Za-z0-9]{20}\s*$))/
/** Longer than any code with all its blanks: what is longer is not looked at symbol by symbol. */
const LONGEST = 1_000

/** Undefined for text of others. A code is still ours when at most half of its groups are mistyped. */
export const recognise = (text: string): Recognised | undefined => {
  if (isArmor(text)) return { form: 'armor' }
  if (isText(text)) return { form: 'text' }
  if (text.length > LONGEST) return undefined
  const [best] = (Object.keys(CODE_KINDS) as CodeKind[])
    .flatMap((kind) => candidate(kind, text))
    .sort((a, b) => a.wrong.length - b.wrong.length)
  return best && best.wrong.length * 2 <= CODE_KINDS[best.kind].groups ? { form: 'code', ...best } : undefined
}

const candidate = (kind: CodeKind, text: string): readonly { kind: CodeKind; wrong: readonly number[] }[] => {
  const symbols = strict(kind === 'key' ? text.replace(PREFIX, '') : numbersGone(kind, text))
  const wrong = isStrict(symbols) ? wrongIn(kind, symbols) : undefined
  return wrong ? [{ kind, wrong }] : []
}
