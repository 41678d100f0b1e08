/**
 * What e-mail does to armored text, undone before it is read: quoting, indents, blanks at the end of lines, blank lines
 * between, lines broken elsewhere. FORMAT 9.4 is strict, and so is `decodeArmor`; this stands at the edge before it.
 * Invariant: it moves no character of the content, so whatever comes out is judged as if it had been sent so.
 */

const BEGIN = /^[>| \t\u00a0]*-----BEGIN (LIC [A-Z ]+)-----/m
/** What stands before and behind the content of a line. */
const AROUND = /^[>|\s\u200b]+|[\s\u200b]+$/g
const CONTENT = /^[A-Za-z0-9+/]*={0,2}$/

/** The text with its first armored block in the strict form; as it is when there is none, or more is wrong with it. */
export const asSent = (text: string): string => {
  const begin = BEGIN.exec(text)
  if (begin === null) return text
  const [first, label] = begin
  const start = begin.index + first.length
  const last = `-----END ${label}-----`
  const end = text.indexOf(last, start)
  if (end < 0) return text
  const lines = text.slice(start, end).split(/\r\n|\r|\n/)
  const content = lines.map((line) => line.replace(AROUND, '')).join('')
  if (!CONTENT.test(content)) return text
  const block = [`-----BEGIN ${label}-----`, ...(content.match(/.{1,64}/g) ?? []), last].join('\n')
  return `${text.slice(0, begin.index)}${block}${text.slice(end + last.length)}`
}
