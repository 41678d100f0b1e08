/** Real processes that count on one state (worker.ts), so that they can be killed. */

import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll } from 'vitest'

const ROOT = new URL('../..', import.meta.url).pathname

export interface Process {
  readonly child: ChildProcess
  /** How often it said yes, when it is gone. */
  readonly yes: Promise<number>
  said(): number
}

/** For the tests of one file: starts a process with words for worker.ts. */
export const processes = (): ((dir: string, ...words: readonly (string | number)[]) => Process) => {
  const bundle = join(ROOT, 'node_modules', `.gate-worker-${randomUUID()}.mjs`)
  beforeAll(async () => {
    await build({
      ...{ entryPoints: [join(ROOT, 'test/gate/worker.ts')], outfile: bundle, bundle: true, format: 'esm' },
      ...{ platform: 'node', packages: 'external', conditions: ['source', 'node'], logLevel: 'error' },
    })
  })
  afterAll(() => rmSync(bundle, { force: true }))
  return (dir, ...words) => {
    const child = spawn(process.execPath, [bundle, dir, ...words.map(String)], { stdio: ['pipe', 'pipe', 'inherit'] })
    let said = 0
    child.stdout.on('data', (text: Buffer) => {
      for (const letter of String(text)) if (letter === '+') said++
    })
    const yes = new Promise<number>((resolve) => child.on('close', () => resolve(said)))
    return { child, yes, said: () => said }
  }
}
