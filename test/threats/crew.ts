/**
 * Processes that stay: each runs the built program's commands, one after the other, as a process of its own. What is left of a
 * race when nobody has to wait for Node to start: they meet far closer than fresh ones do.
 */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ended, environment, type Home } from './process.ts'

const LOAD = new URL('../../dist/bin/load.cjs', import.meta.url).pathname

/** Everything but the two streams is the real world of the process. */
const PLAY = `
  const { main, realIo } = require(${JSON.stringify(LOAD)})
  const world = realIo()
  process.on('message', async (words) => {
    const said = { stdout: '', stderr: '' }
    const sink = (name) => ({ isTTY: false, columns: 80, write: async (data) => { said[name] += data } })
    const io = Object.assign(Object.create(world), { stdout: sink('stdout'), stderr: sink('stderr') })
    process.send({ status: await main(words, io), signal: null, ...said })
  })
  process.send('ready')`

export interface Crew {
  /** One of them runs a command. */
  ask(member: number, words: readonly string[]): Promise<Ended>
  end(): Promise<void>
}

export const crew = async (count: number, { env }: Pick<Home, 'env'>): Promise<Crew> => {
  const dir = mkdtempSync(join(tmpdir(), 'lic-crew-'))
  const script = join(dir, 'play.cjs')
  writeFileSync(script, PLAY)
  const start = async (): Promise<ChildProcess> => {
    const child = fork(script, [], {
      env: environment(env),
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    await once(child, 'message')
    return child
  }
  const members = await Promise.all(Array.from({ length: count }, start))
  const ask = async (member: number, words: readonly string[]): Promise<Ended> => {
    const child = members[member]
    if (child === undefined) throw new Error(`there is no member ${member}`)
    const answered = once(child, 'message')
    child.send(words)
    const [ended] = (await answered) as [Ended]
    return ended
  }
  return {
    ask,
    end: async () => {
      await Promise.all(
        members.map(async (child) => {
          const gone = once(child, 'exit')
          child.disconnect()
          await gone
        }),
      )
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
