/**
 * Noticing that the state on disk is another: by what the system tells of its directories, and, as not every file system
 * tells, by a look at their names now and then. Invariant: a change is noticed at the latest at the next of these looks.
 */

import { type FSWatcher, watch as watchDirectory } from 'node:fs'
import { readdir } from 'node:fs/promises'
import type { World } from './world.ts'

/** Milliseconds between two looks at the names. */
const POLL = 5_000
/** Milliseconds that a change is given to be complete. */
const SETTLE = 50

/** Calls back after every change from the moment on that it answers; the answer ends it. */
export const watch = async (
  dirs: readonly string[],
  { after }: Pick<World, 'after'>,
  changed: () => void,
): Promise<() => void> => {
  const watchers = new Map<string, FSWatcher>()
  let known: string | undefined
  let ended = false
  let stopSettling: (() => void) | undefined
  let stopPolling: (() => void) | undefined

  const soon = (): void => {
    if (ended) return
    stopSettling ??= after(SETTLE, () => {
      stopSettling = undefined
      if (!ended) changed()
    })
  }
  /** A directory that comes into being later is watched from then on. */
  const attach = (dir: string): void => {
    if (watchers.has(dir)) return
    try {
      const watcher = watchDirectory(dir, { persistent: false }, (_, name) => {
        if (name === null || /^state\./.test(name)) soon()
      })
      watchers.set(dir, watcher)
      watcher.on('error', () => {
        watcher.close()
        watchers.delete(dir)
      })
    } catch {
      // Not there yet, or the system has no more of these: the names are looked at.
    }
  }
  const names = async (dir: string): Promise<string> => {
    try {
      return (await readdir(dir)).filter((name) => name.startsWith('state.')).join()
    } catch (cause) {
      return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable'
    }
  }
  const poll = async (): Promise<void> => {
    const found = (await Promise.all(dirs.map(names))).join(';')
    if (ended) return
    if (known !== undefined && found !== known) soon()
    known = found
    for (const dir of dirs) attach(dir)
    stopPolling = after(POLL, () => void poll())
  }
  await poll()
  return () => {
    ended = true
    stopSettling?.()
    stopPolling?.()
    for (const watcher of watchers.values()) watcher.close()
  }
}
