/** What the commands print that look after the authority itself: its keys, its lists, and the trust it hands out. */

import { ERRORS } from '../../core/error-table.ts'
import { base64, DRY_RUN, hex, KEY, list, named, nullable, object, oneOf, says, text } from './vocabulary.ts'

/** An error code, wherever one stands. */
export const CODE = oneOf('one of the closed table: lic help exit-codes', Object.keys(ERRORS))

export const authority = says(
  'An authority that was just made.',
  object({
    home: text('where the keys and the ledger lie'),
    name: text('as customers know it'),
    brand: text('its first brand'),
    prefix: text('what the keys of that brand begin with'),
    root: object({ kid: hex('names the root key'), publicKey: base64('32 bytes') }),
    keys: named('the key files by role', text('a path')),
    dryRun: DRY_RUN,
  }),
)

export const trust = says(
  'What a product embeds.',
  object({
    roots: list('root public keys', object({ kid: hex('names the key'), publicKey: base64('32 bytes') })),
    pem: text('the same as PEM'),
  }),
)

export const checkup = says(
  'What `lic doctor` found.',
  object({
    home: text('where the keys and the ledger lie'),
    checks: list(
      'machine first',
      object({
        name: text('what was looked at'),
        status: oneOf('fail: it must be mended before work goes on', ['ok', 'warn', 'fail']),
        found: text('what was seen'),
        fix: nullable(text('the command or step that mends it; null = nothing to mend')),
      }),
    ),
  }),
)

export const kit = says(
  'A directory that was filled for a machine without network.',
  object({
    product: text('the slug of what is to run there'),
    directory: text('where it lies'),
    files: list('what lies in it', text('a name')),
    roots: list('the root keys that it trusts', hex('names the key')),
    licenses: list(
      'those that lie in it',
      object({ key: KEY, file: text('the license itself'), sheet: text('its page to print') }),
    ),
    dryRun: DRY_RUN,
  }),
)
