/** Every session below test/transcripts, one test each. UPDATE=1 rewrites what `cmp` compares with. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { OFFERED } from '../src/cli/program.ts'
import { PUBLISHED } from '../src/cli/schemas/published.ts'
import { SEEN } from './harness/json.ts'
import { playTranscript } from './harness/transcript.ts'

const FOLDER = new URL('transcripts/', import.meta.url).pathname

for (const name of readdirSync(FOLDER)
  .filter((file) => file.endsWith('.txt'))
  .sort()) {
  test(name, () => playTranscript(join(FOLDER, name), process.env.UPDATE === '1'))
}

/** Asked after all sessions were played: with a filter on their names these tests are left out too. */
describe('what --json prints', () => {
  test.each(OFFERED.map(({ usage }) => usage))('lic %s has been seen to print it', (usage) => {
    expect([...(SEEN.get(usage) ?? [])].filter((name) => name !== 'lic.error/1')).not.toEqual([])
  })

  test('is what some command prints', () => {
    const printed = new Set([...SEEN.values()].flatMap((names) => [...names]))
    expect(PUBLISHED.map(({ name }) => name).filter((name) => !printed.has(name))).toEqual([])
  })
})
