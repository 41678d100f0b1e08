/** `lic demo`: the whole story of one license, played with the real commands in a directory of its own. */

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { handOver } from '../../authority/hand-over.ts'
import { makeDirectory } from '../../authority/make-directory.ts'
import { LicError } from '../../core/errors.ts'
import type { Context } from '../context.ts'
import type { Io } from '../io.ts'
import type { Outcome } from '../outcome.ts'

interface DemoOptions {
  readonly dir: string | undefined
}

interface Scene {
  readonly says: string
  /** The words behind `lic`; KEY stands for the license key. */
  readonly words: readonly string[]
  /** The exit status that the story expects; absent = 0. */
  readonly exit?: number
  /** Something that happens before, outside lic. */
  readonly before?: (dir: string) => void
}

/** One bit of the license is changed by hand. */
const forge = (dir: string): void => {
  const bytes = readFileSync(join(dir, 'globex.lic'))
  bytes[bytes.length - 80] = (bytes[bytes.length - 80] ?? 0) ^ 1
  writeFileSync(join(dir, 'forged.lic'), bytes)
}

const STORY: readonly Scene[] = [
  {
    says: 'a vendor creates an authority: five keys, a ledger, a brand, five tiers',
    words: ['init', '--name', 'Acme Software', '--no-passphrase'],
  },
  {
    says: 'a product, and a customer',
    words: ['product', 'add', 'editor', '--name', 'Acme Editor', '--prefix', 'EDIT'],
  },
  { says: '', words: ['customer', 'add', '--id', 'globex', '--name', 'Globex GmbH', '--email', 'it@globex.example'] },
  {
    says: 'a license, as a file and as a QR code (a narrow terminal gets it in parts)',
    words: [
      'issue',
      '--customer',
      'globex',
      '--product',
      'editor',
      '--tier',
      'professional',
      '--expires',
      '1y',
      '--out',
      'globex.lic',
      '--qr',
      '-',
    ],
  },
  {
    says: 'what a product embeds: the public root key, and nothing else',
    words: ['trust', 'export', '--out', 'root.pub'],
  },
  {
    says: 'anyone with that key can verify the license, without ledger and network',
    words: ['verify', 'globex.lic', '--root', 'root.pub', '--product', 'editor'],
  },
  { says: 'the QR code as a picture says the same', words: ['show', 'KEY', '--qr', 'globex.png'] },
  { says: '', words: ['verify', 'globex.png', '--root', 'root.pub', '--product', 'editor'] },
  {
    says: 'one flipped bit, and it is no license any more',
    words: ['verify', 'forged.lic', '--root', 'root.pub'],
    exit: 7,
    before: forge,
  },
  { says: 'renewed: the same key, a later end', words: ['renew', 'KEY', '--for', '1y', '--out', 'renewed.lic'] },
  {
    says: 'the invoice is never paid: revoked, and the list says so',
    words: ['revoke', 'KEY', '--reason', 'invoice never paid', '--yes'],
  },
  { says: '', words: ['revocations', 'publish', '--out', 'revoked.lrl'] },
  {
    says: 'with the signed list, the renewed license is refused everywhere',
    words: ['verify', 'renewed.lic', '--root', 'root.pub', '--revocations', 'revoked.lrl'],
    exit: 7,
  },
]

export const demo = async (context: Context, { dir: given }: DemoOptions): Promise<Outcome> => {
  const { io, voice } = context
  const dir = given === undefined ? mkdtempSync(join(tmpdir(), 'lic-demo-')) : context.path(given)
  if (existsSync(join(dir, 'home'))) {
    throw new LicError('FILE_EXISTS', `a demo was played in ${dir} already`, { hint: 'choose another --dir' })
  }
  try {
    makeDirectory(dir)
  } catch (cause) {
    throw new LicError('UNWRITABLE', `cannot make the directory ${dir}`, { cause })
  }
  // The demo's authority is its own, whatever the environment says of another.
  const env = { ...io.env, LIC_HOME: join(dir, 'home'), LIC_BRAND: undefined, LIC_PASSPHRASE_FILE: undefined }
  const stage: Io = {
    ...io,
    env,
    cwd: dir,
    stdin: { isTTY: false, read: async () => new Uint8Array(), pieces: async function* () {} },
    ...(context.json && silence),
  }
  const { main } = await import('../main.ts')
  const steps: { command: string; exit: number }[] = []
  for (const { says, words, exit = 0, before } of STORY) {
    before?.(dir)
    const argv = words.map((word) => (word === 'KEY' ? keyIn(dir) : word))
    const command = `lic ${argv.map((word) => (/^[\w@.:/=-]+$/.test(word) ? word : `"${word}"`)).join(' ')}`
    if (says !== '') await voice.note(`— ${says} —`)
    if (!context.json) await io.stdout.write(`\n$ ${command}\n`)
    const status = await main(argv, stage)
    if (status !== exit) {
      throw new LicError('UNEXPECTED', `the demo stopped: ${command} ended with ${status}, not ${exit}`, {
        hint: `what it made is in ${dir}`,
      })
    }
    steps.push({ command, exit: status })
  }
  return {
    schema: 'demo',
    data: { dir, steps },
    show: { text: `\nAll of it is in ${dir}: look around with LIC_HOME=${join(dir, 'home')}` },
  }
}

const silent = { isTTY: false, columns: 80, write: async () => {} }
const silence = { stdout: silent, stderr: silent }

/** The key of the license that was just issued. */
const keyIn = (dir: string): string => handOver(readFileSync(join(dir, 'globex.lic'))).key
