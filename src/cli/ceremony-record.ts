/**
 * The record of a ceremony: what was done, when, by whom, with which keys, for people to sign. Written line by line as it
 * happens, so that a ceremony that was broken off has its record too. Invariant: no secret stands in it.
 */

import { appendFileSync, existsSync } from 'node:fs'
import type { Opened } from '../authority/backup-key.ts'
import { formatTime } from '../authority/term.ts'
import { toHex } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import { publicKeyToPem } from '../core/keys.ts'
import type { Key } from '../ledger/keys.ts'
import { safe } from '../render/safe.ts'
import type { Context } from './context.ts'
import { VERSION } from './version.ts'

export interface CeremonyRecord {
  readonly path: string
  /** One thing that was done, with its time. */
  done(what: string): void
  /** Text as it is. */
  text(lines: readonly string[]): void
}

/** @param again goes on with the record that is there @throws LicError FILE_EXISTS */
export const openRecord = ({ io }: Context, path: string, again: boolean): CeremonyRecord => {
  if (!again && existsSync(path)) {
    throw new LicError('FILE_EXISTS', `${path}: exists, and the record of a ceremony is not written over`, {
      hint: 'name another file: --transcript FILE',
    })
  }
  const write = (text: string): void => {
    try {
      appendFileSync(path, text, { mode: 0o644 })
    } catch (cause) {
      throw new LicError('UNWRITABLE', `cannot write ${path}`, { cause, data: { path } })
    }
  }
  return {
    path,
    done: (what) => write(`${formatTime(io.now())}  ${safe(what)}\n`),
    text: (lines) => write(`${lines.map((line) => safe(line)).join('\n')}\n`),
  }
}

export const beginning = ({ io, actor, home }: Context, name: string): readonly string[] => [
  `Key ceremony of ${name}`,
  '',
  `started    ${formatTime(io.now())}`,
  `by         ${actor}`,
  `on         ${io.hostname}, lic ${VERSION}, Node ${io.node}`,
  `home       ${home}`,
  '',
]

export const keysMade = (keys: readonly Key[], { publicKey }: Opened['key']): readonly string[] => [
  '',
  'Keys',
  ...keys.map(({ role, kid, epoch }) => `  ${role.padEnd(9)}  ${epoch === null ? toHex(kid) : `epoch ${epoch}`}`),
  '',
  ...(publicKey === null ? [] : publicKeyToPem(publicKey).trimEnd().split('\n')),
  '',
]

export const ending: readonly string[] = [
  '',
  'Present at this ceremony, and in agreement with the above:',
  '',
  'name ______________________________  signature ______________________________',
  '',
  'name ______________________________  signature ______________________________',
]
