/** How many columns of a terminal a text takes. East Asian wide characters and emoji take two, combining marks none. */

const MARK = /^(?:[\p{Mn}\p{Me}]|[\u{1160}-\u{11ff}\u{200d}])$/u
const WIDE =
  /^[\u{1100}-\u{115f}\u{2e80}-\u{303e}\u{3041}-\u{a4cf}\u{a960}-\u{a97f}\u{ac00}-\u{d7a3}\u{f900}-\u{faff}\u{fe30}-\u{fe6f}\u{ff00}-\u{ff60}\u{ffe0}-\u{ffe6}\u{17000}-\u{18aff}\u{1b000}-\u{1b2ff}\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$|^\p{Emoji_Presentation}$/u

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

/**
 * Lines of at most `columns`, broken between words. What goes on stands below where the line's last column begins, so
 * that a list of names and meanings stays one. A word that is wider than the room stays whole.
 */
export const wrap = (text: string, columns: number): string =>
  text
    .split('\n')
    .flatMap((line) => (width(line) <= columns ? [line] : wrapped(line, columns)))
    .join('\n')

const wrapped = (line: string, columns: number): readonly string[] => {
  const label = /^ *(?:\S+(?: \S+)* {2,})?/.exec(line)?.[0] ?? ''
  const indent = ' '.repeat(width(label) * 2 <= columns ? width(label) : (/^ */.exec(line)?.[0].length ?? 0) + 4)
  const out: string[] = []
  let current = label
  let empty = true
  for (const word of line.slice(label.length).split(' ')) {
    if (width(current) + (empty ? 0 : 1) + width(word) > columns && current.trim() !== '') {
      out.push(current.trimEnd())
      current = indent
      empty = true
    }
    current += empty ? word : ` ${word}`
    empty = false
  }
  return [...out, current]
}
