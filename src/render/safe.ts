/**
 * The one door through which text of others reaches a terminal. Names, notes, codes and file names are chosen by
 * people we do not know: an escape sequence could repaint the screen, a direction override could turn a name around.
 * Invariant: what leaves here has no control, no direction mark and no invisible character; they are shown as \u{..}.
 */

/**
 * C0, DEL and C1; soft hyphen; Arabic letter mark, Hangul and Mongolian fillers; zero-width and direction marks; line
 * and paragraph separators; invisible operators; BOM; interlinear marks; tag characters; lone surrogates; unassigned
 * default-ignorables.
 */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|\u{115f}|\u{1160}|\u{17b4}|\u{17b5}|\u{180b}|\u{180c}|\u{180d}|\u{180f}|\u{3164}|\u{ffa0}|\u{2065}|[\u{fff0}-\u{fff8}]|[\u{e0000}-\u{e0fff}]/gu

/** Most texts: told apart without building the large character class, which costs milliseconds once. */
const ASCII = /^[ -~]*$/

const shown = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`

/** One line: line ends and tabs are shown too. */
export const safe = (text: string): string => (ASCII.test(text) ? text : text.replace(HIDDEN, shown))

/** Text of several lines, as lic itself composed it: only the line feed stays. */
export const safeLines = (text: string): string => text.split('\n').map(safe).join('\n')

/** JSON with the same characters written as \uXXXX: the value is untouched, the terminal safe. */
export const safeJson = (json: string): string => json.split('\n').map(safeJsonLine).join('\n')

const safeJsonLine = (json: string): string =>
  ASCII.test(json)
    ? json
    : json.replace(HIDDEN, (character) =>
        Array.from(
          { length: character.length },
          (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
        ).join(''),
      )
