/** How many columns of a terminal a text takes. East Asian wide characters and emoji take two, combining marks none. */

const MARK = /^(?:[\p{Mn}\p{Me}]|\u{200d})$/u
const WIDE =
  /^[\u{1100}-\u{115f}\u{2e80}-\u{303e}\u{3041}-\u{a4cf}\u{a960}-\u{a97f}\u{ac00}-\u{d7a3}\u{f900}-\u{faff}\u{fe30}-\u{fe6f}\u{ff00}-\u{ff60}\u{ffe0}-\u{ffe6}\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$|^\p{Emoji_Presentation}$/u

const widthOf = (character: string): number => (MARK.test(character) ? 0 : WIDE.test(character) ? 2 : 1)

const ASCII = /^[\x20-\x7e]*$/

export const width = (text: string): number => {
  if (ASCII.test(text)) return text.length
  let sum = 0
  for (const character of text) sum += widthOf(character)
  return sum
}

/** At most `columns` wide; what was cut is replaced by one ellipsis. */
export const clip = (text: string, columns: number): string => {
  if (width(text) <= columns) return text
  let out = ''
  let used = 1
  for (const character of text) {
    used += widthOf(character)
    if (used > columns) break
    out += character
  }
  return `${out}…`
}
