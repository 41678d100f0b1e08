/** Whole commands, from the shell's point of view, against the start of Node itself. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atMost, median, type Row } from './row.ts'

const RUNS = 21

const bindable = (run: (words: readonly string[]) => number, lic: (words: string) => readonly string[]): boolean => {
  try {
    return run(lic('request --state device --bind machine')) > 0
  } catch {
    return false
  }
}

const bin = (root: string): string => join(root, 'bin/lic.js')

export const commandRows = (root: string): Row[] => {
  const work = mkdtempSync(join(tmpdir(), 'lic-bench-'))
  const env = { ...process.env, LIC_HOME: join(work, 'home'), LIC_ACTOR: 'bench', CI: '1' }
  const run = (words: readonly string[]): number => {
    const start = performance.now()
    const { status, stderr } = spawnSync(process.execPath, words, { cwd: work, env, stdio: 'pipe' })
    const took = performance.now() - start
    if (status !== 0) throw new Error(`${words.join(' ')}: exit ${status}\n${stderr}`)
    return took
  }
  const lic = (words: string): readonly string[] => [bin(root), ...words.split(' ')]
  try {
    run(lic('init --name Acme --no-passphrase'))
    run(lic('product add editor --name Editor --prefix EDIT'))
    run(lic('customer add --name Acme --id acme --email it@acme.example'))
    run(lic('trust export --out root.pub'))
    run(lic('issue --customer acme --product editor --tier basic --expires 1y --out acme.lic'))
    run(
      lic(
        'issue --customer acme --product editor --tier basic --expires 1y --activation required --out device.lic --json',
      ),
    )
    run(lic('install device.lic --root root.pub --state device'))
    const contestants = [
      ['node -e 0', ['-e', '0'], 0],
      ['lic --version', lic('--version'), 1.25],
      ['lic verify --root', lic('verify acme.lic --root root.pub'), 1.5],
      ['lic issue', lic('issue --customer acme --product editor --tier basic --expires 1y --json'), 2],
      // A machine that shows nothing of itself goes by its name, which takes no less.
      ['lic request', lic(`request --state device --bind ${bindable(run, lic) ? 'machine' : 'hostname'}`), 3],
    ] as const
    const taken = contestants.map((): number[] => [])
    for (let i = 0; i < RUNS; i++) for (const [n, [, words]] of contestants.entries()) taken[n]?.push(run(words))
    const [node = Number.NaN, ...ours] = taken.map(median)
    return contestants.slice(1).map(([what, , goal], i) => {
      const took = ours[i] ?? Number.NaN
      const limit = `node -e 0 ${node.toFixed(1)} ms`
      return atMost({ what, measured: `${took.toFixed(1)} ms`, limit, ratio: took / node }, goal)
    })
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
