/**
 * The wire to an ssh-agent (draft-ietf-sshm-ssh-agent): one socket, one question at a time, each answer bounded in length
 * and time. It speaks of Ed25519 keys alone. What answers may be anything, and comments in it are other people's text.
 * Invariants: every failure is KEY_LOCKED and says what mends it; after an answer that is none the socket is not used again;
 * an idle connection keeps no process alive.
 */

import { connect, type Socket } from 'node:net'
import { concat, utf8 } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import { START } from './agent-name.ts'
import { KEY_TYPE, keyBlob, keyInBlob } from './ssh-key.ts'

const FAILURE = 5
const SUCCESS = 6
const REQUEST_IDENTITIES = 11
const IDENTITIES_ANSWER = 12
const SIGN_REQUEST = 13
const SIGN_RESPONSE = 14
const REMOVE_IDENTITY = 18
const ADD_ID_CONSTRAINED = 25
const CONSTRAIN_LIFETIME = 1

/** What OpenSSH's own agent sends and takes at most. */
const MAX_BYTES = 256 * 1024
/** Characters of a comment that are kept. */
const COMMENT = 200
const SIGNATURE_BYTES = 64

/** Milliseconds. A signature may wait for a person who confirms it or touches a token. */
const WAITS = { answer: 10_000, signature: 60_000 }

/** An Ed25519 key that an agent offers. */
export interface AgentKey {
  /** 32 bytes, unchecked. */
  readonly publicKey: Uint8Array
  readonly comment: string
}

export interface Offered {
  readonly keys: readonly AgentKey[]
  /** The kinds of its other keys, such as `ssh-rsa`: they cannot sign here. */
  readonly others: readonly string[]
}

export interface SshAgent {
  /** A locked agent offers nothing, and cannot be told from an empty one. */
  list(): Promise<Offered>
  /** Ed25519 over `bytes`: 64 bytes, unchecked. */
  sign(publicKey: Uint8Array, bytes: Uint8Array): Promise<Uint8Array>
  /** Takes a key over for so many seconds. @param seed 32 bytes */
  add(seed: Uint8Array, publicKey: Uint8Array, comment: string, seconds: number): Promise<void>
  /** False: it holds no such key. */
  remove(publicKey: Uint8Array): Promise<boolean>
  close(): void
}

export const locked = (message: string, hint: string, cause?: unknown): LicError =>
  new LicError('KEY_LOCKED', message, { hint, cause })

/**
 * @param path SSH_AUTH_SOCK; nothing is opened before the first question
 * @param signal ends what is being waited for
 */
export const sshAgent = (path: string, signal?: AbortSignal, waits = WAITS): SshAgent => {
  const ask = asker(path, signal)
  return {
    list: async () => {
      const { type, body } = await ask(message(REQUEST_IDENTITIES), waits.answer)
      if (type === FAILURE) return { keys: [], others: [] }
      if (type !== IDENTITIES_ANSWER) throw noAgent(path)
      return offeredIn(body, path)
    },
    sign: async (publicKey, bytes) => {
      const question = message(SIGN_REQUEST, string(keyBlob(publicKey)), string(bytes), number(0))
      const { type, body } = await ask(question, waits.signature)
      if (type === FAILURE) {
        throw locked(
          'the ssh-agent refused to sign',
          'it was locked (ssh-add -X opens it), or wanted a confirmation that nobody gave (ssh-add -c)',
        )
      }
      if (type !== SIGN_RESPONSE) throw noAgent(path)
      return signatureIn(body, path)
    },
    add: async (seed, publicKey, comment, seconds) => {
      const question = message(
        ADD_ID_CONSTRAINED,
        string(utf8(KEY_TYPE)),
        string(publicKey),
        string(concat(seed, publicKey)),
        string(utf8(comment)),
        Uint8Array.of(CONSTRAIN_LIFETIME),
        number(seconds),
      )
      const { type } = await ask(question, waits.answer)
      if (type === FAILURE) {
        throw locked('the ssh-agent did not take the key', 'it may be locked: ssh-add -X opens it; then try again')
      }
      if (type !== SUCCESS) throw noAgent(path)
    },
    remove: async (publicKey) => {
      const { type } = await ask(message(REMOVE_IDENTITY, string(keyBlob(publicKey))), waits.answer)
      if (type !== SUCCESS && type !== FAILURE) throw noAgent(path)
      return type === SUCCESS
    },
    close: () => ask.close(),
  }
}

interface Answer {
  readonly type: number
  readonly body: Uint8Array
}

/** One question after the other over one connection, which is made anew after it was closed. */
const asker = (path: string, signal: AbortSignal | undefined) => {
  let socket: Socket | undefined
  let before: Promise<unknown> = Promise.resolve()
  const close = (): void => {
    socket?.destroy()
    socket = undefined
  }
  const opened = (): Socket => {
    const made = connect({ path })
    // What goes wrong while nobody waits ends the connection, and the next question finds out.
    made.on('error', () => undefined)
    made.on('close', () => {
      if (socket === made) socket = undefined
    })
    return made
  }
  const exchange = async (question: Uint8Array, patience: number): Promise<Answer> => {
    if (signal?.aborted) throw new LicError('INTERRUPTED', 'interrupted')
    if (question.length > MAX_BYTES) throw new LicError('INVALID_INPUT', 'too long for an ssh-agent to sign')
    const open = socket ?? opened()
    socket = open
    try {
      return await answerOf(open, question, { path, patience, signal })
    } catch (error) {
      close()
      throw error
    }
  }
  const ask = (question: Uint8Array, patience: number): Promise<Answer> => {
    const answer = before.then(() => exchange(question, patience))
    before = answer.catch(() => undefined)
    return answer
  }
  return Object.assign(ask, { close })
}

interface Waiting {
  readonly path: string
  readonly patience: number
  readonly signal: AbortSignal | undefined
}

const answerOf = (socket: Socket, question: Uint8Array, { path, patience, signal }: Waiting): Promise<Answer> =>
  new Promise((resolve, reject) => {
    let got: Uint8Array = new Uint8Array()
    let ended = false
    const end = (done: () => void): void => {
      if (ended) return
      ended = true
      clearTimeout(timer)
      socket.off('data', onData).off('error', onError).off('close', onClose)
      signal?.removeEventListener('abort', onAbort)
      socket.unref()
      done()
    }
    const onData = (chunk: Uint8Array): void => {
      got = concat(got, chunk)
      if (got.length < 4) return
      const length = uint32(got, 0)
      if (length < 1 || length > MAX_BYTES || got.length > 4 + length) end(() => reject(noAgent(path)))
      else if (got.length === 4 + length) end(() => resolve({ type: got[4] as number, body: got.subarray(5) }))
    }
    const onError = (cause: Error): void => end(() => reject(unreachable(path, cause)))
    const onClose = (): void =>
      end(() => reject(locked('the ssh-agent closed the connection without an answer', START)))
    const onAbort = (): void => end(() => reject(new LicError('INTERRUPTED', 'interrupted')))
    const late = (): void =>
      end(() => reject(locked(`the ssh-agent at ${path} does not answer`, `restart it, or ${START}`)))
    // When this process itself stood still, the answer may lie there already: it is read before the time is up.
    const timer = setTimeout(() => setImmediate(late), patience)
    socket.ref()
    socket.on('data', onData).on('error', onError).on('close', onClose)
    signal?.addEventListener('abort', onAbort, { once: true })
    socket.write(question)
  })

const unreachable = (path: string, cause: Error): LicError => {
  const code = 'code' in cause ? cause.code : undefined
  return code === 'EACCES' || code === 'EPERM'
    ? locked(`the ssh-agent at ${path} belongs to someone else`, START, cause)
    : locked(`no ssh-agent answers at ${path}`, START, cause)
}

const noAgent = (path: string): LicError =>
  locked(`what answers at ${path} is no ssh-agent`, `point SSH_AUTH_SOCK to one, or ${START}`)

const uint32 = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at)

const number = (value: number): Uint8Array => {
  const out = new Uint8Array(4)
  new DataView(out.buffer).setUint32(0, value)
  return out
}

const string = (bytes: Uint8Array): Uint8Array => concat(number(bytes.length), bytes)

const message = (type: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  string(concat(Uint8Array.of(type), ...parts))

/** The strings of an answer, one behind the other. @throws LicError KEY_LOCKED when one does not lie within it */
const stringsIn = (body: Uint8Array, path: string) => {
  let at = 0
  const end = (length: number): number => {
    if (length > body.length - at) throw noAgent(path)
    at += length
    return at
  }
  return {
    number: (): number => uint32(body, end(4) - 4),
    string: (): Uint8Array => {
      const length = uint32(body, end(4) - 4)
      return body.subarray(end(length) - length, at)
    },
    done: (): void => {
      if (at !== body.length) throw noAgent(path)
    },
  }
}

const offeredIn = (body: Uint8Array, path: string): Offered => {
  const read = stringsIn(body, path)
  const keys: AgentKey[] = []
  const others: string[] = []
  // Each key takes eight bytes at least, so no count makes this long.
  for (let left = read.number(); left > 0; left--) {
    const blob = read.string()
    const comment = textOf(read.string())
    const publicKey = keyInBlob(blob)
    if (publicKey !== undefined) keys.push({ publicKey, comment })
    else others.push(kindOf(blob))
  }
  read.done()
  return { keys, others }
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes.subarray(0, 4 * COMMENT)).slice(0, COMMENT)

/** The name in front of a blob; whatever it is. */
const kindOf = (blob: Uint8Array): string => {
  const length = blob.length < 4 ? 0 : Math.min(uint32(blob, 0), 64)
  const name = textOf(blob.subarray(4, 4 + length))
  return /^[\w@.-]+$/.test(name) ? name : 'of an unknown kind'
}

const signatureIn = (body: Uint8Array, path: string): Uint8Array => {
  const read = stringsIn(body, path)
  const inner = stringsIn(read.string(), path)
  read.done()
  const kind = textOf(inner.string())
  const signature = inner.string()
  inner.done()
  if (kind !== KEY_TYPE || signature.length !== SIGNATURE_BYTES) throw noAgent(path)
  return signature.slice()
}
