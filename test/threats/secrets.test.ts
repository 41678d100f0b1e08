/**
 * Row 17: a canary passphrase and the private keys go through every command, well and badly used, with --json --debug.
 * Neither is found anywhere but in the key files: not in output, not in the ledger, not in files, raw or encoded.
 */

import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { readKeyFile } from '../../src/authority/vault.ts'
import { COMMANDS } from '../../src/cli/program.ts'
import { encodeBase32 } from '../../src/core/codes/base32.ts'
import { fakeAgent } from '../harness/fake-agent.ts'
import { ISSUE } from './process.ts'
import { type Handed, type Room, room } from './room.ts'

const CANARY = 'canary-Zq8vR2-do-not-sing'
let at: Room | undefined
afterEach(() => at?.remove())

/** Every spelling in which bytes could stand in a text or a file. */
const spellings = (bytes: Uint8Array): readonly Buffer[] => {
  const raw = Buffer.from(bytes)
  const base64 = [0, 1, 2].map((shift) => {
    // A longer text that holds it may begin its base64 at any of three places.
    const text = Buffer.concat([Buffer.alloc(shift), raw]).toString('base64')
    return text.slice(shift === 0 ? 0 : 4, -4)
  })
  const texts = [
    raw.toString('hex'),
    raw.toString('hex').toUpperCase(),
    raw.toString('base64url').slice(0, -1),
    // As on a page, in its code: the first sixteen symbols stand in one line.
    encodeBase32(raw).slice(0, 16),
    ...base64,
  ]
  return [raw, Buffer.from(raw.toString('utf16le'), 'utf16le'), ...texts.map((text) => Buffer.from(text))]
}

const filesIn = (dir: string): readonly string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile())

test('row 17: no secret leaves the key files', async () => {
  const here = await room({ founded: false })
  at = here
  const { dir } = here
  const ran = new Set<string>()
  const heard: string[] = []
  const run = async (words: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const result = await here.run([...words, '--json', '--debug'], {
      env: { LIC_PASSPHRASE_FILE: join(dir, 'pass'), ...env },
    })
    ran.add(COMMANDS.find(({ usage }) => isOf(usage, words))?.usage ?? '')
    heard.push(result.out, result.err, inspect(words))
    return result
  }
  const isOf = (usage: string, words: readonly string[]): boolean =>
    usage
      .split(' ')
      .filter((word) => /^[a-z]/.test(word))
      .every((word, i) => words[i] === word)
  writeFileSync(join(dir, 'pass'), `${CANARY}\n`, { mode: 0o600 })
  writeFileSync(join(dir, 'wrong'), `${CANARY.slice(0, -1)}\n`, { mode: 0o600 })
  writeFileSync(join(dir, 'team.toml'), 'code = "team"\nkind = "subscription"\nmetric = "seat"\ntitle = "Team"\n')
  const ok = async (...words: string[]) => {
    const result = await run(words)
    expect({ words, status: result.status, err: result.err }).toMatchObject({ status: 0 })
    return JSON.parse(result.out).data
  }

  await ok('init', '--name', 'Acme')
  await ok('product', 'add', 'editor', '--name', 'Editor', '--prefix', 'EDIT')
  await ok('product', 'list')
  await ok('product', 'show', 'editor')
  await ok('brand', 'add', 'other', '--name', 'Other', '--prefix', 'OTH')
  await ok('brand', 'list')
  await ok('brand', 'show', 'other')
  await run(['tier', 'add', 'team.toml', '--brand', 'other'])
  await ok('tier', 'list')
  await ok('tier', 'show', 'basic', '--brand', 'acme')
  await ok('customer', 'add', '--id', 'acme', '--name', 'Acme Ltd', '--brand', 'acme')
  await ok('customer', 'list')
  await ok('customer', 'show', 'acme')
  const { key } = (await ok(...ISSUE, '--emergency', '--out', 'a.lic', '--qr', 'a.png')) as Handed
  await ok('show', key)
  await ok('list')
  await ok('key', 'list')
  await ok('renew', key, '--for', '1y')
  await ok('suspend', key, '--reason', 'r')
  await ok('reinstate', key, '--reason', 'r')
  await ok('revoke', key, '--reason', 'r', '--yes')
  await ok('revocations', 'publish', '--out', 'list.lrl')
  await ok('trust', 'export', '--out', 'root.pub')
  await run(['verify', 'a.lic', '--root', 'root.pub', '--revocations', 'list.lrl'])
  await ok('inspect', 'a.lic', '--root', 'root.pub')
  await ok('cancel', key, '--reason', 'r', '--yes')
  await ok('help', 'issue')
  await run(['demo', '--dir', join(dir, 'demo')])

  await ok('brand', 'edit', 'other', '--name', 'Others')
  await ok('product', 'edit', 'editor', '--name', 'Editor Pro')
  await ok('bundle', 'add', 'suite', '--name', 'Suite', '--product', 'editor:tier=basic', '--brand', 'acme')
  await ok('bundle', 'list')
  await ok('bundle', 'show', 'suite')
  await ok('bundle', 'edit', 'suite', '--name', 'Whole Suite')
  await ok('tier', 'edit', 'team', '--brand', 'other', '--file', 'team.toml', '--reason', 'r')
  writeFileSync(join(dir, 'customers.csv'), 'id,name\nbo,Bo\n')
  await ok('customer', 'import', 'customers.csv', '--brand', 'acme')
  await ok('customer', 'edit', 'bo', '--name', 'Bo Ltd')
  const bound = (await ok(...ISSUE, '--emergency', '--activation', 'required', '--out', 'b.lic')) as Handed
  await ok('note', bound.key, '--note', 'n')
  await ok('find', 'Acme')
  await ok('log')
  await ok('doctor')
  await ok('schema')
  await run(['completion', 'bash'])
  await ok('install', 'b.lic', '--root', 'root.pub', '--state', 'device')
  await ok('request', '--state', 'device', '--out', 'request.txt')
  await ok('respond', 'request.txt', '--out', 'answer.lic')
  await ok('activate', 'answer.lic', '--state', 'device')
  await run(['status', '--state', 'device'])
  const { activations } = (await ok('activation', 'list', bound.key)) as {
    activations: readonly { activation: string }[]
  }
  const id = activations[0]?.activation ?? ''
  await ok('activation', 'show', id)
  await run(['emergency', bound.key, '--reason', 'r'])
  await run(['unlock', 'LICE-0', '--state', 'device'])
  await run(['deactivate', '--state', 'device', '--yes'])
  await run(['activation', 'release', id, '--code', 'M082Y-0C20R'])
  await ok('activation', 'revoke', id, '--reason', 'r', '--yes')
  await run(['uninstall', '--state', 'device', '--yes'])
  await run(['decode', 'a.png'])
  await ok('kit', '--product', 'editor', '--key', bound.key, '--out', 'kit')
  await ok('change', bound.key, '--tier', 'professional')
  await ok('transfer', bound.key, '--to', 'bo', '--reason', 'r', '--yes')
  const grants = ['--name', 'ci', '--tiers', 'trial', '--products', 'editor', '--brand', 'acme']
  await ok('key', 'delegate', ...grants, '--new-passphrase-file', 'pass', '--out', 'ci.key')
  await ok('trial', '--key', 'ci.key', '--product', 'editor', '--idempotency-key', 'k', '--out', 'trial.lic')
  await run(['trial', '--product', 'editor'], { LIC_KEY: readFileSync(join(dir, 'ci.key'), 'utf8') })
  await run(['trial', '--product', 'editor'], { LIC_KEY: CANARY })
  await run(['trial', '--key', 'ci.key', '--product', 'viewer'])
  await ok('ledger', 'import', 'trial.lic', '--brand', 'acme')
  await run(['usage', 'export', '--state', 'device'])
  await run(['usage', 'import', 'a.lic'])
  await ok('key', 'show', 'issuing')
  await ok('key', 'create', '--role', 'list', '--root-passphrase-file', 'pass')
  await run(['key', 'create', '--role', 'list', '--root-passphrase-file', 'wrong'])
  await ok('key', 'retire', 'list-2')
  await ok('key', 'rotate', 'audit')
  await run(['key', 'rotate', 'audit', '--root-key', 'pass'])
  await ok('key', 'compromise', 'audit-2', '--at', '2020-01-01T00:00:00Z', '--yes')
  await ok('trust', 'publish', '--out', 'trust.lic')
  await ok('ledger', 'checkpoint', '--out', 'head.txt')
  await ok('ledger', 'prove', bound.key, '--out', 'recorded.tlog-proof')
  await ok('ledger', 'export', '--out', 'log.ndjson')
  await ok('ledger', 'audit', 'b.lic')
  await ok('ledger', 'verify', '--checkpoint', 'head.txt')
  await ok('ledger', 'rebuild')
  await ok('ledger', 'copy', '--to', join(dir, 'copy.db'))
  await ok('ledger', 'backup', 'backup.tar.age', '--with-keys', '--passphrase-file', 'pass')
  await run(['ledger', 'restore', 'backup.tar.age', '--home', join(dir, 'restored'), '--passphrase-file', 'wrong'])
  await run(['ledger', 'restore', 'backup.tar.age', '--home', join(dir, 'restored'), '--passphrase-file', 'pass'])
  await ok('customer', 'forget', 'bo', '--reason', 'r', '--confirm', 'bo', '--with-licenses')

  // Private halves on their way: into an agent, onto a page, to another file and back.
  const socket = join(dir, 'agent')
  const agent = await fakeAgent(socket, ['token@desk'])
  const keyed = { SSH_AUTH_SOCK: socket }
  writeFileSync(join(dir, 'next'), `${CANARY.slice(0, -1)}\n`, { mode: 0o600 })
  await ok('key', 'export', 'issuing')
  await ok('key', 'backup', 'root', '--sheet', 'page.html', '--out', 'copy.key')
  const lines = [...readFileSync(join(dir, 'page.html'), 'utf8').matchAll(/<tr><td>\d\.<\/td>(.*?)<\/tr>/g)].map(
    ([, groups = '']) => groups.replace(/<[^>]*>/g, ''),
  )
  expect(lines).toHaveLength(3)
  // The page is what it is to be, and nothing else is: it goes now.
  rmSync(join(dir, 'page.html'))
  await ok('key', 'passphrase', 'list', '--new-passphrase-file', 'next')
  await run(['key', 'passphrase', 'list', '--new-passphrase-file', 'pass'], { LIC_PASSPHRASE_FILE: join(dir, 'next') })
  await run(['key', 'passphrase', 'list', '--new-passphrase-file', 'nowhere'])
  rmSync(join(dir, 'next'))
  await run(['key', 'unlock', 'root'], keyed)
  await run(['key', 'import', '--agent'], keyed)
  await run(['key', 'lock', '--all'], keyed)
  for (const typed of [lines.join(' '), lines.slice(0, 2).join('')]) {
    // The words hold the key here: what is listened to is the answer alone.
    const { out, err } = await here.run(['key', 'import', typed, '--json', '--debug'])
    heard.push(out, err)
  }
  await run(['key', 'import', 'copy.key', '--out', 'back.key'])
  await run([
    'key',
    'ceremony',
    '--name',
    'Acme',
    '--home',
    join(dir, 'solemn'),
    '--pause',
    '--passphrase-file',
    'pass',
  ])
  rmSync(join(dir, 'solemn/sheets'), { recursive: true })
  await agent.stop()

  // And badly: wrong passphrases, the passphrase or a key where something else is due.
  for (const words of [
    [...ISSUE],
    ['renew', key, '--for', '1y'],
    ['revocations', 'publish'],
    ['init', '--name', 'Again'],
    ['init', '--name', 'Again', '--home', join(dir, 'again'), '--no-passphrase', '--passphrase-file', 'pass'],
  ]) {
    await run(words, { LIC_PASSPHRASE_FILE: join(dir, 'wrong') })
    await run(words, { LIC_PASSPHRASE_FILE: '' })
    await run([...words, '--passphrase-file', 'home/keys/issuing.key'])
    await run([...words, '--passphrase-file', 'nowhere'])
    await run([...words, '--passphrase-fd', '99'])
  }
  for (const file of ['pass', 'home/keys/root.key', 'home/keys/issuing.key']) {
    for (const words of [
      ['verify', file],
      ['inspect', file],
      ['tier', 'add', file],
      ['verify', 'a.lic', '--root', file],
    ])
      await run(words)
  }

  expect([...ran].filter((usage) => usage !== '').sort()).toEqual(COMMANDS.map(({ usage }) => usage).sort())
  const ask = async () => CANARY
  const secrets: Uint8Array<ArrayBuffer>[] = [
    new TextEncoder().encode(CANARY),
    new TextEncoder().encode(CANARY.slice(0, -1)),
  ]
  const keys = readdirSync(join(here.home, 'keys')).map((file) => join(here.home, 'keys', file))
  for (const file of [...keys, join(dir, 'ci.key')]) {
    const { seed, emergency, delegation } = await readKeyFile(file, ask)
    for (const secret of [seed, emergency?.secret, delegation?.idSeed])
      if (secret) secrets.push(Uint8Array.from(secret.reveal()))
  }
  // Passphrases; what `lic init` made; the delegated key; the two that were made later.
  expect(secrets.length).toBe(2 + 6 + 2 + 2)
  const said = Buffer.from(heard.join('\n'))
  const files = filesIn(dir).filter((path) => !/\/(pass|wrong)$/.test(path) && !path.startsWith(join(dir, 'demo')))
  const contents = files.map((path) => [path, readFileSync(path)] as const)
  expect(contents.length).toBeGreaterThan(8)
  for (const secret of secrets) {
    for (const spelling of spellings(secret)) {
      const index = said.indexOf(spelling)
      expect(index < 0 ? '' : said.subarray(Math.max(0, index - 300), index + 100).toString()).toBe('')
      for (const [path, bytes] of contents)
        expect({ path, found: bytes.includes(spelling) }).toEqual({ path, found: false })
    }
  }
})

test('an unlocked key given as something else is not repeated, not even to whoever debugs', async () => {
  const here = await room()
  at = here
  const { seed } = await readKeyFile(join(here.home, 'keys', 'root.key'), async () => undefined)
  const secret = spellings(seed?.reveal() ?? new Uint8Array())
  for (const file of ['home/keys/root.key', 'home/keys/issuing.key']) {
    for (const words of [
      ['tier', 'add', file],
      ['verify', file],
      ['inspect', file],
      ['verify', file, '--root', file],
      [...ISSUE, '--passphrase-file', file],
    ]) {
      for (const more of [[], ['--json']]) {
        const { out, err } = await here.run([...words, '--debug', ...more])
        for (const spelling of secret) expect(Buffer.from(out + err).includes(spelling)).toBe(false)
        expect(err).not.toContain('MC4CAQAw')
      }
    }
  }
})

test('the search finds what it is to find', () => {
  const secret = Uint8Array.from({ length: 32 }, (_, i) => i * 7 + 1)
  const [raw] = [Buffer.from(secret)]
  for (const text of [
    raw.toString('hex'),
    raw.toString('base64'),
    Buffer.concat([Buffer.from('a'), raw, Buffer.from('zz')]).toString('base64'),
    Buffer.concat([Buffer.from('ab'), raw, Buffer.from('zz')]).toString('base64'),
    raw.toString('base64url'),
  ]) {
    expect(spellings(secret).some((spelling) => Buffer.from(text).includes(spelling))).toBe(true)
  }
})

test('a passphrase is no flag: none takes one as its value', async () => {
  for (const { flags } of COMMANDS) {
    const about = Object.keys(flags).filter((flag) => /pass|secret|seed|private/.test(flag))
    for (const flag of about)
      expect(flag).toMatch(/^--(no-passphrase|((new|root)-)?passphrase-file <file>(\.\.\.)?|passphrase-fd <number>)$/)
  }
})
