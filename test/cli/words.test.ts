/** Words of people at the edge: what they call a command, and armored text as an e-mail brings it. */

import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { commandIn } from '../../src/cli/conduct.ts'
import { OBJECT_BYTES, readObject } from '../../src/cli/input.ts'
import { realIo } from '../../src/cli/io.ts'
import { asSent } from '../../src/cli/mailed.ts'
import { OFFERED } from '../../src/cli/program.ts'
import { SYNONYMS } from '../../src/cli/synonyms.ts'
import { TOPICS } from '../../src/cli/topics.ts'

describe('other names of commands', () => {
  const first = new Set(OFFERED.map(({ usage }) => usage.split(' ')[0]))
  test.each([...SYNONYMS])('%s leads to %s', (word, meant) => {
    expect(first).not.toContain(word)
    for (const each of meant.split(', or ')) {
      const words = each.replace(/^lic /, '').split(' ')
      expect(commandIn(words), each).toBeDefined()
      if (words[0] === 'help') expect(Object.keys(TOPICS)).toContain(words[1])
    }
  })
})

describe('armored text from an e-mail', () => {
  const content = Buffer.from(Array.from({ length: 200 }, (_, i) => (i * 37) % 256)).toString('base64')
  const lines = ['-----BEGIN LIC LICENSE-----', ...(content.match(/.{1,64}/g) ?? []), '-----END LIC LICENSE-----']
  const strict = lines.join('\n')
  const body = lines.slice(1, -1).join('')
  test.each([
    ['as it was sent', strict],
    ['line ends of Windows', lines.join('\r\n')],
    ['quoted', lines.map((line) => `> ${line}`).join('\n')],
    ['quoted twice', lines.map((line) => `>> ${line}`).join('\n')],
    ['blanks behind the lines', lines.map((line) => `${line}  `).join('\n')],
    ['indented', lines.map((line) => `\t ${line}`).join('\n')],
    ['blank lines between', lines.join('\n\n')],
    ['broken elsewhere', [lines[0], ...(body.match(/.{1,40}/g) ?? []), lines.at(-1)].join('\n')],
    ['on one line', [lines[0], body, lines.at(-1)].join('\n')],
  ])('%s', (_, mail) => {
    expect(asSent(mail).trim()).toBe(strict)
    expect(asSent(`Hello,\n\n${mail}\n\nyours`)).toContain(strict)
  })
  test('what has lost its end, or holds other signs, is left as it is', () => {
    for (const text of [lines.slice(0, -1).join('\n'), strict.replace('A', '*'), 'no armor', '']) {
      expect(asSent(text)).toBe(text)
    }
  })
  test('no time is lost over beginnings without an end', () => {
    const text = '> -----BEGIN LIC LICENSE-----\n'.repeat(OBJECT_BYTES / 30)
    const before = performance.now()
    expect(asSent(text)).toBe(text)
    expect(performance.now() - before).toBeLessThan(1000)
  })
})

test.each([
  ['a PDF', '%PDF-1.7\n\u0000\u0001'],
  ['an office document', 'PK\u0003\u0004\u0014\u0000'],
])('%s is told to be no license, and not decoded', async (_, beginning) => {
  const file = join(mkdtempSync(join(tmpdir(), 'lic-words-')), 'given')
  writeFileSync(file, Buffer.from(beginning, 'latin1'))
  await expect(readObject({ io: realIo(), path: (each) => each }, file)).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: expect.stringContaining('neither its bytes, nor armored text, nor a code'),
  })
})
