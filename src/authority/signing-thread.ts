/**
 * Signatures on a second thread, while the first writes what was signed before: one message a batch, since handing over
 * a signature costs as much as making it. The native key object goes over, never a seed. Invariant: the signatures are
 * those that the key gives here, in the order asked; a thread that is not up, or fails, costs speed and nothing else.
 */

import type { KeyObject } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { ED25519 } from '../core/algorithms.ts'
import { concat } from '../core/bytes.ts'

/** Fewer are signed here: the thread would take longer to start. */
const WORTH_IT = 20

/** Signs many messages with one private key: 64 bytes each. */
export type SignMany = (messages: readonly Uint8Array[]) => Promise<readonly Uint8Array[]>

interface Thread {
  /** Undefined while it starts, and once it failed. */
  ask: SignMany | undefined
}

/** @param program what the thread runs on each message, in signer.ts; `here` does the same on this one */
export const signingThread = (program: string, key: KeyObject, here: SignMany): SignMany => {
  let thread: Thread | undefined
  return async (messages) => {
    if (messages.length < WORTH_IT) return here(messages)
    thread ??= started(program, key, here)
    if (thread.ask) return thread.ask(messages)
    // That it is up is told in a turn of the event loop, and a ledger that is written to takes none.
    await setImmediate()
    return here(messages)
  }
}

/** It ends with the process, and does not keep it. */
const started = (program: string, key: KeyObject, here: SignMany): Thread => {
  const thread: Thread = { ask: undefined }
  const worker = new Worker(program, { eval: true, workerData: key, env: {}, stdin: false })
  /** What it owes, oldest first: it answers in the order it is asked. */
  const owed: { readonly give: (signatures: Uint8Array | undefined) => void }[] = []
  worker.once('online', () => {
    thread.ask = async (messages) => {
      const bytes = concat(...messages)
      const lengths = messages.map((message) => message.length)
      const signatures = await new Promise<Uint8Array | undefined>((give) => {
        owed.push({ give })
        worker.ref()
        worker.postMessage({ lengths, bytes }, [bytes.buffer as ArrayBuffer])
      })
      if (signatures === undefined) return here(messages)
      return messages.map((_, i) => signatures.subarray(i * ED25519.signatureBytes, (i + 1) * ED25519.signatureBytes))
    }
  })
  worker.on('message', (signatures: Uint8Array) => {
    owed.shift()?.give(signatures)
    if (owed.length === 0) worker.unref()
  })
  const failed = (): void => {
    thread.ask = undefined
    for (const { give } of owed.splice(0)) give(undefined)
  }
  worker.on('error', failed)
  worker.on('exit', failed)
  worker.unref()
  return thread
}
