/** The demo is what a newcomer runs first: played by the built program, as they would, in a process of its own. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const play = (...words: string[]) => spawnSync(process.execPath, ['bin/lic.js', 'demo', ...words], { encoding: 'utf8' })

describe('lic demo', () => {
  it('plays the whole story, refused license included', () => {
    const dir = mkdtempSync(join(tmpdir(), 'lic-demo-test-'))
    const { status, stdout, stderr } = play('--dir', dir)
    expect(stderr).toContain('LICENSE_REVOKED')
    expect(stderr).toContain('BAD_SIGNATURE')
    expect(stdout).toContain('verdict')
    expect(stdout).toMatch(/[█▀▄]{10}/)
    expect(status).toBe(0)
    rmSync(dir, { recursive: true })
  })

  it('tells its steps as JSON, and nothing else', () => {
    const { status, stdout } = play('--json')
    expect(status).toBe(0)
    const { schema, data } = JSON.parse(stdout)
    expect(schema).toBe('lic.demo/1')
    expect(data.steps.map(({ exit }: { exit: number }) => exit)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 7])
    rmSync(data.dir, { recursive: true })
  })
})
