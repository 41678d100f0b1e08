import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { armor, Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { build } from 'esbuild'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { KeyContents } from '../../src/authority/key-pem.ts'
import { Secret } from '../../src/authority/secret.ts'
import {
  copyKeyFile,
  isEncrypted,
  readKeyFile,
  removeKeyFile,
  replaceKeyFile,
  writeKeyFile,
} from '../../src/authority/vault.ts'
import { lic } from '../threats/process.ts'

const root = mkdtempSync(join(tmpdir(), 'lic-vault-'))
afterAll(() => rmSync(root, { recursive: true }))

let count = 0
let path = ''
beforeEach(() => {
  path = join(root, `${count++}.key`)
})

const seed = new Secret(Uint8Array.from({ length: 32 }, (_, i) => i))
const emergency = { epoch: 3, secret: new Secret(new Uint8Array(32).fill(0xee)) }
const both: KeyContents = { seed, emergency }
const fast = { passphrase: 'correct horse', logN: 4 }

const neverAsk = async (): Promise<string | undefined> => {
  throw new Error('asked for a passphrase without need')
}
const answer = (text: string | undefined) => async () => text
const shown = (contents: KeyContents) => ({
  seed: contents.seed?.reveal(),
  epoch: contents.emergency?.epoch,
  secret: contents.emergency?.secret.reveal(),
})
const put = (content: string | Uint8Array, mode = 0o600): string => {
  writeFileSync(path, content, { mode })
  chmodSync(path, mode)
  return path
}
const pem = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64')}\n-----END ${label}-----\n`
const refusal = (code: string) => expect.objectContaining({ name: 'LicError', code })

describe('a plain key file', () => {
  const cases: Record<string, KeyContents> = { 'signing key': { seed }, 'emergency secret': { emergency }, both }
  for (const [name, contents] of Object.entries(cases)) {
    it(`comes back as it was written: ${name}`, async () => {
      await writeKeyFile(path, contents)
      expect(shown(await readKeyFile(path, neverAsk))).toEqual(shown(contents))
      expect(isEncrypted(path)).toBe(false)
    })
  }

  it('is 0600 whatever the umask, in a directory of 0700', async () => {
    const home = join(root, `house${count}`, 'deep')
    const under = ['sh', '-c', 'umask 0; exec "$@"', 'sh']
    expect(await lic(['init', '--home', home, '--name', 'Acme', '--no-passphrase'], { under })).toMatchObject({
      status: 0,
    })
    expect(statSync(join(home, 'keys', 'root.key')).mode & 0o777).toBe(0o600)
    for (const made of [home, join(home, 'keys')]) expect(statSync(made).mode & 0o777).toBe(0o700)
  })

  it('is read by openssl, both blocks present', async () => {
    await writeKeyFile(path, both)
    const text = execFileSync('openssl', ['pkey', '-in', path, '-text', '-noout'], { encoding: 'utf8' })
    expect(text).toMatch(/ED25519 Private-Key/i)
    expect(text.replace(/\s/g, '')).toContain('00:01:02:03:04:05')
  })

  it('is read as openssl writes it', async () => {
    execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', path])
    chmodSync(path, 0o600)
    expect((await readKeyFile(path, neverAsk)).seed?.length).toBe(32)
  })

  it('may have met an editor that writes CRLF', async () => {
    await writeKeyFile(path, both)
    put(readFileSync(path, 'utf8').replaceAll('\n', '\r\n'))
    expect(shown(await readKeyFile(path, neverAsk))).toEqual(shown(both))
  })

  it('may be reached through a link', async () => {
    await writeKeyFile(path, both)
    symlinkSync(path, `${path}.link`)
    expect(shown(await readKeyFile(`${path}.link`, neverAsk))).toEqual(shown(both))
  })
})

describe('an encrypted key file', () => {
  it('comes back with the passphrase, asked for once', async () => {
    await writeKeyFile(path, both, fast)
    let asked = 0
    const contents = await readKeyFile(path, async () => {
      asked++
      return fast.passphrase
    })
    expect(shown(contents)).toEqual(shown(both))
    expect(asked).toBe(1)
    expect(isEncrypted(path)).toBe(true)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('is opened by an independent age, and opens what that one wrote, armored too', async () => {
    await writeKeyFile(path, both, fast)
    const decrypter = new Decrypter()
    decrypter.addPassphrase(fast.passphrase)
    const text = await decrypter.decrypt(readFileSync(path), 'text')
    const encrypter = new Encrypter()
    encrypter.setPassphrase('pässword')
    encrypter.setScryptWorkFactor(5)
    const file = await encrypter.encrypt(text)
    for (const form of [file, armor.encode(file)]) {
      expect(shown(await readKeyFile(put(form), answer('pässword')))).toEqual(shown(both))
    }
  })

  it('says age with work factor 18 unless told otherwise', async () => {
    await writeKeyFile(path, { seed }, { passphrase: 'x' })
    expect(readFileSync(path, 'latin1')).toMatch(/^age-encryption\.org\/v1\n-> scrypt [A-Za-z0-9+/]{22} 18\n/)
    expect(shown(await readKeyFile(path, answer('x')))).toEqual(shown({ seed }))
  })

  it('refuses another passphrase, and none', async () => {
    await writeKeyFile(path, both, fast)
    await expect(readKeyFile(path, answer('wrong'))).rejects.toThrow(refusal('WRONG_PASSPHRASE'))
    await expect(readKeyFile(path, answer(''))).rejects.toThrow(refusal('WRONG_PASSPHRASE'))
    await expect(readKeyFile(path, answer(undefined))).rejects.toThrow(refusal('KEY_LOCKED'))
  })

  it('is refused when any byte is changed or the end is missing, and never opens as something else', async () => {
    await writeKeyFile(path, both, fast)
    const file = readFileSync(path)
    for (let at = 0; at < file.length; at += 1) {
      const damaged = Uint8Array.from(file)
      damaged[at] = (damaged[at] ?? 0) ^ 1
      const opened = readKeyFile(put(damaged), answer(fast.passphrase))
      await expect(opened).rejects.toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^(KEY_FILE_INVALID|WRONG_PASSPHRASE)$/) }),
      )
      const cut = readKeyFile(put(file.subarray(0, at)), answer(fast.passphrase))
      await expect(cut).rejects.toThrow(refusal('KEY_FILE_INVALID'))
    }
  })

  it('is refused unasked when it demands too much work, or is meant for a recipient', async () => {
    await writeKeyFile(path, both, fast)
    const file = readFileSync(path, 'latin1')
    for (const factor of ['23', '64', '022', '0', '-1', '99999999999']) {
      const greedy = put(Buffer.from(file.replace(/(-> scrypt \S+) 4\n/, `$1 ${factor}\n`), 'latin1'))
      await expect(readKeyFile(greedy, neverAsk)).rejects.toThrow(refusal('KEY_FILE_INVALID'))
    }
    const encrypter = new Encrypter()
    encrypter.addRecipient(await identityToRecipient(await generateX25519Identity()))
    const recipient = put(await encrypter.encrypt('text'))
    await expect(readKeyFile(recipient, neverAsk)).rejects.toThrow(refusal('KEY_FILE_INVALID'))
  })

  it('holds a key file and nothing else', async () => {
    const encrypter = new Encrypter()
    encrypter.setPassphrase('x')
    encrypter.setScryptWorkFactor(2)
    const file = put(await encrypter.encrypt('hello'))
    await expect(readKeyFile(file, answer('x'))).rejects.toThrow(refusal('KEY_FILE_INVALID'))
  })
})

describe('a file that is no key file', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ed = generateKeyPairSync('ed25519')
  const pkcs8 = { type: 'pkcs8', format: 'pem' } as const
  const good = ed.privateKey.export(pkcs8).toString()
  const emergencyBlock = (bytes: number[]): string => pem('LIC EMERGENCY SECRET', Uint8Array.from(bytes))

  const files: Record<string, { text: string; says: RegExp }> = {
    RSA: { text: rsa.privateKey.export(pkcs8).toString(), says: /RSA/ },
    'RSA, PKCS#1': { text: rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(), says: /RSA/ },
    ECDSA: { text: ec.privateKey.export(pkcs8).toString(), says: /elliptic/ },
    X25519: { text: generateKeyPairSync('x25519').privateKey.export(pkcs8).toString(), says: /X25519/ },
    'public key': { text: ed.publicKey.export({ type: 'spki', format: 'pem' }).toString(), says: /public/ },
    'OpenSSL encryption': {
      text: ed.privateKey.export({ ...pkcs8, cipher: 'aes-256-cbc', passphrase: 'x' }).toString(),
      says: /OpenSSL/,
    },
    'cut short': { text: good.slice(0, 60), says: /cut short/ },
    'bad base64': { text: good.replace('MC4', 'MC='), says: /damaged/ },
    'another length': { text: pem('PRIVATE KEY', new Uint8Array(47)), says: /Ed25519/ },
    'two keys': { text: good + good, says: /two keys/ },
    'unknown block': { text: good + pem('NOTE', new Uint8Array(3)), says: /NOTE/ },
    'text in front': { text: `my key\n${good}`, says: /./ },
    prose: { text: 'hello there', says: /neither/ },
    empty: { text: '', says: /empty/ },
    blank: { text: '\n\n', says: /empty/ },
    'emergency, no CBOR': { text: emergencyBlock([0xff]), says: /emergency/ },
    'emergency, short secret': { text: emergencyBlock([0x82, 0x01, 0x41, 0x00]), says: /emergency/ },
    'emergency, no array': { text: emergencyBlock([0x01]), says: /emergency/ },
    'too large': { text: 'x'.repeat(70_000), says: /larger/ },
  }
  for (const [name, { text, says }] of Object.entries(files)) {
    it(`is refused: ${name}`, async () => {
      const error = await readKeyFile(put(text), neverAsk).catch((thrown: unknown) => thrown)
      expect(error).toEqual(refusal('KEY_FILE_INVALID'))
      expect((error as Error).message).toMatch(says)
      expect((error as Error).message).toContain(path)
    })
  }

  it('is refused: random bytes', async () => {
    for (let i = 0; i < 200; i++) {
      await expect(readKeyFile(put(randomBytes(i)), neverAsk)).rejects.toThrow(refusal('KEY_FILE_INVALID'))
    }
  })

  it('is refused: missing, a directory', async () => {
    await expect(readKeyFile(path, neverAsk)).rejects.toThrow(refusal('NOT_FOUND'))
    mkdirSync(path)
    await expect(readKeyFile(path, neverAsk)).rejects.toThrow(refusal('KEY_FILE_INVALID'))
  })
})

describe('guarding', () => {
  for (const mode of [0o640, 0o604, 0o660, 0o644, 0o610]) {
    it(`refuses a key file of mode ${mode.toString(8)} and says what to do`, async () => {
      for (const sealing of [{}, fast]) {
        rmSync(path, { force: true })
        await writeKeyFile(path, both, sealing)
        chmodSync(path, mode)
        const error = await readKeyFile(path, neverAsk).catch((thrown: unknown) => thrown)
        expect(error).toEqual(refusal('KEY_FILE_EXPOSED'))
        expect(error).toMatchObject({ hint: `chmod 600 ${path}` })
      }
    })
  }

  it('calls a public key by its name even when everyone can read it', async () => {
    const { publicKey } = generateKeyPairSync('ed25519')
    const file = put(publicKey.export({ type: 'spki', format: 'pem' }).toString(), 0o644)
    await expect(readKeyFile(file, neverAsk)).rejects.toThrow(refusal('KEY_FILE_INVALID'))
  })

  it('quotes a path with blanks in the hint', async () => {
    const odd = join(root, "it's mine.key")
    await writeKeyFile(odd, both)
    chmodSync(odd, 0o644)
    await expect(readKeyFile(odd, neverAsk)).rejects.toMatchObject({
      hint: `chmod 600 '${root}/it'\\''s mine.key'`,
    })
  })

  it('never replaces a file, nor writes through a link', async () => {
    await writeKeyFile(path, both)
    const before = readFileSync(path)
    await expect(writeKeyFile(path, { seed })).rejects.toThrow(refusal('FILE_EXISTS'))
    expect(readFileSync(path)).toEqual(before)
    symlinkSync(`${path}.elsewhere`, `${path}.link`)
    await expect(writeKeyFile(`${path}.link`, { seed })).rejects.toThrow(refusal('FILE_EXISTS'))
    expect(existsSync(`${path}.elsewhere`)).toBe(false)
  })

  it('leaves nothing behind when it fails', async () => {
    put('a file')
    await expect(writeKeyFile(join(path, 'x.key'), both)).rejects.toThrow(refusal('UNWRITABLE'))
    const bad: Record<string, () => Promise<void>> = {
      nothing: () => writeKeyFile(`${path}.new`, {}),
      'short seed': () => writeKeyFile(`${path}.new`, { seed: new Secret(new Uint8Array(31)) }),
      'short secret': () =>
        writeKeyFile(`${path}.new`, { emergency: { epoch: 1, secret: new Secret(new Uint8Array(1)) } }),
      epoch: () => writeKeyFile(`${path}.new`, { emergency: { epoch: -1, secret: seed } }),
      'empty passphrase': () => writeKeyFile(`${path}.new`, both, { passphrase: '' }),
      'work factor': () => writeKeyFile(`${path}.new`, both, { passphrase: 'x', logN: 23 }),
    }
    for (const write of Object.values(bad)) {
      await expect(write()).rejects.toThrow(refusal('INVALID_INPUT'))
      expect(existsSync(`${path}.new`)).toBe(false)
    }
  })

  it('loads no cipher before a file turns out to be encrypted', async () => {
    const { metafile } = await build({
      entryPoints: ['src/authority/vault.ts'],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'node',
      conditions: ['source', 'node'],
    })
    const eager = new Set<string>()
    const follow = (file: string): void => {
      if (eager.has(file)) return
      eager.add(file)
      for (const link of metafile.inputs[file]?.imports ?? []) if (link.kind === 'import-statement') follow(link.path)
    }
    follow('src/authority/vault.ts')
    expect(eager).toContain('src/authority/key-pem.ts')
    expect([...eager].filter((file) => /age-encryption|noble|sealed/.test(file))).toEqual([])
  })
})

describe('replacing', () => {
  it('puts the same key under another passphrase, or none, and leaves nothing beside it', async () => {
    const directory = join(root, `replaced${count}`)
    const file = join(directory, 'issuing.key')
    await writeKeyFile(file, both, fast)
    await replaceKeyFile(file, both, { ...fast, passphrase: 'another' })
    await expect(readKeyFile(file, answer('correct horse'))).rejects.toThrow(refusal('WRONG_PASSPHRASE'))
    expect(shown(await readKeyFile(file, answer('another')))).toEqual(shown(both))
    await replaceKeyFile(file, both)
    expect(shown(await readKeyFile(file, neverAsk))).toEqual(shown(both))
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(directory)).toEqual(['issuing.key'])
  })

  it('goes to where a link leads, and leaves the link', async () => {
    await writeKeyFile(path, both, fast)
    symlinkSync(path, `${path}.link`)
    await replaceKeyFile(`${path}.link`, both)
    expect(readlinkSync(`${path}.link`)).toBe(path)
    expect(isEncrypted(path)).toBe(false)
  })

  it('leaves the old file as it is when it fails', async () => {
    const directory = join(root, `kept${count}`)
    // The name of a file beside it would be too long.
    const file = join(directory, `${'k'.repeat(245)}.key`)
    await writeKeyFile(file, both, fast)
    const before = readFileSync(file)
    await expect(replaceKeyFile(file, both)).rejects.toThrow(refusal('UNWRITABLE'))
    await expect(replaceKeyFile(file, both, { passphrase: '' })).rejects.toThrow(refusal('INVALID_INPUT'))
    expect(readFileSync(file)).toEqual(before)
    expect(readdirSync(directory)).toHaveLength(1)
    await expect(replaceKeyFile(join(directory, 'none.key'), both)).rejects.toThrow(refusal('NOT_FOUND'))
    expect(readdirSync(directory)).toHaveLength(1)
  })
})

describe('copying', () => {
  it('gives the same bytes, to their owner alone, and replaces nothing', async () => {
    await writeKeyFile(path, both, fast)
    const copy = join(root, `copies${count}`, 'issuing.key')
    expect(copyKeyFile(path, copy)).toEqual({ exposed: false })
    expect(readFileSync(copy)).toEqual(readFileSync(path))
    expect(statSync(copy).mode & 0o777).toBe(0o600)
    expect(() => copyKeyFile(path, copy)).toThrow(refusal('FILE_EXISTS'))
    chmodSync(path, 0o644)
    expect(() => copyKeyFile(path, `${copy}.2`)).toThrow(refusal('KEY_FILE_EXPOSED'))
    expect(existsSync(`${copy}.2`)).toBe(false)
  })

  it('and removing says what is not there', async () => {
    await writeKeyFile(path, both)
    removeKeyFile(path)
    expect(existsSync(path)).toBe(false)
    expect(() => removeKeyFile(path)).toThrow(refusal('UNWRITABLE'))
  })
})
