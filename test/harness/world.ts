/**
 * An Io made for a test: its own directory, its own home, a clock that stands still, randomness from a seed, and a
 * person who answers from a list. Nothing of the machine shows through, so a run repeats byte for byte.
 */

import { createHash } from 'node:crypto'
import type { Io, Sink } from '../../src/cli/io.ts'
import type { Choice } from '../../src/cli/prompt.ts'
import { LicError } from '../../src/core/errors.ts'
import type { Machine } from '../../src/device/machine.ts'
import { madeMachine } from './machine.ts'

/** Cheap enough for a test to make many key files. */
const TEST_SCRYPT = 4

export class Recorder implements Sink {
  readonly chunks: Uint8Array[] = []
  columns = 80
  isTTY = false
  async write(data: string | Uint8Array): Promise<void> {
    this.chunks.push(typeof data === 'string' ? new TextEncoder().encode(data) : data)
  }
  get bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.chunks))
  }
  get text(): string {
    return new TextDecoder().decode(this.bytes)
  }
}

/** SHA-256 of seed and counter, block after block. */
export const seeded = (seed: string): ((length: number) => Uint8Array) => {
  let counter = 0
  return (length) => {
    const blocks: Uint8Array[] = []
    for (let have = 0; have < length; have += 32) {
      blocks.push(createHash('sha256').update(`${seed}:${counter++}`).digest())
    }
    return new Uint8Array(Buffer.concat(blocks).subarray(0, length))
  }
}

export interface World {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Unix seconds. */
  readonly now: number
  readonly random: (length: number) => Uint8Array
  readonly stdin?: Uint8Array
  /** Answers to questions, first one first; present = everything is a terminal. */
  readonly answers?: string[]
  readonly signal?: AbortSignal
  /** Absent = a machine with five slots, the same in every test. */
  readonly machine?: Machine
  /** Width of the terminal; absent = 80. */
  readonly columns?: number
}

export interface Played {
  readonly io: Io
  readonly stdout: Recorder
  readonly stderr: Recorder
}

export const worldIo = ({ cwd, env, now, random, stdin, answers, signal, machine, columns = 80 }: World): Played => {
  const stdout = new Recorder()
  const stderr = new Recorder()
  stdout.columns = stderr.columns = columns
  stdout.isTTY = stderr.isTTY = answers !== undefined
  const answer = async (question: string): Promise<string> => {
    const next = answers?.shift()
    if (next === undefined) throw new Error(`nobody to answer: ${question}`)
    await stderr.write(`? ${question}\n`)
    return next
  }
  /** The choice that a person would have moved to. */
  const one = (choices: readonly Choice[], value: string): string => {
    if (choices.some((choice) => choice.value === value)) return value
    throw new Error(`${value} is not offered: ${choices.map((choice) => choice.value).join(', ')}`)
  }
  const io: Io = {
    stdin: {
      isTTY: answers !== undefined,
      read: async (limit) => {
        const bytes = stdin ?? new Uint8Array()
        if (bytes.length > limit) throw new LicError('INVALID_INPUT', `more than ${limit} bytes on stdin`)
        return bytes
      },
      // In pieces that end where no line and no character does.
      pieces: async function* () {
        for (let at = 0; at < (stdin?.length ?? 0); at += 1000) yield (stdin as Uint8Array).subarray(at, at + 1000)
      },
    },
    stdout,
    stderr,
    env,
    cwd,
    homedir: cwd,
    called: (text) => text,
    hostname: 'host.test',
    user: env.LIC_ACTOR ?? 'tester',
    node: '20.19.0',
    prompt: {
      confirm: async (question) => /^y(es)?$/i.test(await answer(question)),
      input: async (question, preset) => (await answer(question)) || (preset ?? ''),
      select: async (question, choices, preset) => one(choices, (await answer(question)) || (preset ?? '')),
      selectSome: async (question, choices) => (await answer(question)).split(',').map((value) => one(choices, value)),
      password: answer,
    },
    machine: async () => machine ?? madeMachine('lab'),
    signal: signal ?? new AbortController().signal,
    now: () => now,
    elapsed: () => 0,
    pid: 1,
    isRunning: (pid) => pid === 1,
    random,
    scryptLogN: TEST_SCRYPT,
  }
  return { io, stdout, stderr }
}
