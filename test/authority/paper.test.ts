/** Private keys on paper: printed, mistyped, photographed, brought back to an empty home, and used there. */

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { KeyContents } from '../../src/authority/key-pem.ts'
import { paperLines, readPaper } from '../../src/authority/paper.ts'
import { Secret } from '../../src/authority/secret.ts'
import { readKeyFile } from '../../src/authority/vault.ts'
import { symbolsOfLines } from '../../src/core/paper.ts'
import { qrCode } from '../../src/render/qr.ts'
import { readTemplate } from '../../src/render/template.ts'
import { fakeAgent } from '../harness/fake-agent.ts'
import { ISSUE } from '../threats/process.ts'
import { type Handed, type Room, room } from '../threats/room.ts'

const secret = (byte: number): Secret => new Secret(new Uint8Array(32).fill(byte))
const shown = ({ seed, emergency }: KeyContents) => ({
  seed: seed?.reveal(),
  epoch: emergency?.epoch,
  secret: emergency?.secret.reveal(),
})
const nobody = async (): Promise<string | undefined> => undefined
const refusal = (code: string) => expect.objectContaining({ name: 'LicError', code })

describe('lines', () => {
  const contents = fc.uint8Array({ minLength: 32, maxLength: 32 }).chain((bytes) =>
    fc.oneof(
      fc.constant<KeyContents>({ seed: new Secret(bytes) }),
      fc.nat(0xffffffff).map((epoch): KeyContents => ({ emergency: { epoch, secret: new Secret(bytes) } })),
    ),
  )

  test('come back, typed or as the code holds them', async () => {
    await fc.assert(
      fc.asyncProperty(contents, async (kept) => {
        const lines = await paperLines(kept, undefined)
        expect(lines).toHaveLength(3)
        for (const text of [lines.join('\n'), lines.join('\r\n').toLowerCase(), symbolsOfLines(lines)]) {
          expect(shown(await readPaper(text, 'paper', nobody))).toEqual(shown(kept))
        }
      }),
      { numRuns: 50 },
    )
  })

  test('under a passphrase there are ten, of which nothing else is the key', async () => {
    for (const kept of [{ seed: secret(1) }, { emergency: { epoch: 7, secret: secret(2) } }] as KeyContents[]) {
      const lines = await paperLines(kept, 'correct horse', 4)
      expect(lines).toHaveLength(10)
      expect(shown(await readPaper(lines.join('\n'), 'sealed', async () => 'correct horse'))).toEqual(shown(kept))
      await expect(readPaper(lines.join('\n'), 'sealed', async () => 'incorrect')).rejects.toEqual(
        refusal('WRONG_PASSPHRASE'),
      )
      await expect(readPaper(lines.join('\n'), 'sealed', nobody)).rejects.toEqual(refusal('KEY_LOCKED'))
    }
  })

  test('of the same key are other ones each time they are sealed, and the same when they are not', async () => {
    const kept = { seed: secret(3) }
    expect(await paperLines(kept, undefined)).toEqual(await paperLines(kept, undefined))
    expect(await paperLines(kept, 'pass', 4)).not.toEqual(await paperLines(kept, 'pass', 4))
  })

  test('of a file that holds both are the signing key', async () => {
    const both = { seed: secret(4), emergency: { epoch: 1, secret: secret(5) } }
    expect(await paperLines(both, undefined)).toEqual(await paperLines({ seed: secret(4) }, undefined))
  })

  test('whole in themselves and of two pages are not taken for a key', async () => {
    const [a, b] = [await paperLines({ seed: secret(1) }, undefined), await paperLines({ seed: secret(2) }, undefined)]
    const [c, d] = [1, 2].map((epoch) => ({ emergency: { epoch, secret: secret(9) } }))
    const [e, f] = [await paperLines(c as KeyContents, undefined), await paperLines(d as KeyContents, undefined)]
    for (const mixed of [
      [a[0], b[1], a[2]],
      [a[0], a[1], b[2]],
      [e[0], e[1], f[2]],
      [e[0], a[1], e[2]],
    ]) {
      await expect(readPaper(mixed.join('\n'), 'paper', nobody)).rejects.toEqual(refusal('CODE_MISTYPED'))
    }
  })

  test('that name a work factor beyond all bounds cost nothing', async () => {
    const lines = await paperLines({ seed: secret(1) }, 'pass', 4)
    const { unspell, spell } = await import('../../src/core/codes/spoken.ts')
    for (const factor of [0, 23, 30, 255]) {
      const bytes = unspell('sealed', lines.join('\n'))
      bytes[16] = factor
      let asked = 0
      const read = readPaper(spell('sealed', bytes).join(''), 'sealed', async () => {
        asked += 1
        return 'pass'
      })
      await expect(read).rejects.toEqual(refusal('KEY_FILE_INVALID'))
      expect(asked).toBe(0)
    }
  })
})

describe('the templates', () => {
  const texts = ['backup', 'backup.de'].map((name) =>
    readFileSync(new URL(`../../templates/${name}.html`, import.meta.url), 'utf8'),
  )
  test('are twins, with a word for every key', () => {
    const tags = texts.map((text) => [...text.matchAll(/\{\{.*?\}\}|<\/?[a-z0-9]+/g)].map(([tag]) => tag))
    expect(tags[1]).toEqual(tags[0])
    for (const text of texts) {
      const { words } = readTemplate(text)
      for (const role of ['root', 'issuing', 'list', 'audit', 'emergency', 'delegated']) {
        expect(words.has(`role.${role}`) && words.has(`purpose.${role}`)).toBe(true)
      }
    }
  })
})

/** The lines of a page, as a person copies them. */
const linesOf = (html: string): readonly string[] =>
  [...html.matchAll(/<tr><td>(\d+\.)<\/td>(.*?)<\/tr>/g)].map(
    ([, number, groups = '']) =>
      `${number} ${[...groups.matchAll(/<td>(.*?)<\/td>/g)].map(([, group]) => group).join(' ')}`,
  )

describe('a page', () => {
  let at: Room
  beforeEach(async () => {
    at = await room()
  })
  afterEach(() => at.remove())
  const page = (name: string): string => readFileSync(join(at.dir, name), 'utf8')
  const photograph = async (name: string, lines: readonly string[]): Promise<void> =>
    writeFileSync(join(at.dir, name), await (await qrCode(symbolsOfLines(lines))).png())

  test('brings root and emergency secret back to a home without keys, and both work there', async () => {
    const { key } = await at.data<Handed>([
      ...ISSUE.map((word) => (word === 'basic' ? 'professional' : word)),
      '--out',
      'a.lic',
    ])
    await at.data(['trust', 'export', '--out', 'root.pub'])
    const before = await at.data<{ code: string }>(['emergency', key, '--reason', 'r'])
    await at.data(['key', 'backup', 'root', '--sheet', 'root.html'])
    writeFileSync(join(at.dir, 'pass'), 'correct horse\n')
    await at.data(['key', 'backup', 'emergency', '--sheet', 'e.html', '--seal', '--new-passphrase-file', 'pass'])
    const kept = await Promise.all(
      ['root', 'emergency'].map((name) => readKeyFile(join(at.home, `keys/${name}.key`), nobody)),
    )
    rmSync(join(at.home, 'keys'), { recursive: true })

    // The root by a photograph of its code, the secret by typing, with a slip in line 4.
    await photograph('root.png', linesOf(page('root.html')))
    await at.data(['key', 'import', 'root.png', '--no-passphrase'])
    const lines = linesOf(page('e.html'))
    const slip = (lines[3] ?? '').replace(/.$/, (last) => (last === '7' ? '8' : '7'))
    const answers = [...lines.slice(0, 3), slip, ...lines.slice(3), 'correct horse', 'new words', 'new words']
    const typed = await at.run(['key', 'import'], { answers })
    expect(typed.status, typed.err).toBe(0)
    expect(typed.err).toContain('line 4 of the sealed paper backup is mistyped')
    const back = await Promise.all([
      readKeyFile(join(at.home, 'keys/root.key'), nobody),
      readKeyFile(join(at.home, 'keys/emergency.key'), async () => 'new words'),
    ])
    expect(back.map(shown)).toEqual(kept.map(shown))

    writeFileSync(join(at.dir, 'new'), 'new words\n')
    const again = await at.data<{ code: string }>(['emergency', key, '--reason', 'r', '--passphrase-file', 'new'])
    expect(again.code).toBe(before.code)
    // What only the root can sign: another issuing key, under the root that products embed.
    await at.refused('NOT_FOUND', 3, [...ISSUE])
    const socket = join(at.dir, 'agent')
    const agent = await fakeAgent(socket, ['token@desk'])
    await at.data(['key', 'import', '--agent'], { env: { SSH_AUTH_SOCK: socket } })
    await at.data([...ISSUE, '--out', 'b.lic'], { env: { SSH_AUTH_SOCK: socket } })
    await agent.stop()
    await at.data(['verify', 'b.lic', '--root', 'root.pub', '--product', 'editor'])
  })

  test('without a ledger goes to a file of its own', async () => {
    await at.data(['key', 'backup', 'root', '--sheet', 'root.html'])
    writeFileSync(join(at.dir, 'lines.txt'), `Some mail\n${linesOf(page('root.html')).join('\n')}\nRegards\n`)
    const empty = ['--home', join(at.dir, 'empty')]
    const { hint } = await at.refused('NO_LEDGER', 3, ['key', 'import', 'lines.txt', '--no-passphrase', ...empty])
    expect(hint).toContain('--out FILE')
    await at.data(['key', 'import', 'lines.txt', '--no-passphrase', '--out', 'back.key', ...empty])
    expect(page('back.key')).toBe(readFileSync(join(at.home, 'keys/root.key'), 'utf8'))
    const stdin = new TextEncoder().encode(linesOf(page('root.html')).join('\n'))
    await at.data(['key', 'import', '-', '--no-passphrase', '--out', 'piped.key'], { stdin })
    // Into its place, where it is: the same is left alone, another is never replaced.
    expect(await at.data(['key', 'import', 'lines.txt', '--no-passphrase'])).toMatchObject({
      again: true,
      role: 'root',
    })
    cpSync(join(at.home, 'keys/list.key'), join(at.home, 'keys/root.key'))
    await at.refused('FILE_EXISTS', 5, ['key', 'import', 'lines.txt', '--no-passphrase'])
  })

  test('comes back from the file that was written to be printed, as a browser saves it too', async () => {
    await at.data(['key', 'backup', 'root', '--sheet', 'root.html', '--language', 'de'])
    const html = page('root.html')
    const saved = html.replace('<table>', '<table>\n<tbody>').replaceAll(/<(tr|td)>/g, '\n  <$1 class="x">\n')
    for (const text of [html, `\r\n${html.replaceAll('\n', '\r\n')}`, saved]) {
      const stdin = new TextEncoder().encode(text)
      await at.data(['key', 'import', '-', '--no-passphrase', '--out', 'back.key'], { stdin })
      expect(page('back.key')).toBe(readFileSync(join(at.home, 'keys/root.key'), 'utf8'))
      rmSync(join(at.dir, 'back.key'))
    }
    const given = (text: string) => ({ stdin: new TextEncoder().encode(text) })
    const words = ['key', 'import', '-', '--no-passphrase', '--out', 'back.key']
    const [row = ''] = /<tr><td>2\..*?<\/tr>/.exec(html) ?? []
    const slip = row.replace(/.(?=<\/td><\/tr>)/, (last) => (last === 'A' ? 'B' : 'A'))
    expect((await at.refused('CODE_MISTYPED', 2, words, given(html.replace(row, slip)))).message).toContain('line 2 ')
    await at.refused('CODE_MISTYPED', 2, words, given(html.replace(row, '')))
    await at.refused('INVALID_INPUT', 2, words, given('<!doctype html><table><tr><td>1.</td></tr></table>'))
  })

  test('that is cut, mistyped or of another authority is refused, the line named, nothing written', async () => {
    await at.data(['key', 'backup', 'root', '--sheet', 'root.html'])
    await at.data(['key', 'backup', 'emergency', '--sheet', 'e.html'])
    await at.data([...ISSUE.map((word) => (word === 'basic' ? 'professional' : word))])
    const lines = linesOf(page('root.html'))
    rmSync(join(at.home, 'keys/root.key'))
    const before = await at.state()
    const given = (text: string) => ({ stdin: new TextEncoder().encode(text) })
    const words = ['key', 'import', '-', '--no-passphrase']
    for (const [i, line] of lines.entries()) {
      const wrong = lines.with(
        i,
        line.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      )
      const said = await at.refused('CODE_MISTYPED', 2, words, given(wrong.join('\n')))
      expect(said.data?.wrong ?? said.message).toEqual(expect.anything())
      expect(said.message).toContain(`line ${i + 1} `)
    }
    for (const cut of [lines.slice(0, 2).join('\n'), lines.join('\n').slice(0, -3), lines.slice(1).join('\n')]) {
      const said = await at.refused('CODE_MISTYPED', 2, words, given(cut))
      expect(said.message).toMatch(/a page has 3 lines of 25 characters, or 10; this has \d+ characters/)
    }
    for (const none of ['1. 04000', 'nothing at all', '']) await at.refused('INVALID_INPUT', 2, words, given(none))
    // On a command line it would stay in the shell's history.
    await at.refused('USAGE', 2, ['key', 'import', lines.join(' '), '--no-passphrase'])
    const other = await room()
    await other.data(['key', 'backup', 'root', '--sheet', 'root.html'])
    await other.data(['key', 'backup', 'emergency', '--sheet', 'e.html'])
    const theirs = (name: string) => given(linesOf(readFileSync(join(other.dir, name), 'utf8')).join('\n'))
    await at.refused('NOT_FOUND', 3, words, theirs('root.html'))
    rmSync(join(at.home, 'keys/emergency.key'))
    await at.refused('KEY_FILE_INVALID', 4, words, theirs('e.html'))
    other.remove()
    await at.data(words, given(linesOf(page('e.html')).join('\n')))
    expect(await at.state()).toEqual(before)
  })

  test('is told by lic decode, which repeats nothing of it and writes nothing', async () => {
    await at.data(['key', 'backup', 'root', '--sheet', 'root.html'])
    const lines = linesOf(page('root.html'))
    await photograph('root.png', lines)
    for (const words of [
      ['decode', 'root.png'],
      ['verify', 'root.png'],
      ['inspect', 'root.png'],
      ['decode', 'root.png', '--out', 'x'],
    ]) {
      for (const json of [[], ['--json']]) {
        const { out, err } = await at.run([...words, ...json, '--debug'])
        for (const line of lines) for (const group of line.split(' ').slice(1)) expect(out + err).not.toContain(group)
      }
    }
    expect(readdirSync(at.dir)).not.toContain('x')
  })
})

describe('a ceremony', () => {
  let at: Room
  beforeEach(async () => {
    at = await room({ founded: false })
    mkdirSync(join(at.dir, 'usb'))
    writeFileSync(join(at.dir, 'pass'), 'correct horse\n')
  })
  afterEach(() => at.remove())
  const files = (path: string): readonly string[] => readdirSync(join(at.dir, path)).sort()
  const sheet = (role: string): readonly string[] => linesOf(readFileSync(join(at.home, `sheets/${role}.html`), 'utf8'))

  test('by a script, in two runs', async () => {
    const pass = ['--passphrase-file', 'pass']
    await at.refused('USAGE', 2, ['key', 'ceremony', '--name', 'Acme', '--root-to', 'usb', ...pass])
    expect(files('.')).toEqual(['pass', 'usb'])
    const first = await at.data<{ stage: string }>([
      'key',
      'ceremony',
      '--name',
      'Acme',
      '--root-to',
      'usb',
      '--pause',
      ...pass,
    ])
    expect(first.stage).toBe('printed')
    expect(files('home/sheets')).toEqual(['emergency.html', 'root.html'])
    for (const role of ['root', 'emergency']) {
      writeFileSync(join(at.dir, `${role}.png`), await (await qrCode(symbolsOfLines(sheet(role)))).png())
    }
    const proofs = (root: string, emergency: string) => ['--proof', `root=${root}`, '--proof', `emergency=${emergency}`]
    const go = ['key', 'ceremony', '--root-to', 'usb', ...pass]
    await at.refused('USAGE', 2, [...go])
    await at.refused('KEY_FILE_INVALID', 4, [...go, ...proofs('emergency.png', 'root.png')])
    expect(files('usb')).toEqual([])
    await at.refused('CONFLICT', 5, [...go, '--name', 'Acme', ...proofs('root.png', 'emergency.png')])
    const done = await at.data<{ stage: string; rootFile: string; transcript: string; sheets: string[] }>([
      ...go,
      ...proofs('root.png', 'emergency.png'),
    ])
    expect(done).toMatchObject({ stage: 'done', rootFile: join(at.dir, 'usb/root.key'), sheets: [] })
    expect(files('home/keys')).toEqual(['audit.key', 'emergency.key', 'issuing.key', 'list.key'])
    expect(files('home/sheets')).toEqual([])
    expect(files('home').filter((name) => name.startsWith('.proof'))).toEqual([])
    const record = readFileSync(done.transcript, 'utf8')
    for (const words of [
      'Key ceremony of Acme',
      'BEGIN PUBLIC KEY',
      'the page of the root key was read back',
      'the root key was moved to',
      'signature ___',
    ]) {
      expect(record).toContain(words)
    }
    expect(record).not.toMatch(/PRIVATE|correct horse/)
    // The book has it too, and so nothing is missed that the ceremony saw to.
    const { events } = await at.data<{ events: { data: unknown }[] }>(['log', '--type', 'key.copied'])
    expect(events.map(({ data }) => data)).toEqual([
      { page: true, proven: true },
      { page: true, proven: true },
    ])
    // The root key on the stick opens with its passphrase, and comes back from there.
    expect((await readKeyFile(join(at.dir, 'usb/root.key'), async () => 'correct horse')).seed).toBeDefined()
    await at.data(['key', 'import', 'usb/root.key', ...pass])
    await at.refused('FILE_EXISTS', 5, [...go, ...proofs('root.png', 'emergency.png')])
  })

  test('by a person, who mistypes a line and holds up the wrong page', async () => {
    // The person reads what was printed while the command waits: the answers are made when they are asked for.
    const answers: string[] = ['usb', 'Acme', '', 'none']
    const late = new Proxy(answers, {
      get: (target, name) => {
        if (name !== 'shift') return Reflect.get(target, name)
        return () => {
          const next = target.shift()
          if (next !== undefined) return next
          target.push(...typed())
          return target.shift()
        }
      },
    })
    const typed = (): string[] => {
      const [root, emergency] = [sheet('root'), sheet('emergency')]
      const slip = (root[1] ?? '').replace(/.$/, (last) => (last === '3' ? '4' : '3'))
      return ['nowhere.png', '', root[0] ?? '', slip, ...root.slice(1), '', ...root, '', ...emergency]
    }
    const { main } = await import('../../src/cli/main.ts')
    const { seeded, worldIo } = await import('../harness/world.ts')
    const { io, stderr, stdout } = worldIo({
      cwd: at.dir,
      env: { LIC_HOME: at.home, LIC_ACTOR: 'tester' },
      now: 1_790_000_000,
      random: seeded('ceremony'),
      answers: late,
    })
    expect(await main(['key', 'ceremony', '--transcript', 'record.txt', '--keep-sheets'], io), stderr.text).toBe(0)
    expect(stderr.text).toContain('line 2 of the paper backup is mistyped')
    expect(stderr.text).toContain('the page is not that of the emergency key')
    expect(stdout.text).toContain('usb/root.key')
    const record = readFileSync(join(at.dir, 'record.txt'), 'utf8')
    expect(record).toContain('a page of the emergency key failed: KEY_FILE_INVALID')
    expect(record).toContain('the page of the emergency key was read back')
    expect(files('home/sheets')).toEqual(['emergency.html', 'root.html'])
    expect(files('usb')).toEqual(['root.key'])
  })

  test('with pages that a passphrase of their own seals', async () => {
    const pass = ['--passphrase-file', 'pass']
    const own = ['--seal', '--new-passphrase-file', 'own']
    writeFileSync(join(at.dir, 'own'), 'battery staple\n')
    const begin = ['key', 'ceremony', '--name', 'Acme', '--pause', ...pass]
    await at.refused('KEY_LOCKED', 4, [...begin, '--seal'])
    await at.refused('USAGE', 2, [...begin, '--new-passphrase-file', 'own'])
    await at.refused('UNREADABLE', 2, [...begin, '--seal', '--new-passphrase-file', 'nowhere'])
    expect(files('.')).toEqual(['own', 'pass', 'usb'])
    expect(await at.data([...begin, ...own])).toMatchObject({ stage: 'printed', sealed: true })
    for (const role of ['root', 'emergency']) {
      expect(sheet(role)).toHaveLength(10)
      writeFileSync(join(at.dir, role), sheet(role).join('\n'))
    }
    // Pages that are there already ask for no passphrase.
    await at.data(['key', 'ceremony', '--pause', '--seal', ...pass])
    const go = [
      'key',
      'ceremony',
      '--root-to',
      'usb',
      ...pass,
      '--proof',
      'root=root',
      '--proof',
      'emergency=emergency',
    ]
    await at.refused('KEY_LOCKED', 4, go)
    await at.refused('WRONG_PASSPHRASE', 4, [...go, '--seal', '--new-passphrase-file', 'pass'])
    await at.data(['key', 'backup', 'root', '--sheet', 'plain.html', ...pass])
    writeFileSync(join(at.dir, 'plain'), linesOf(readFileSync(join(at.dir, 'plain.html'), 'utf8')).join('\n'))
    await at.refused('INVALID_INPUT', 2, [...go.slice(0, -4), ...own, '--proof', 'root=plain', ...go.slice(-2)])
    expect(files('usb')).toEqual([])
    expect(await at.data([...go, ...own])).toMatchObject({ stage: 'done', sealed: true })
    expect(files('usb')).toEqual(['root.key'])
    const { events } = await at.data<{ events: { data: unknown }[] }>(['log', '--type', 'key.copied'])
    expect(events.map(({ data }) => data)).toContainEqual({ page: true, sealed: true, proven: true })
  })

  test('refuses a place that is none, before anything is made', async () => {
    const words = ['key', 'ceremony', '--name', 'Acme', '--no-passphrase', '--pause']
    writeFileSync(join(at.dir, 'usb/root.key'), 'mine')
    await at.refused('FILE_EXISTS', 5, [...words, '--root-to', 'usb'])
    await at.refused('NOT_FOUND', 3, [...words, '--root-to', 'nowhere'])
    await at.refused(
      'USAGE',
      2,
      [...words, '--root-to', join(at.home, 'keys')].map((word) => word),
    )
    await at.refused('USAGE', 2, [...words, '--proof', 'root=x.png'])
    await at.refused('USAGE', 2, [...words.slice(0, -1), '--proof', 'issuing=x.png'])
    await at.refused('USAGE', 2, [...words, '--language', 'tlh'])
    await at.refused('FILE_EXISTS', 5, [...words, '--transcript', 'pass'])
    expect(files('.')).toEqual(['pass', 'usb'])
  })
})
