/** What the commands print that handle private halves: in files, in the ssh-agent, on paper. No shape has room for a secret. */

import { base64, DRY_RUN, flag, hex, list, nullable, object, oneOf, says, text, time, whole } from './vocabulary.ts'

export const KEY_ROLE = oneOf('what it is for', ['root', 'issuing', 'list', 'audit', 'emergency', 'delegated'])

export const agent = says(
  'Keys of files that were put into the ssh-agent, or taken out of it.',
  object({
    keys: list('those', object({ role: KEY_ROLE, kid: hex('names the key'), file: nullable(text('its key file')) })),
    until: nullable(time('how long they are open; null = they were taken out')),
    dryRun: DRY_RUN,
  }),
)

export const admitted = says(
  'A key of the ssh-agent that was certified.',
  object({
    kid: hex('names the key'),
    role: KEY_ROLE,
    name: text('the name it was given'),
    publicKey: base64('32 bytes'),
    file: text('what the ledger holds in place of a file: ssh-agent: and the fingerprint'),
    until: nullable(time('certified until')),
    dryRun: DRY_RUN,
  }),
)

export const restored = says(
  'A private half that came back.',
  object({
    role: nullable(KEY_ROLE),
    kid: nullable(hex('names the key; null = it is an emergency secret')),
    epoch: nullable(whole('of an emergency secret; null = it is a signing key')),
    path: text('the key file'),
    encrypted: flag('a passphrase protects it'),
    from: oneOf('what it came from', ['file', 'paper']),
    again: flag('the very key was there already'),
    dryRun: DRY_RUN,
  }),
)

export const exported = says(
  'The public half of a key.',
  object({
    role: KEY_ROLE,
    kid: hex('names the key'),
    format: oneOf('how the text is written', ['pem', 'openssh']),
    publicKey: base64('32 bytes'),
    text: text('the same as PEM, or as a line for OpenSSH'),
  }),
)

export const backup = says(
  'A private key that was backed up. The key itself stands in the page or file alone.',
  object({
    role: KEY_ROLE,
    kid: hex('names the key'),
    epoch: nullable(whole('of an emergency secret')),
    sheet: nullable(text('the page to print, as it was named')),
    copy: nullable(text('the copy of the key file')),
    sealed: flag('under a passphrase of its own'),
    dryRun: DRY_RUN,
  }),
)

export const passphrase = says(
  'A key file under another passphrase.',
  object({
    role: KEY_ROLE,
    kid: hex('names the key'),
    path: text('the key file'),
    encrypted: flag('a passphrase protects it'),
    dryRun: DRY_RUN,
  }),
)

export const ceremony = says(
  'The making of an authority, with a root key that was proven on paper and moved away.',
  object({
    home: text('where the ledger and the other keys lie'),
    root: object({ kid: hex('names the root key'), publicKey: base64('32 bytes') }),
    stage: oneOf('how far it came; printed: prove the pages, then it goes on', ['printed', 'done']),
    sheets: list('pages to print, while they are on the disk', text('a path')),
    sealed: flag('the pages have a passphrase of their own'),
    proven: list('what was read back from its page', KEY_ROLE),
    rootFile: nullable(text('where the root key is now')),
    transcript: text('the record of it'),
  }),
)
