/** A real OpenSSH agent in a directory of its own, with the keys that a test wants in it. */

import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Debian: openssh-client. */
export const HAS_AGENT = (() => {
  try {
    execFileSync('sh', ['-c', 'command -v ssh-agent ssh-add ssh-keygen'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

export interface RealAgent {
  readonly socket: string
  readonly dir: string
  /** Runs `ssh-add` with these words. @returns what it printed */
  add(...words: readonly string[]): string
  /** Makes a key file, with its `.pub` beside it. */
  keygen(name: string, type: 'ed25519' | 'rsa', comment?: string): string
  /** `ssh-add -x` and `-X`, which ask for a password. */
  lock(): void
  unlock(): void
  /** Ends the agent; its socket stays behind when it is killed. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

export const realAgent = async (): Promise<RealAgent> => {
  const dir = mkdtempSync(join(tmpdir(), 'lic-agent-'))
  const socket = join(dir, 'agent.sock')
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] })
  // It prints its variables once it listens.
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve())
    child.once('exit', (status) => reject(new Error(`ssh-agent ended with ${status}`)))
  })
  const env = { PATH: process.env.PATH, HOME: dir, SSH_AUTH_SOCK: socket }
  const run = (program: string, words: readonly string[], input?: string, more = {}): string =>
    execFileSync(program, words, {
      env: { ...env, ...more },
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(input !== undefined && { input }),
    })
  // Without a terminal ssh-add asks a program for the password.
  const askpass = join(dir, 'askpass')
  execFileSync('sh', ['-c', `printf '#!/bin/sh\\necho secret\\n' > '${askpass}' && chmod 700 '${askpass}'`])
  const asking = { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' }
  return {
    socket,
    dir,
    add: (...words) => run('ssh-add', words),
    keygen: (name, type, comment = name) => {
      const path = join(dir, name)
      run('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', comment, '-f', path])
      return path
    },
    lock: () => void run('ssh-add', ['-x'], undefined, asking),
    unlock: () => void run('ssh-add', ['-X'], undefined, asking),
    stop: async (signal = 'SIGTERM') => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal)
        await ended
      }
      if (signal === 'SIGTERM') rmSync(dir, { recursive: true, force: true })
    },
  }
}
