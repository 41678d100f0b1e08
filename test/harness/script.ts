/**
 * The text of a transcript, taken apart: steps above, files below `-- name --` lines. Words are split at blanks; a
 * part in single quotes is taken as it is ('' stands for one quote inside), elsewhere $NAME and ${NAME} are filled in.
 */

export interface Step {
  readonly line: number
  readonly text: string
  readonly negated: boolean
  readonly words: (variables: ReadonlyMap<string, string>) => readonly string[]
}

export interface Script {
  readonly steps: readonly Step[]
  /** In order of appearance. */
  readonly files: ReadonlyMap<string, string>
}

const MARK = /^-- (\S.*?) --$/

export const parseScript = (text: string): Script => {
  const lines = text.split('\n')
  const firstFile = lines.findIndex((line) => MARK.test(line))
  const steps = lines.slice(0, firstFile < 0 ? undefined : firstFile).flatMap((line, i) => {
    const bare = line.trim()
    if (bare === '' || bare.startsWith('#')) return []
    const negated = bare.startsWith('! ')
    const command = negated ? bare.slice(2) : bare
    return [
      {
        line: i + 1,
        text: bare,
        negated,
        words: (variables: ReadonlyMap<string, string>) => words(command, variables),
      },
    ]
  })
  const files = new Map<string, string>()
  let name: string | undefined
  for (const line of firstFile < 0 ? [] : lines.slice(firstFile)) {
    const mark = MARK.exec(line)?.[1]
    if (mark !== undefined) {
      name = mark
      files.set(name, '')
    }
    if (mark === undefined && name !== undefined) files.set(name, `${files.get(name)}${line}\n`)
  }
  // The last section ends where the file ends: its final line feed is no empty line.
  if (name !== undefined) files.set(name, (files.get(name) ?? '').replace(/\n$/, ''))
  return { steps, files }
}

/** The text again, with other contents for its sections. */
export const withFiles = (text: string, files: ReadonlyMap<string, string>): string => {
  const lines = text.split('\n')
  const firstFile = lines.findIndex((line) => MARK.test(line))
  if (firstFile < 0) return text
  const ended = (content: string): string => (content === '' || content.endsWith('\n') ? content : `${content}\n`)
  const sections = [...files].map(([name, content]) => `-- ${name} --\n${ended(content)}`)
  return `${lines.slice(0, firstFile).join('\n')}\n${sections.join('')}`
}

const words = (text: string, variables: ReadonlyMap<string, string>): readonly string[] => {
  const out: string[] = []
  let word: string | undefined
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (quoted) {
      if (character !== "'") word += character
      else if (text[at + 1] === "'") word += text.charAt(++at)
      else quoted = false
    } else if (character === "'") {
      quoted = true
      word ??= ''
    } else if (character === ' ' || character === '\t') {
      if (word !== undefined) out.push(word)
      word = undefined
    } else if (character === '$') {
      const name = /^\$(?:(\w+)|\{(\w+)\})/.exec(text.slice(at))
      if (name === null) throw new Error(`a $ without a name in: ${text}`)
      const value = variables.get(name[1] ?? name[2] ?? '')
      if (value === undefined) throw new Error(`${name[0]} is not set`)
      word = (word ?? '') + value
      at += name[0].length - 1
    } else word = (word ?? '') + character
  }
  if (quoted) throw new Error(`a quote is not closed in: ${text}`)
  if (word !== undefined) out.push(word)
  return out
}
