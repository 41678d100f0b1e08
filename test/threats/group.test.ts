/**
 * The state of a machine under `--system`: whoever is in the group of its directory reads it and changes nothing, a stranger
 * does not even read it. Real processes of real users; the numbers need no names.
 */

import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BIN, type Home, type Launch, lic, licData, makeHome } from './process.ts'

const [GROUP, MEMBER, STRANGER] = [54_321, 54_322, 54_323]
/** By its first group, as a service manager starts a service, or by one of its others, as a person has them. */
const MEMBERS: readonly (readonly [string, Launch])[] = [
  ['by its own group', { uid: MEMBER, gid: GROUP }],
  [
    'by one of its other groups',
    { under: ['setpriv', `--reuid=${MEMBER}`, `--regid=${MEMBER}`, `--groups=${STRANGER + 1},${GROUP}`] },
  ],
]
const OUTSIDE: Launch = { uid: STRANGER, gid: STRANGER }

const asRoot = process.getuid?.() === 0
const reaches = asRoot && spawnSync(process.execPath, [BIN, '-V'], { uid: STRANGER, gid: STRANGER }).status === 0
const why = reaches
  ? ''
  : ` (skipped: ${asRoot ? 'other users do not reach this program' : 'only root acts as others'})`

interface Status {
  readonly ok: boolean
  readonly state: { readonly generation: number; readonly copies: readonly { readonly found: string }[] }
}

describe.runIf(reaches)(`a state that is shared with a group${why}`, () => {
  let at: Home
  let state = ''
  const shared = (): readonly string[] => ['--state', state, '--system']
  const coded = async (words: readonly string[], launch: Launch) => {
    const { status, stdout, stderr } = await lic([...words, '--json'], launch)
    return { status, stdout, code: JSON.parse(stderr).error.code as string }
  }

  beforeAll(async () => {
    at = await makeHome()
    chmodSync(at.dir, 0o755)
    const words = ['issue', '--customer', 'acme', '--product', 'editor', '--tier', 'basic', '--expires', '1y']
    const out = ['--activation', 'required', '--out', join(at.dir, 'a.lic')]
    await licData([...words, ...out], { env: at.env })
    await licData(['trust', 'export', '--out', join(at.dir, 'root.pub')], { env: at.env })
    state = join(at.dir, 'state')
    // As whoever looks after the machine makes it: the group is that of the directory.
    mkdirSync(state, { mode: 0o750 })
    chownSync(state, 0, GROUP)
    await licData(['install', join(at.dir, 'a.lic'), '--root', join(at.dir, 'root.pub'), ...shared()])
    const { code } = await licData<{ code: string }>(['request', '--bind', 'id=press-4', ...shared()])
    const answer = await licData<{ code: string }>(['respond', code], { env: at.env })
    await licData(['activate', answer.code, ...shared()])
  }, 120_000)
  afterAll(() => at?.remove())

  test.each(MEMBERS)('a member of it reads, %s, and changes nothing', async (_, member) => {
    const seen = await licData<Status>(['status', ...shared()], member)
    expect(seen.ok).toBe(true)
    expect(seen.state.copies.map(({ found }) => found)).toEqual(['whole', 'whole'])
    for (const words of [
      ['request', '--new'],
      ['deactivate', '--yes'],
      ['uninstall', '--yes', '--force'],
    ]) {
      const refused = await coded([...words, ...shared()], member)
      expect(refused).toEqual({ status: refused.status, stdout: '', code: 'UNWRITABLE' })
    }
    // Without saying that it is shared, it is a directory that others may look into.
    expect(await coded(['status', '--state', state], member)).toMatchObject({ stdout: '', code: 'STATE_EXPOSED' })
    const after = await licData<Status>(['status', ...shared()])
    expect(after.state.generation).toBe(seen.state.generation)
  })

  test('a stranger does not read it, in whatever way', async () => {
    expect(await coded(['status', ...shared()], OUTSIDE)).toEqual({ status: 2, stdout: '', code: 'UNREADABLE' })
    expect(await coded(['status', '--state', state], OUTSIDE)).toMatchObject({ stdout: '', code: 'STATE_EXPOSED' })
    expect(await coded(['deactivate', '--yes', ...shared()], OUTSIDE)).toMatchObject({ stdout: '', code: 'UNREADABLE' })
    // A user without a name, and without a home that the environment tells.
    const homeless = { ...OUTSIDE, under: ['env', '--unset=HOME'] }
    expect(await coded(['status', ...shared()], homeless)).toMatchObject({ status: 2, code: 'UNREADABLE' })
    expect((await lic(['status'], homeless)).status).toBe(7)
    for (const dir of [state, join(at.dir, '.state.mirror')]) {
      const cat = spawnSync('cat', [join(dir, readdirSync(dir)[0] ?? '')], { uid: STRANGER, gid: STRANGER })
      expect({ dir, status: cat.status, out: cat.stdout.length }).toEqual({ dir, status: 1, out: 0 })
    }
  })

  test('what is given up is seen by the group; everything is for it, and nothing for others', async () => {
    await licData(['deactivate', '--yes', ...shared()])
    for (const [, member] of MEMBERS) expect((await lic(['status', ...shared()], member)).status).toBe(7)
    for (const name of ['state', '.state.mirror', '.state.mirror.released']) {
      const dir = join(at.dir, name)
      const [file = ''] = readdirSync(dir)
      for (const path of [dir, join(dir, file)]) {
        const { gid, mode } = lstatSync(path)
        expect({ path, others: mode & 0o027 }).toEqual({ path, others: 0 })
        if (name !== '.state.mirror.released' || path === dir) expect({ path, gid }).toEqual({ path, gid: GROUP })
      }
    }
  })

  test('a member cannot slip a state of its own in', async () => {
    const own = join(at.dir, 'own')
    mkdirSync(own, { mode: 0o750 })
    chownSync(own, MEMBER, GROUP)
    writeFileSync(join(own, 'state.0000000099'), 'x', { mode: 0o640 })
    expect(await coded(['status', '--state', own, '--system'], { uid: STRANGER, gid: GROUP })).toMatchObject({
      code: 'STATE_EXPOSED',
    })
  })
})
