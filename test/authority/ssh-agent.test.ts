/** Keys in a real OpenSSH agent: taken in, unlocked and locked; what it signs is what the key file signs, and what it refuses is said. */

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { agentName } from '../../src/authority/agent-name.ts'
import { agentSigner } from '../../src/authority/agent-signer.ts'
import { Secret } from '../../src/authority/secret.ts'
import { fileSigner } from '../../src/authority/signer.ts'
import { sshAgent } from '../../src/authority/ssh-agent.ts'
import { fingerprint, readSshLine } from '../../src/authority/ssh-key.ts'
import { readKeyFile } from '../../src/authority/vault.ts'
import { main } from '../../src/cli/main.ts'
import { HAS_AGENT, type RealAgent, realAgent } from '../harness/agent.ts'
import { seeded, worldIo } from '../harness/world.ts'
import { ISSUE } from '../threats/process.ts'
import { type Room, room } from '../threats/room.ts'

const BASIC = [...ISSUE]
const PROFESSIONAL = ISSUE.map((word) => (word === 'basic' ? 'professional' : word))

describe.skipIf(!HAS_AGENT)('with the OpenSSH agent', () => {
  let agent: RealAgent
  let at: Room
  /** A founded room whose keys have the passphrase in `pass`, to be copied for each test. */
  let sealed: string

  beforeAll(async () => {
    agent = await realAgent()
    sealed = mkdtempSync(join(tmpdir(), 'lic-sealed-'))
    const here = await room({ founded: false })
    writeFileSync(join(here.dir, 'pass'), 'correct horse\n')
    await here.data(['init', '--name', 'Acme', '--passphrase-file', 'pass'])
    await here.data(['product', 'add', 'editor', '--name', 'Editor', '--prefix', 'EDIT'])
    await here.data(['customer', 'add', '--id', 'acme', '--name', 'Acme Ltd', '--email', 'it@acme.example'])
    cpSync(here.dir, sealed, { recursive: true })
    here.remove()
  })
  afterAll(async () => {
    await agent.stop()
    rmSync(sealed, { recursive: true })
  })
  const opened = async (): Promise<Room> => {
    const here = await room({ founded: false })
    cpSync(sealed, here.dir, { recursive: true })
    at = here
    return here
  }
  afterEach(() => {
    agent.add('-D')
    at?.remove()
  })
  const env = () => ({ SSH_AUTH_SOCK: agent.socket })
  const pass = ['--passphrase-file', 'pass']

  test('every message is signed as the key file signs it', async () => {
    const wire = sshAgent(agent.socket)
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 32, maxLength: 32 }).filter((seed) => seed.some((byte) => byte !== 0)),
        fc.uint8Array({ maxLength: 5000 }),
        async (seed, message) => {
          const file = fileSigner(new Secret(seed))
          await wire.add(seed, file.publicKey, 'of a test', 60)
          const signer = await agentSigner({ socket: agent.socket }, agentName(file.publicKey))
          expect(await signer.sign(message)).toEqual(file.sign(message))
          expect(await wire.remove(file.publicKey)).toBe(true)
          expect(await wire.remove(file.publicKey)).toBe(false)
        },
      ),
      { numRuns: 20 },
    )
    wire.close()
  })

  test('fingerprints and public lines are those of OpenSSH', () => {
    const key = agent.keygen('named', 'ed25519', 'two words')
    const line = readFileSync(`${key}.pub`, 'utf8')
    agent.add('-q', key)
    expect(agent.add('-l')).toContain(fingerprint(readSshLine(line)))
  })

  test('licenses, answers and lists come out the same, byte for byte, from the agent and from the file', async () => {
    const here = await opened()
    await here.data(['key', 'unlock', '--for', '15m', ...pass], { env: env() })
    await here.data(['key', 'unlock', 'list', '--for', '15m', ...pass], { env: env() })
    expect(agent.add('-l').match(/lic (issuing|list) [0-9a-f]{16} \(ED25519\)/g)).toHaveLength(2)
    const bound = await here.data<{ key: string }>([...BASIC, '--activation', 'required', '--out', 'b.lic', ...pass])
    await here.data(['trust', 'export', '--out', 'root.pub'])
    await here.data(['install', 'b.lic', '--root', 'root.pub', '--state', 'device'])
    await here.data(['request', '--state', 'device', '--out', 'request.txt'])
    const twin = join(here.dir, 'twin')
    cpSync(here.home, twin, { recursive: true })
    const play = async (home: string, words: readonly string[], more: Readonly<Record<string, string>>) => {
      const { io, stdout, stderr } = worldIo({
        cwd: here.dir,
        env: { LIC_HOME: home, LIC_ACTOR: 'tester', ...more },
        now: Date.parse('2026-06-02T00:00:00Z') / 1000,
        random: seeded('the same'),
      })
      expect(await main([...words, '--json'], io), stderr.text).toBe(0)
      return JSON.parse(stdout.text).data
    }
    for (const words of [
      [...BASIC],
      ['renew', bound.key, '--for', '1y'],
      ['respond', 'request.txt'],
      ['revocations', 'publish'],
    ]) {
      const byAgent = await play(here.home, words, env())
      const byFile = await play(twin, words, { LIC_PASSPHRASE_FILE: 'pass' })
      expect(byAgent).toEqual(byFile)
    }
    expect(await here.data(['key', 'lock', '--all'], { env: env() })).toMatchObject({ keys: [{}, {}], until: null })
    await here.refused('KEY_LOCKED', 4, BASIC, { env: env() })
  })

  test('a key of the agent alone is certified, and then signs licenses, answers and lists', async () => {
    const here = await opened()
    agent.add('-q', agent.keygen('token', 'ed25519', 'token@desk'))
    const before = await here.state()
    await here.data(['key', 'import', '--agent', '--dry-run', ...pass], { env: env() })
    expect(await here.state()).toEqual(before)
    const { kid, file } = await here.data<{ kid: string; file: string }>(['key', 'import', '--agent', ...pass], {
      env: env(),
    })
    expect(file).toMatch(/^ssh-agent:SHA256:[A-Za-z0-9+/]{43}$/)
    const { keys } = await here.data<{ keys: { kid: string; place: string; role: string }[] }>(['key', 'list'], {
      env: env(),
    })
    expect(keys.find((key) => key.kid === kid)).toMatchObject({ role: 'issuing', place: 'agent' })
    const { keys: away } = await here.data<{ keys: { kid: string; place: string }[] }>(['key', 'list'])
    expect(away.find((key) => key.kid === kid)).toMatchObject({ place: 'absent' })

    await here.data([...BASIC, '--activation', 'required', '--out', 'a.lic'], { env: env() })
    await here.data(['trust', 'export', '--out', 'root.pub'])
    const verdict = await here.data<{ signer: string }>([
      'verify',
      'a.lic',
      '--root',
      'root.pub',
      '--product',
      'editor',
    ])
    expect(JSON.stringify(verdict)).toContain(kid)
    await here.data(['install', 'a.lic', '--root', 'root.pub', '--state', 'device'])
    await here.data(['request', '--state', 'device', '--out', 'request.txt'])
    await here.data(['respond', 'request.txt', '--out', 'answer.lic'], { env: env() })
    expect(await here.data(['activate', 'answer.lic', '--state', 'device'])).toMatchObject({ ok: true })

    agent.add('-q', agent.keygen('lists', 'ed25519', 'lists@desk'))
    await here.data(['key', 'import', 'lists@desk', '--agent', '--role', 'list', '--name', 'lists', ...pass], {
      env: env(),
    })
    await here.data(['revocations', 'publish', '--out', 'list.lrl'], { env: env() })
    await here.data(['verify', 'a.lic', '--root', 'root.pub', '--revocations', 'list.lrl'])
    const { checks } = await here.data<{ checks: { name: string; status: string; found: string }[] }>(
      ['doctor', '--quick'],
      { env: env() },
    )
    expect(checks.filter(({ found }) => found.startsWith('in the ssh-agent: SHA256:'))).toHaveLength(2)
    const alone = JSON.parse((await here.run(['doctor', '--quick', '--json'])).out).data
    const unoffered = alone.checks.filter(({ found }: { found: string }) =>
      found.startsWith('the ssh-agent does not offer'),
    )
    expect(unoffered.map(({ status, fix }: { status: string; fix: string }) => [status, fix.slice(0, 12)])).toEqual([
      ['fail', 'ssh-add FILE'],
      ['fail', 'ssh-add FILE'],
    ])
  })

  test('anchors take the emergency secret, which no agent holds: its passphrase is asked for, and only for them', async () => {
    const here = await opened()
    await here.data(['key', 'unlock', '--for', '1h', ...pass], { env: env() })
    await here.data(BASIC, { env: env() })
    const before = await here.state()
    const refused = await here.refused('KEY_LOCKED', 4, PROFESSIONAL, { env: env() })
    expect(refused.hint).toContain('--passphrase-file')
    expect(refused.message).toContain('keys/issuing.key')
    expect(await here.state()).toEqual(before)
    // A person is asked once; the agent signs.
    const asked = await here.run(PROFESSIONAL, { env: env(), answers: ['correct horse'] })
    expect(asked.status).toBe(0)
    expect(asked.err.match(/Passphrase of/g)).toHaveLength(1)
    await here.data([...PROFESSIONAL, ...pass], { env: env() })
    // A batch asks once for all of its rows.
    writeFileSync(
      join(here.dir, 'rows.csv'),
      `customer,product,tier,expires,order\n${[1, 2, 3].map((i) => `acme,editor,professional,1y,A-${i}`).join('\n')}\n`,
    )
    const batch = await here.run(['issue', '--from', 'rows.csv', '--yes'], { env: env(), answers: ['correct horse'] })
    expect(batch.status, batch.err).toBe(0)
    await here.refused('KEY_LOCKED', 4, ['issue', '--from', 'rows.csv', '--idempotency-key', 'again'], { env: env() })

    // Beside a key that lies in the agent alone, the secret comes from its own file; where that is not, there is none.
    agent.add('-q', agent.keygen('only', 'ed25519', 'only@desk'))
    await here.data(['key', 'import', 'only@desk', '--agent', ...pass], { env: env() })
    const away = await here.refused('KEY_LOCKED', 4, PROFESSIONAL, { env: env() })
    expect(away.message).toContain('keys/emergency.key')
    await here.data([...PROFESSIONAL, ...pass], { env: env() })
    rmSync(join(here.home, 'keys/emergency.key'))
    await here.refused('NO_EMERGENCY', 6, PROFESSIONAL, { env: env() })
    await here.data(BASIC, { env: env() })
  })

  test('a lifetime ends by itself', async () => {
    const here = await opened()
    await here.data(['key', 'unlock', '--for', '1s', ...pass], { env: env() })
    const { publicKey } = await readKeyFile(join(here.home, 'keys/issuing.key'), async () => 'correct horse').then(
      ({ seed }) => fileSigner(seed as Secret),
    )
    const wire = sshAgent(agent.socket)
    for (;;) {
      const { keys } = await wire.list()
      if (!keys.some((key) => Buffer.from(key.publicKey).equals(publicKey))) break
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    wire.close()
    await here.refused('KEY_LOCKED', 4, BASIC, { env: env() })
  })

  test('a locked agent, an empty one, one with RSA keys alone: each is said, with the command that mends it', async () => {
    const here = await opened()
    const empty = await here.refused('KEY_LOCKED', 4, ['key', 'import', '--agent', ...pass], { env: env() })
    expect(empty.hint).toContain('ssh-add')
    agent.add('-q', agent.keygen('old', 'rsa'))
    const rsa = await here.refused('NOT_FOUND', 3, ['key', 'import', '--agent', ...pass], { env: env() })
    expect(rsa).toMatchObject({
      message: expect.stringContaining('ssh-rsa'),
      hint: expect.stringContaining('ssh-keygen -t ed25519'),
    })
    agent.add('-q', agent.keygen('locked', 'ed25519'))
    await here.data(['key', 'import', '--agent', ...pass], { env: env() })
    agent.lock()
    const locked = await here.refused('KEY_LOCKED', 4, BASIC, { env: env() })
    expect(locked.hint).toContain('ssh-add -X')
    const closed = await here.refused('KEY_LOCKED', 4, ['key', 'unlock', 'list', ...pass], { env: env() })
    expect(closed.hint).toContain('ssh-add -X')
    agent.unlock()
    await here.data(BASIC, { env: env() })
  })

  test('a key that asks before each use, and nobody answers (ssh-add -c): nothing is certified with it', async () => {
    const here = await opened()
    agent.add('-q', '-c', agent.keygen('asking', 'ed25519'))
    const before = await here.state()
    const refused = await here.refused('KEY_LOCKED', 4, ['key', 'import', '--agent', ...pass], { env: env() })
    expect(refused).toMatchObject({
      message: 'the ssh-agent refused to sign',
      hint: expect.stringContaining('ssh-add -c'),
    })
    expect(await here.state()).toEqual(before)
  })

  test('no agent, a dead one, and one that is no agent of this user', async () => {
    const here = await opened()
    const other = await realAgent()
    const key = other.keygen('gone', 'ed25519')
    other.add('-q', key)
    const theirs = { SSH_AUTH_SOCK: other.socket }
    await here.data(['key', 'import', '--agent', ...pass], { env: theirs })
    await here.data(BASIC, { env: theirs })
    await other.stop('SIGKILL')
    for (const socket of [other.socket, join(here.dir, 'nowhere'), join(here.dir, 'pass'), '']) {
      const { hint } = await here.refused('KEY_LOCKED', 4, BASIC, { env: { SSH_AUTH_SOCK: socket } })
      expect(hint).toContain('ssh-add FILE')
    }
    await here.refused('KEY_LOCKED', 4, ['key', 'unlock', 'list', ...pass], { env: theirs })
    await here.refused('KEY_LOCKED', 4, ['key', 'lock', '--all'], { env: theirs })
    // A key file opens all the same: an agent that is out of order is none.
    rmSync(other.dir, { recursive: true, force: true })
    await here.data(['revocations', 'publish', ...pass], { env: theirs })
    const publish = await here.run(['revocations', 'publish'], { env: theirs, answers: ['correct horse'] })
    expect(publish.status).toBe(0)
  })

  test('a key is certified once, whoever holds it; of several one is named', async () => {
    const here = await opened()
    for (const name of ['one', 'two']) agent.add('-q', agent.keygen(name, 'ed25519', `${name}@desk`))
    const several = await here.refused('AMBIGUOUS', 2, ['key', 'import', '--agent', ...pass], { env: env() })
    expect(several.data?.candidates).toHaveLength(2)
    await here.refused('NOT_FOUND', 3, ['key', 'import', 'thre@desk', '--agent', ...pass], { env: env() })
    await here.data(['key', 'import', join(agent.dir, 'one.pub'), '--agent', ...pass], { env: env() })
    const twice = await here.refused('CONFLICT', 5, ['key', 'import', 'one@desk', '--agent', ...pass], { env: env() })
    expect(twice.hint).toContain('a key is certified once: other rights are another key')
    await here.data(['key', 'unlock', 'root', ...pass], { env: env() })
    const root = await kidOfRoot(here)
    await here.refused('CONFLICT', 5, ['key', 'import', `lic root ${root}`, '--agent'], { env: env() })
    // The root in the agent certifies without a passphrase.
    await here.data(['key', 'import', 'two@desk', '--agent', '--role', 'audit'], { env: env() })
    await here.refused('USAGE', 2, ['key', 'import', 'two@desk', '--agent', '--role', 'root'], { env: env() })
    await here.data(['key', 'lock', 'root'], { env: env() })
    rmSync(join(here.home, 'keys/root.key'))
    agent.add('-q', agent.keygen('three', 'ed25519', 'three@desk'))
    const rootless = await here.refused('NOT_FOUND', 3, ['key', 'import', 'three@desk', '--agent', ...pass], {
      env: env(),
    })
    expect(rootless.hint).toContain('lic key import')
  })
  const kidOfRoot = async (here: Room): Promise<string> => {
    const { keys } = await here.data<{ keys: { kid: string; role: string }[] }>(['key', 'list'])
    return keys.find(({ role }) => role === 'root')?.kid ?? ''
  }

  test('what cannot be in an agent is said', async () => {
    const here = await opened()
    agent.add('-q', agent.keygen('alone', 'ed25519'))
    await here.data(['key', 'import', '--agent', ...pass], { env: env() })
    await here.refused('INVALID_INPUT', 2, ['key', 'unlock', 'emergency', ...pass], { env: env() })
    await here.refused('INVALID_INPUT', 2, ['key', 'unlock', 'issuing-2', ...pass], { env: env() })
    await here.refused('INVALID_INPUT', 2, ['key', 'lock', 'issuing-2'], { env: env() })
    expect(agent.add('-l')).toContain('alone')
    await here.data(['key', 'lock', '--all'], { env: env() })
    expect(agent.add('-l')).toContain('alone')
    await here.refused('INVALID_INPUT', 2, ['key', 'passphrase', 'issuing', '--no-passphrase'])
    await here.refused('INVALID_INPUT', 2, ['key', 'backup', 'issuing', '--sheet', 'x.html'])
    for (const span of ['15', '2mo', '25h', '0m', '1.5h', 'soon']) {
      await here.refused('INVALID_INPUT', 2, ['key', 'unlock', '--for', span, ...pass], { env: env() })
    }
  })
})
