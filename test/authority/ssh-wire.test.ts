/** What is no agent answers on the socket: nothing of it is believed, and nobody waits for ever. */

import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { agentName } from '../../src/authority/agent-name.ts'
import { agentSigner } from '../../src/authority/agent-signer.ts'
import { Secret } from '../../src/authority/secret.ts'
import { fileSigner } from '../../src/authority/signer.ts'
import { sshAgent } from '../../src/authority/ssh-agent.ts'
import { keyBlob } from '../../src/authority/ssh-key.ts'
import { LicError } from '../../src/core/errors.ts'
import { size } from '../property/size.ts'

const dirs: string[] = []
const servers: { server: Server; sockets: Set<Socket> }[] = []
afterEach(async () => {
  for (const { server, sockets } of servers.splice(0)) {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

/** A socket on which each question is answered so; undefined: by silence. @returns its path */
const answering = async (answer: (question: Buffer) => Uint8Array | undefined): Promise<string> => {
  const dir = mkdtempSync(join(tmpdir(), 'lic-wire-'))
  dirs.push(dir)
  const path = join(dir, 'sock')
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (question) => {
      const bytes = answer(question)
      if (bytes !== undefined) socket.write(bytes)
    })
  })
  servers.push({ server, sockets })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return path
}

const number = (value: number): Buffer => {
  const out = Buffer.alloc(4)
  out.writeUInt32BE(value)
  return out
}
const string = (bytes: Uint8Array | string): Buffer =>
  Buffer.concat([number(Buffer.from(bytes).length), Buffer.from(bytes)])
const framed = (...parts: readonly Uint8Array[]): Buffer => string(Buffer.concat(parts))
const of = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes)

const SEED = new Secret(new Uint8Array(32).fill(7))
const KEY = fileSigner(SEED)
const identities = (...keys: readonly (readonly [Uint8Array, string])[]): Buffer =>
  framed(of(12), number(keys.length), ...keys.flatMap(([blob, comment]) => [string(blob), string(comment)]))
const signature = (bytes: Uint8Array, kind = 'ssh-ed25519'): Buffer =>
  framed(of(14), string(Buffer.concat([string(kind), string(bytes)])))

const WAITS = { answer: 300, signature: 300 }
const locked = expect.objectContaining({ name: 'LicError', code: 'KEY_LOCKED', hint: expect.stringMatching(/\S/) })

test('an agent by the book is understood', async () => {
  const path = await answering((question) =>
    question[4] === 11
      ? identities(
          [keyBlob(KEY.publicKey), 'mine'],
          [Buffer.concat([string('ssh-rsa'), string('x')]), 'theirs'],
          [of(1, 2), ''],
        )
      : signature(KEY.sign(question.subarray(5 + 4 + 51 + 4, -4))),
  )
  const agent = sshAgent(path, undefined, WAITS)
  expect(await agent.list()).toEqual({
    keys: [{ publicKey: KEY.publicKey, comment: 'mine' }],
    others: ['ssh-rsa', 'of an unknown kind'],
  })
  const message = of(1, 2, 3)
  expect(await agent.sign(KEY.publicKey, message)).toEqual(KEY.sign(message))
  // Asked side by side, answered one after the other.
  const several = await Promise.all([1, 2, 3, 4].map((byte) => agent.sign(KEY.publicKey, of(byte))))
  expect(several).toEqual([1, 2, 3, 4].map((byte) => KEY.sign(of(byte))))
  agent.close()
})

const good = identities([keyBlob(KEY.publicKey), 'mine'])
const GARBAGE: Readonly<Record<string, Uint8Array>> = {
  'an empty message': number(0),
  'a length of 4 GiB': number(0xffffffff),
  'a length above the bound': number(256 * 1024 + 1),
  'another type': framed(of(6)),
  'text of another server': Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
  'no count': framed(of(12)),
  'a count of keys that are not there': framed(of(12), number(3), string(keyBlob(KEY.publicKey)), string('')),
  'four billion keys': framed(of(12), number(0xffffffff)),
  'a string beyond the end': framed(of(12), number(1), number(100), of(1, 2, 3)),
  'bytes behind the last key': framed(good.subarray(4), of(0)),
  'a second answer': Buffer.concat([good, good]),
}

test.each(Object.entries(GARBAGE))('garbage: %s', async (_, bytes) => {
  const agent = sshAgent(await answering(() => bytes), undefined, WAITS)
  await expect(agent.list()).rejects.toEqual(locked)
  agent.close()
})

test.each([
  ['another type', framed(of(12), number(0))],
  ['a short signature', signature(new Uint8Array(63))],
  ['a signature of another kind', signature(new Uint8Array(64), 'sk-ssh-ed25519@openssh.com')],
  ['nothing in it', framed(of(14))],
  ['bytes behind it', framed(signature(KEY.sign(of(1))).subarray(4), of(0))],
  ['a refusal', framed(of(5))],
])('a signature that is none: %s', async (_, bytes) => {
  const agent = sshAgent(await answering(() => bytes), undefined, WAITS)
  await expect(agent.sign(KEY.publicKey, of(1))).rejects.toEqual(locked)
  agent.close()
})

test('a signature by another key, or over other bytes, does not leave', async () => {
  const other = fileSigner(new Secret(new Uint8Array(32).fill(8)))
  for (const forged of [other.sign(of(1)), KEY.sign(of(2)), new Uint8Array(64)]) {
    const socket = await answering((question) => (question[4] === 11 ? good : signature(forged)))
    const signer = await agentSigner({ socket }, agentName(KEY.publicKey))
    await expect(Promise.resolve(signer.sign(of(1)))).rejects.toEqual(locked)
  }
})

test('silence ends, and so does an answer that never becomes whole', async () => {
  for (const answer of [undefined, good.subarray(0, 3), good.subarray(0, 20)]) {
    const agent = sshAgent(await answering(() => answer), undefined, { answer: 50, signature: 50 })
    await expect(agent.list()).rejects.toEqual(locked)
    agent.close()
  }
})

test('a connection that is cut: the question fails, and the next one is asked anew', async () => {
  let cut = true
  const path = await answering(() => good)
  const [{ server } = { server: undefined }] = servers
  server?.on('connection', (socket) => {
    if (cut) socket.destroy()
  })
  const agent = sshAgent(path, undefined, WAITS)
  await expect(agent.list()).rejects.toEqual(locked)
  cut = false
  expect((await agent.list()).keys).toHaveLength(1)
  agent.close()
})

test('Ctrl-C ends the wait', async () => {
  const interrupt = new AbortController()
  const agent = sshAgent(await answering(() => undefined), interrupt.signal)
  const asked = agent.list()
  interrupt.abort()
  await expect(asked).rejects.toEqual(expect.objectContaining({ code: 'INTERRUPTED' }))
  await expect(agent.list()).rejects.toEqual(expect.objectContaining({ code: 'INTERRUPTED' }))
})

test('comments are text of others: cut, never bytes', async () => {
  const socket = await answering(() => identities([keyBlob(KEY.publicKey), `\u001b[31m${'x'.repeat(70_000)}`]))
  const agent = sshAgent(socket, undefined, WAITS)
  const [key] = (await agent.list()).keys
  expect(key?.comment.length).toBe(200)
  agent.close()
})

test('random answers and mutated good ones: a value or KEY_LOCKED, and no hang', async () => {
  let answer: Uint8Array = good
  const path = await answering(() => answer)
  const agent = sshAgent(path, undefined, { answer: 20, signature: 20 })
  const mutated = fc
    .tuple(fc.nat(good.length - 1), fc.nat(255))
    .map(([at, byte]) => Uint8Array.from(good, (each, i) => (i === at ? byte : each)))
  const random = fc.uint8Array({ maxLength: 200 }).map((bytes) => framed(bytes))
  await fc.assert(
    fc.asyncProperty(fc.oneof(mutated, random), async (bytes) => {
      answer = bytes
      try {
        const { keys } = await agent.list()
        for (const { publicKey } of keys) expect(publicKey.length).toBe(32)
      } catch (error) {
        expect(error instanceof LicError && error.code).toBe('KEY_LOCKED')
      }
    }),
    { numRuns: size(200, 5_000) },
  )
  agent.close()
})
