/** Every session below test/transcripts, one test each. UPDATE=1 rewrites what `cmp` compares with. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'vitest'
import { playTranscript } from './harness/transcript.ts'

const FOLDER = new URL('transcripts/', import.meta.url).pathname

for (const name of readdirSync(FOLDER)
  .filter((file) => file.endsWith('.txt'))
  .sort()) {
  test(name, () => playTranscript(join(FOLDER, name), process.env.UPDATE === '1'))
}
