/** The pages of `lic help TOPIC` that belong to no command. */

import { ERRORS } from '../core/error-table.ts'
import type { ErrorCode } from '../core/errors.ts'
import { HINTS } from './exits.ts'
import { BULK } from './topics/bulk.ts'
import { CLOCK, OFFLINE } from './topics/device.ts'
import { BACKUP, PROOFS, SERVER } from './topics/ledger.ts'
import { DATES, FORMATS, KEYS } from './topics/trade.ts'
import { ADMIN, JSON_OUTPUT, TROUBLESHOOTING } from './topics/work.ts'

const EXITS: Readonly<Record<number, string>> = {
  0: 'done, or the license stands',
  1: 'unexpected',
  2: 'usage or validation',
  3: 'not found',
  4: 'key locked or wrong passphrase',
  5: 'conflict or duplicate',
  6: 'refused by policy: seats, rights, state',
  7: 'verification negative: forged, expired, revoked, wrong device; a finding',
  8: 'ledger damaged or tampered with',
  9: 'busy, try again',
  10: 'part of a batch failed',
  130: 'interrupted',
}

const isCode = (text: string): text is ErrorCode => Object.hasOwn(ERRORS, text)

const codesWith = (exit: number): string => {
  const codes = Object.entries(ERRORS).flatMap(([code, row]) => (row.exit === exit ? [code] : []))
  return codes.length === 0 ? '' : `\n       ${codes.join('\n       ')}`
}

export const TOPICS: Readonly<Record<string, () => string>> = {
  conventions: () => `How every command behaves

stdout holds the result and nothing else; progress, hints and questions go to
stderr. When a command fails, stdout stays empty and no file is left behind.
A genuine license that is refused is a result: the verdict goes to stdout, the
exit status is 7.

--json gives one line of JSON: \`lic help json\`. A table is aligned on a
terminal, one block a row where that is too narrow, and tab-separated in a pipe:
without a heading, never cut. --plain is for screen readers: words only.

Without a terminal, in CI or with --no-input nothing is ever asked: the missing
flag is named instead.

A file name of - is stdin or stdout. Where a license is taken, a path, a code,
armored text or a PNG of a QR code will do. Times and terms: \`lic help dates\`.
A flag goes before the environment.`,
  keys: () => KEYS,
  formats: () => FORMATS,
  dates: () => DATES,
  bulk: () => BULK,
  clock: () => CLOCK,
  offline: () => OFFLINE,
  proofs: () => PROOFS,
  backup: () => BACKUP,
  server: () => SERVER,
  json: () => JSON_OUTPUT,
  admin: () => ADMIN,
  troubleshooting: () => TROUBLESHOOTING,
  'exit-codes': () =>
    `Exit status\n\n${Object.entries(EXITS)
      .map(([exit, meaning]) => `${exit.padStart(4)}   ${meaning}${codesWith(Number(exit))}`)
      .join('\n')}`,
  environment: () => `Environment

LIC_HOME             where the keys and the ledger lie
                     (default: lic in XDG_DATA_HOME or ~/.local/share)
LIC_LEDGER           where the ledger lies: a file, or a PostgreSQL database
                     (\`lic help server\`)
LIC_BRAND            the brand that is seen and sold under, of several
LIC_ACTOR            who acts, for the record
LIC_SIGNER           the issuing key that signs, by name or kid
LIC_PASSPHRASE_FILE  file whose first line is the passphrase
SSH_AUTH_SOCK        the ssh-agent that may hold keys: \`lic help keys\`
LIC_KEY              a delegated key, for lic trial: the text of its file, or
                     that in base64 (\`lic help keys\` says what it costs)
LIC_STATE            where the state of a customer's device lies
                     (default: lic/device in XDG_STATE_HOME or ~/.local/state;
                     a second copy in XDG_CONFIG_HOME or ~/.config)
LIC_LICENSE          a license, as a code: for lic install
LIC_LICENSE_FILE     the same, as the name of a file
LIC_NO_INPUT, CI     set: never ask
LIC_PLAIN            set: words only, as --plain
NO_COLOR             set: no colour
FORCE_COLOR          set: colour where there is no terminal, too
TERM=dumb            no colour, nothing repainted
XDG_DATA_HOME        base of the default home`,
}

/** `lic help LICENSE_EXPIRED`. Undefined when it is no code of the table. */
export const codePage = (text: string): string | undefined => {
  const code = text.toUpperCase()
  if (!isCode(code)) return undefined
  const row = ERRORS[code]
  const action = 'action' in row ? `\naction for the holder: ${row.action}` : ''
  return `${code}\n\n${HINTS[code]}\n\nexit status ${row.exit} (${EXITS[row.exit] ?? ''})\nHTTP status ${row.http}${action}`
}
