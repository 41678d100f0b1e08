import { generateKeyPairSync, verify as nativeVerify } from 'node:crypto'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/authority/secret.ts'
import { fileSigner, generateSeed, signAll } from '../../src/authority/signer.ts'
import { signingThread } from '../../src/authority/signing-thread.ts'
import { fromHex, toHex } from '../../src/core/bytes.ts'

// RFC 8032, 7.1: TEST 1, 2, 3 and SHA(abc).
const VECTORS = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    key: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    key: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    key: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
  {
    seed: '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
    key: 'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    message:
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    signature:
      'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
  },
]

describe('the file signer', () => {
  for (const [index, { seed, key, message, signature }] of VECTORS.entries()) {
    it(`agrees with RFC 8032, vector ${index + 1}`, () => {
      const signer = fileSigner(new Secret(fromHex(seed)))
      expect(toHex(signer.publicKey)).toBe(key)
      expect(toHex(signer.sign(fromHex(message)))).toBe(signature)
    })
  }

  it('signs many at once, here and on its thread alike, in the order asked', async () => {
    const signer = fileSigner(new Secret(new Uint8Array(32).fill(9)))
    const messages = Array.from({ length: 60 }, (_, i) => new Uint8Array(i * 7).fill(i))
    const alone = messages.map((message) => toHex(signer.sign(message)))
    // The first are signed here while the thread starts; two batches at once are answered each by its own.
    for (let round = 0; round < 20; round++) {
      const [all, few] = await Promise.all([signAll(signer, messages), signAll(signer, messages.slice(0, 30))])
      expect(all.map(toHex)).toEqual(alone)
      expect(few.map(toHex)).toEqual(alone.slice(0, 30))
    }
  })

  it('is answered by its thread once that is up, and by itself when the thread fails', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const messages = Array.from({ length: 25 }, (_, i) => new Uint8Array(i + 1).fill(i + 1))
    const program = `const { parentPort } = require('node:worker_threads')
      parentPort.on('message', ({ lengths }) => {
        if (lengths[0] === 2) throw new Error('no')
        parentPort.postMessage(Uint8Array.from({ length: 64 * lengths.length }, (_, i) => lengths[Math.floor(i / 64)]))
      })`
    const many = signingThread(program, privateKey, async (asked) => asked.map(() => new Uint8Array(64)))
    let answer = await many(messages)
    while (answer[0]?.[0] === 0) answer = await many(messages)
    expect(answer).toEqual(messages.map((_, i) => new Uint8Array(64).fill(i + 1)))
    expect(await many(messages.slice(1))).toEqual(messages.slice(1).map(() => new Uint8Array(64)))
    expect(await many(messages)).toEqual(messages.map(() => new Uint8Array(64)))
  })

  it('goes on here when its thread never works', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const asked: number[] = []
    const here = async (messages: readonly Uint8Array[]) => {
      asked.push(messages.length)
      return messages.map((message) => message.subarray(0, 1))
    }
    const failing = "require('node:worker_threads').parentPort.on('message', () => { throw new Error('no') })"
    const many = signingThread(failing, privateKey, here)
    const messages = Array.from({ length: 25 }, (_, i) => Uint8Array.of(i))
    for (let round = 0; round < 50; round++) expect(await many(messages)).toEqual(messages)
    expect(asked).toEqual(new Array(50).fill(25))
  })

  it('signs anything, the same way each time, as plain bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array(), (seed, message) => {
        const signer = fileSigner(new Secret(seed))
        const signature = signer.sign(message)
        const key = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(signer.publicKey).toString('base64url') }
        expect(Object.getPrototypeOf(signature)).toBe(Uint8Array.prototype)
        expect(signer.sign(message)).toEqual(signature)
        expect(nativeVerify(null, message, { key, format: 'jwk' }, signature)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it('refuses a seed of another length', () => {
    for (const length of [0, 31, 33, 64]) {
      expect(() => fileSigner(new Secret(new Uint8Array(length)))).toThrow(
        expect.objectContaining({ code: 'INVALID_INPUT' }),
      )
    }
  })
})

describe('generateSeed', () => {
  it('asks the given generator for 32 bytes', () => {
    const seed = generateSeed((length) => new Uint8Array(length).fill(7))
    expect(seed.reveal()).toEqual(new Uint8Array(32).fill(7))
  })

  it('refuses a generator that does not work', () => {
    for (const random of [() => new Uint8Array(16).fill(1), (length: number) => new Uint8Array(length)]) {
      expect(() => generateSeed(random)).toThrow(expect.objectContaining({ code: 'UNEXPECTED' }))
    }
  })
})

describe('a secret', () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => 200 - i)
  const secret = new Secret(bytes)

  it('shows itself nowhere', () => {
    const views = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret, nested: [secret] }),
      inspect(secret, { showHidden: true, depth: 9 }),
      inspect({ secret, signer: fileSigner(secret) }, { showHidden: true, depth: 9 }),
      JSON.stringify(fileSigner(secret)),
      JSON.stringify(Object.getOwnPropertyNames(secret)),
    ]
    for (const view of views) {
      expect(view).not.toContain('200,199')
      expect(view).not.toContain('200, 199')
      expect(view).not.toContain(toHex(bytes).slice(0, 8))
    }
    expect(views[0]).toBe('[redacted]')
    expect(JSON.parse(JSON.stringify({ secret }))).toEqual({ secret: '[redacted]' })
  })

  it('is a copy, and gives copies', () => {
    const source = Uint8Array.from(bytes)
    const copy = new Secret(source)
    source.fill(0)
    copy.reveal().fill(0)
    expect(copy.reveal()).toEqual(bytes)
  })
})
