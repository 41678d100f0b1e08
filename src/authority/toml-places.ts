/**
 * Where the keys of a TOML document stand. The parser gives values without places, and the schema gives paths, so a
 * message that names a line needs this second look. It runs only after an error, over text that the parser accepted:
 * it recognises structure and checks nothing.
 */

/** A path of keys and array indexes, outermost first. */
export type Path = readonly (string | number)[]

export interface Place {
  /** Both count from 1; columns in UTF-16 units, as editors do. */
  readonly line: number
  readonly column: number
}

/**
 * Scans `source` once and answers for any path: the place of its key, or of the nearest key above it that is written
 * down; line 1 when there is none.
 */
export const places = (source: string): ((path: Path) => Place) => {
  const offsets = new Scan(source).offsets()
  const lines = [0, ...Array.from(source.matchAll(/\n/g), (end) => end.index + 1)]
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const offset = offsets.get(keyOf(path.slice(0, length)))
      if (offset === undefined) continue
      const line = lines.findLastIndex((start) => start <= offset)
      return { line: line + 1, column: offset - (lines[line] ?? 0) + 1 }
    }
    return { line: 1, column: 1 }
  }
}

/** Nothing deeper is noted: paths as long as the file would take a time that grows with its square. */
const MAX_DEPTH = 8

const keyOf = (path: Path): string => JSON.stringify(path.map(String))

class Scan {
  readonly #source: string
  readonly #offsets = new Map<string, number>()
  /** How many elements each array of tables has so far. */
  readonly #tables = new Map<string, number>()
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  offsets(): ReadonlyMap<string, number> {
    let table: Path = []
    while (this.#skipBlank()) {
      const start = this.#at
      if (this.#source[start] === '[') table = this.#header()
      else this.#pair(table)
      if (this.#at === start) break
    }
    return this.#offsets
  }

  /** Skips white space, line ends and comments; false at the end of the text. */
  #skipBlank(): boolean {
    this.#match(/(?:[\s\ufeff]|#[^\n]*)*/y)
    return this.#at < this.#source.length
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const text = pattern.exec(this.#source)?.[0] ?? ''
    this.#at += text.length
    return text
  }

  /** The first writing of a path counts. */
  #note(path: Path, offset: number): void {
    const key = keyOf(path)
    if (!this.#offsets.has(key)) this.#offsets.set(key, offset)
  }

  #header(): Path {
    const brackets = this.#match(/\[\[?/y)
    let path = this.#key([])
    this.#match(/\s*\]\]?/y)
    if (brackets === '[[') {
      const count = this.#tables.get(keyOf(path)) ?? 0
      this.#tables.set(keyOf(path), count + 1)
      path = [...path, count]
      this.#note(path, this.#at)
    }
    return path
  }

  #pair(table: Path): void {
    const path = this.#key(table)
    this.#match(/\s*=/y)
    this.#value(path)
  }

  /** Reads a dotted key and notes each of its parts. */
  #key(base: Path): Path {
    let path = base
    do {
      this.#match(/\s*/y)
      const offset = this.#at
      const text = this.#match(/[\w-]+|"(?:[^"\\]|\\.)*"|'[^']*'/y)
      if (path.length === MAX_DEPTH) continue
      path = [...path, plain(text)]
      this.#note(path, offset)
    } while (this.#match(/\s*\./y) !== '')
    return path
  }

  #value(path: Path): void {
    this.#skipBlank()
    const first = this.#source[this.#at]
    if (first === '[') this.#items(path)
    else if (first === '{') this.#inline(path)
    else if (!this.#string()) this.#match(/[^,\]}#\r\n]*/y)
  }

  #string(): boolean {
    const multi = /"""(?:[^\\]|\\[\s\S])*?"{3,5}|'''[\s\S]*?'{3,5}/y
    return this.#match(multi) !== '' || this.#match(/"(?:[^"\\]|\\.)*"|'[^']*'/y) !== ''
  }

  #items(path: Path): void {
    this.#at++
    for (let index = 0; this.#skipBlank() && this.#match(/\]/y) === ''; index++) {
      this.#note([...path, index], this.#at)
      const start = this.#at
      this.#value([...path, index])
      this.#skipBlank()
      this.#match(/,/y)
      if (this.#at === start) return
    }
  }

  #inline(path: Path): void {
    this.#at++
    while (this.#skipBlank() && this.#match(/\}/y) === '') {
      const start = this.#at
      this.#pair(path)
      this.#skipBlank()
      this.#match(/,/y)
      if (this.#at === start) return
    }
  }
}

/** A key without its quotes. Escapes that JSON does not know stay as written: such a key is in no schema. */
const plain = (text: string): string => {
  if (text.startsWith("'")) return text.slice(1, -1)
  if (!text.startsWith('"')) return text
  try {
    return String(JSON.parse(text))
  } catch {
    return text.slice(1, -1)
  }
}
