/**
 * An ssh-agent in this process, for transcripts: its keys are made from their names, so that a session repeats byte for byte.
 * The real one is in test/authority/ssh-agent.test.ts; this one speaks as much of the protocol as is played.
 */

import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { createServer, type Socket } from 'node:net'

interface Held {
  readonly blob: Buffer
  readonly comment: string
  readonly key: KeyObject | undefined
}

const number = (value: number): Buffer => {
  const out = Buffer.alloc(4)
  out.writeUInt32BE(value)
  return out
}
const string = (bytes: Uint8Array | string): Buffer => {
  const content = Buffer.from(bytes as Uint8Array)
  return Buffer.concat([number(content.length), content])
}
const framed = (type: number, ...parts: readonly Uint8Array[]): Buffer =>
  string(Buffer.concat([Buffer.of(type), ...parts]))

/** The strings of a question, one behind the other. */
const strings = (bytes: Buffer): Buffer[] => {
  const found: Buffer[] = []
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    found.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return found
}

const fromSeed = (seed: Uint8Array, comment: string): Held => {
  const head = Buffer.from('302e020100300506032b657004220420', 'hex')
  const key = createPrivateKey({ key: Buffer.concat([head, seed]), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return { key, comment, blob: Buffer.concat([string('ssh-ed25519'), string(spki.subarray(-32))]) }
}

const named = (name: string): Held =>
  name.startsWith('rsa:')
    ? { key: undefined, comment: name, blob: Buffer.concat([string('ssh-rsa'), string(name)]) }
    : fromSeed(createHash('sha256').update(name).digest(), name)

export interface FakeAgent {
  stop(): Promise<void>
}

/** @param names `rsa:X` is a key that is not Ed25519; `locked` alone is an agent that gives nothing */
export const fakeAgent = async (path: string, names: readonly string[]): Promise<FakeAgent> => {
  const locked = names[0] === 'locked'
  let held = locked ? [] : names.map(named)
  const answer = (question: Buffer): Buffer => {
    const [type, body] = [question[4], question.subarray(5)]
    if (type === 11) {
      return framed(12, number(held.length), ...held.flatMap(({ blob, comment }) => [string(blob), string(comment)]))
    }
    if (locked) return framed(5)
    const parts = strings(body)
    if (type === 13) {
      const found = held.find(({ blob }) => parts[0]?.equals(blob))
      if (!found?.key || !parts[1]) return framed(5)
      return framed(14, string(Buffer.concat([string('ssh-ed25519'), string(sign(null, parts[1], found.key))])))
    }
    if (type === 25 && parts[2] && parts[3]) {
      held = [...held, fromSeed(parts[2].subarray(0, 32), parts[3].toString())]
      return framed(6)
    }
    if (type === 18) {
      const left = held.filter(({ blob }) => !parts[0]?.equals(blob))
      const status = left.length < held.length ? 6 : 5
      held = left
      return framed(status)
    }
    return framed(5)
  }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (question) => socket.write(answer(question)))
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return {
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
