/**
 * The path of a request as any router might read it: whoever asks writes it, and may write it so that the gate reads one thing
 * and the router behind it another. So what opens is compared as it stands, and only when there is one way to read it; what
 * needs a feature is compared in every way that there is. Pure.
 */

/** Segments of plain characters, none of them empty, of dots alone, or ending in one. */
const PLAIN = /^(?:\/(?:[A-Za-z0-9_~@+,-]|\.(?![./]|$))+)*\/?$/

/** Without its query; only what has exactly one reading. */
export const plainPath = (target: string): string | undefined => {
  const end = target.indexOf('?')
  const path = end < 0 ? target : target.slice(0, end)
  if (!PLAIN.test(path) || path === '') return undefined
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

/** Of a URL that was parsed before, as a Request has it. */
export const targetOf = (url: string): string => {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const end = url.indexOf('#')
  return start < 0 ? '/' : url.slice(start, end < 0 ? undefined : end)
}

const ABSOLUTE = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i
/** What no path holds (RFC 3986, 3.3), and the backslash, which some take for a slash. */
const FOREIGN = /[^!-~]|\\/
const BROKEN = /%(?![0-9a-f]{2})/i
const ESCAPE = /%[0-9a-f]{2}/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const HIDDEN = /[\u0000-\u001f\u007f\\]/
/** How often something may be escaped over and over. */
const DEPTH = 4

/**
 * Every way to read a target: `/a/b`, in small letters, nothing at its end. Undefined for what is no path of a request, or hides
 * something: control characters, backslashes, broken escapes, escapes of escapes without end.
 */
export const readingsOf = (target: string): readonly string[] | undefined => {
  const plain = plainPath(target)
  if (plain !== undefined) return [plain.toLowerCase()]
  const path = target.replace(ABSOLUTE, '').replace(/\?.*$/s, '') || (ABSOLUTE.test(target) ? '/' : '')
  if (!path.startsWith('/') || FOREIGN.test(path) || BROKEN.test(path)) return undefined
  const readings = new Set<string>()
  let text = path
  for (let depth = 0; ; depth++) {
    if (HIDDEN.test(text)) return undefined
    for (const each of spellings(text)) readings.add(each)
    if (!ESCAPE.test(text)) return [...readings]
    const decoded = decode(text)
    if (decoded === undefined) return depth === 0 ? undefined : [...readings]
    if (depth === DEPTH) return undefined
    text = decoded
  }
}

/** Undefined when it is no UTF-8. */
const decode = (text: string): string | undefined => {
  try {
    // A percent sign that escapes nothing stands for itself.
    return decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, '%25'))
  } catch {
    return undefined
  }
}

/** With and without an authority in front; with dot segments followed, and with them left out. */
const spellings = (text: string): readonly string[] =>
  [text, text.replace(/^\/\/[^/]*/, '')].flatMap((each) => {
    const segments = folded(each)
      .split('/')
      .map((segment) => segment.replace(/[;?#].*$/s, ''))
      .map((segment) => (/^\.{1,2} *$/.test(segment) ? segment.trim() : segment.replace(/[. ]+$/, '')))
      .filter((segment) => segment !== '' && segment !== '.')
    const followed: string[] = []
    for (const segment of segments) {
      if (segment === '..') followed.pop()
      else followed.push(segment)
    }
    return [followed, segments.filter((segment) => segment !== '..')].map((all) => `/${all.join('/')}`)
  })

/** Letters that are one to whoever compares without case or form. */
const folded = (text: string): string => text.normalize('NFKC').toUpperCase().toLowerCase()

export const isBelow = (path: string, prefix: string): boolean =>
  prefix === '/' || path === prefix || (path.startsWith(prefix) && path[prefix.length] === '/')
