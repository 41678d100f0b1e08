/** The harness must notice what does not hold: a runner that passes everything would prove nothing. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseScript } from './script.ts'
import { playTranscript } from './transcript.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lic-harness-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const play = async (text: string, update = false): Promise<string> => {
  const path = join(folder, 'a.txt')
  writeFileSync(path, text)
  await playTranscript(path, update)
  return readFileSync(path, 'utf8')
}

describe('a step that does not hold is an error with its line', () => {
  test.each([
    ['exec lic hepl'],
    ['! exec lic help'],
    ['! exec lic hepl\nexit 3'],
    ['exec lic --version\nstdout ^nothing'],
    ['exec lic --version\n! stdout .'],
    ['exec lic --version\nstderr .'],
    ['exec lic --version\ncmp stdout a\n-- a --\nother'],
    ['exists nothing'],
    ['! exists a\n-- a --'],
    ['exec lic --version --json\njson stdout data.version none'],
    ['exec lic --version --json\ncapture V stdout data.none'],
    ['exec lic $NOBODY'],
    ['exec lic init --name Äcme --no-passphrase\nexec lic brand list\npaper a'],
    ['at one\nexec lic --version\npaper a\nat two\nexists a'],
    ['exec ls'],
    ['walk'],
    ["exec lic 'open"],
    ['tty a\nexec lic help\n-- a --\nleft over\n'],
  ])('%j', async (text) => {
    const steps = parseScript(text).steps
    const line = steps.at(-1)?.line ?? 0
    await expect(play(text)).rejects.toThrow(`a.txt:${line}: `)
  })
})

test('words: quotes are literal, variables are filled in elsewhere', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the braces are the script's own
  const [step] = parseScript("! exec lic 'a $B ''c''' x${B}y ''").steps
  expect(step?.words(new Map([['B', '1 2']]))).toEqual(['exec', 'lic', "a $B 'c'", 'x1 2y', ''])
  expect(step?.negated).toBe(true)
})

test('UPDATE rewrites what differs, and nothing else', async () => {
  const text = '# keep me\nexec lic --version\ncmp stdout want\n-- other --\nsame\n-- want --\nold\n'
  const after = await play(text, true)
  expect(after).toMatch(/^# keep me\nexec lic --version\ncmp stdout want\n-- other --\nsame\n-- want --\nlic \d.*\n$/)
  expect(await play(after)).toBe(after)
})

test('the same seed and clock give the same run', async () => {
  await play(
    'clock 2027-01-01T00:00:00Z\nclock +1d\nseed x\nenv A=b\nenv A=\nexec lic help\ncp stdout f\nmode 0644 f\nstdin f\nrm f\n! exists f',
  )
})
