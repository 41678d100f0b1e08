/**
 * A stolen key and everything that it signed: signed again in one go, stopped by Ctrl-C and by `kill -9`, and gone on with. What
 * is done is done once, and every file is there in the end.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { publicKeysFromPem } from '../../src/core/keys.ts'
import { verify } from '../../src/core/verify.ts'
import { type Home, lic, licData, makeHome, SLOW, start } from './process.ts'

const LICENSES = SLOW ? 10_000 : 320
const STOPS = SLOW ? 40 : 4

let at: Home
beforeEach(async () => {
  at = await makeHome()
})
afterEach(() => at.remove())

interface Listed {
  readonly keys: readonly { readonly kid: string; readonly name: string; readonly role: string }[]
}
interface Compromised {
  readonly touched: number
  readonly reissued: number
  readonly left: number
  readonly licenses: readonly { readonly key: string; readonly revision: number; readonly step: string }[]
}

/** Revisions a license, by how many have so many. */
const revisions = (): Readonly<Record<number, number>> => {
  const db = new Database(join(at.home, 'ledger.db'), { timeout: 15_000 })
  try {
    expect(db.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }])
    const rows = db
      .prepare('select n, count(*) as c from (select count(*) as n from revisions group by license) group by n')
      .all() as { n: number; c: number }[]
    return Object.fromEntries(rows.map(({ n, c }) => [n, c]))
  } finally {
    db.close()
  }
}

describe('everything is signed again', () => {
  test(`${LICENSES} licenses, stopped ${STOPS} times on the way`, { timeout: SLOW ? 3_600_000 : 180_000 }, async () => {
    const rows = Array.from({ length: LICENSES }, (_, i) => `acme,site ${i}`).join('\n')
    await lic(
      ['issue', '--from', '-', '--format', 'csv', '--product', 'editor', '--tier', 'basic', '--expires', '1y'],
      {
        ...at,
        input: `customer,label\n${rows}\n`,
      },
    )
    await licData(['trust', 'export', '--out', 'root.pub'], { ...at, cwd: at.dir })
    const { keys } = await licData<Listed>(['key', 'list'], at)
    const kid = keys.find(({ name }) => name === 'issuing')?.kid ?? ''
    await licData(['key', 'rotate', 'issuing'], at)
    const command = ['key', 'compromise', kid, '--at', '2020-01-01', '--yes', '--reissue', '--out-dir', 'again']
    const there = { ...at, cwd: at.dir }
    let seen = 0
    let stopped = 0
    for (let stop = 0; stop < STOPS; stop++) {
      const { child, ended } = start(command, there)
      let over = false
      void ended.then(() => {
        over = true
      })
      // As soon as it has done some more.
      while (!over && (revisions()[2] ?? 0) <= seen) await new Promise((resolve) => setImmediate(resolve))
      child.kill(stop % 2 === 0 ? 'SIGKILL' : 'SIGINT')
      const { status, stdout } = await ended
      if (status === 130) expect(stdout).toBe('')
      const { 2: done = 0, ...others } = revisions()
      expect(done).toBeGreaterThan(seen)
      expect(Object.keys(others).every((count) => count === '1')).toBe(true)
      seen = done
      if (status !== 0) stopped += 1
      if (done === LICENSES) break
    }
    expect(stopped).toBeGreaterThan(1)
    const last = await licData<Compromised>(command, there)
    expect([last.touched, last.left, last.reissued]).toEqual([LICENSES, 0, LICENSES - seen])
    expect(revisions()).toEqual({ 2: LICENSES })
    const again = await licData<Compromised>(command, there)
    expect([again.reissued, again.left]).toEqual([0, 0])
    const roots = publicKeysFromPem(readFileSync(join(at.dir, 'root.pub'), 'utf8'))
    const files = readdirSync(join(at.dir, 'again'))
    expect(files.filter((name) => name.endsWith('.lic')).length).toBe(LICENSES)
    expect(files.length).toBe(LICENSES)
    const now = Math.floor(Date.now() / 1000)
    for (const name of files) {
      const verdict = verify(readFileSync(join(at.dir, 'again', name)), { roots, product: 'editor', now })
      expect([verdict.ok, verdict.license.revision]).toEqual([true, 2])
    }
  })
})
