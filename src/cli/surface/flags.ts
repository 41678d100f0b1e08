/** Flags that several commands share, so that they are written, explained and spelled once. */

/** For commands that change the ledger, and know again by themselves what they did. */
export const unkeyed = {
  '--dry-run': 'work everything out, write nothing',
  '--actor <name>': 'who acts, for the record (LIC_ACTOR; else the system user)',
  '--clock-ok': 'go on although the clock is far ahead of the newest entry of the ledger',
} as const

/** For commands that change the ledger. */
export const mutating = {
  ...unkeyed,
  '--idempotency-key <key>': 'the same key again gives the first answer again and changes nothing',
} as const

/** For commands that read. */
export const ofBrand = { '--brand <brand>': 'of this brand (LIC_BRAND)' } as const

/** For lists. */
export const paging = {
  '--limit <n>': 'at most so many (default 50)',
  '--cursor <cursor>': 'go on where the page before ended',
  '--csv': 'for a spreadsheet: with a heading, keys whole',
} as const

/** For what is told of the log. */
export const happened = {
  '--customer <id>': 'to this customer and their licenses',
  '--key <key>': 'to this license',
  '--actor <name>': 'done by them',
  '--type <type>': 'of this type: license, license.revoked, or a beginning that can be nothing else',
  '--since <time>': 'from then on: a date, a time, or how long ago: 7d',
  '--until <time>': 'until then; a date without a time includes that day',
} as const

/** For commands that use a private key. */
export const unlocking = {
  '--passphrase-file <file>': 'read the passphrase from the first line of this file (LIC_PASSPHRASE_FILE)',
  '--passphrase-fd <number>': 'read the passphrase from this open file descriptor',
} as const

/** For commands that sign with an issuing key. */
export const signing = {
  '--signer <key>': 'sign with this issuing key (LIC_SIGNER; default: the newest); see lic key list',
  ...unlocking,
} as const

/** For commands that hand over a license. */
export const handover = {
  '--out <file>': 'write the license to this file; - is stdout',
  '--qr <file>': 'write its QR code as .png or .svg; - draws it on the terminal, in parts where that is narrow',
  '--sheet <file>': 'write a page to print, with QR code and terms (.html); - is stdout',
  '--language <language>': 'the language of the sheet (en, de)',
  '--armor': 'as text that survives an e-mail: in --out, else on stdout',
  '--force': 'replace files that exist',
} as const

export const term = {
  '--expires <when>': 'a term (14d, 6mo, 1y), a date (2027-01-31, until the end of that day UTC) or never',
} as const

/** What the vendor keeps about a license beside what is signed. */
export const remarks = {
  '--label <text>': 'a name of your own for it: which site, which project',
  '--tag <word>...': 'a word to find it by; may be repeated',
  '--note <text>': 'anything else; stays in the ledger',
  '--order <ref>': 'the order it belongs to',
  '--invoice <ref>': 'the invoice it belongs to',
  '--subscription <ref>': 'the subscription it belongs to',
} as const

/** What one line of a license says. */
export const lineTerms = {
  '--seats <n>': 'how many may use it; 0 is unlimited',
  '--devices <n>': 'on how many devices; 0 is unlimited',
  '--kind <kind>': 'perpetual, subscription, trial, evaluation, concurrent or named-user',
  '--metric <metric>': 'what a seat counts: seat, device, cpu, core, site or enterprise',
  '--feature <name>...': 'a feature; NAME=N sets its value, NAME=N/hour a rate; may be repeated',
  '--limit <name=n>...': 'a named limit; NAME=N/hour a rate; may be repeated',
  '--activation <rule>': 'none, or required: each device must be activated',
  '--maintenance <when>': 'builds made until then are covered: a term, a date or never',
  '--versions <range>': 'builds that are covered: 2.0..3 is 2.0 and all before 3; 2.0.., ..3 or any',
  '--restrict <rule>...':
    'where it holds: domain=acme.example, country=DE,AT, ip=10.0.0.0/8; != where not; none; may be repeated',
} as const

/** What a license says once, for all its lines. */
export const licenseTerms = {
  '--licensee <name>': 'the name in the license (default: the name of the customer)',
  '--grace <hours>': 'how long it still runs after its end',
  '--fresh <days>': 'how old the newest revocation list on a device may be',
} as const

/** For verbs that can be about one line of a license. */
export const oneLine = { '--product <slug>': 'only the line for this product' } as const

/** For changes that somebody may ask about later. */
export const reasoned = { '--reason <text>': 'why; kept in the ledger', ...mutating } as const

export const moving = { ...oneLine, ...reasoned } as const

/** For commands that take a file of rows. */
export const batch = {
  '--format <format>': 'csv or ndjson, where the name of the file does not say it',
  '--fail-fast': 'stop at the first row that fails',
  '--ignore-column <name>...': 'skip this column of the file; may be repeated; columns: lic help bulk',
} as const

/** For batches that hand licenses over. */
export const rowFiles = {
  '--out-dir <dir>': 'with --from: one .lic file a row, in this directory',
  '--allow-duplicates': 'with --from: equal rows are meant, each is done',
} as const

export const batchOfMoves = {
  '--from <file>': 'every row of this CSV or NDJSON file, with columns key, product and reason; - is stdin',
} as const

/** For commands of a customer: where the state of the device lies. */
export const onDevice = {
  '--state <dir>': 'where the state of this device lies (LIC_STATE)',
  '--system': 'the state in /var/lib/lic, readable by the group of that directory: for a service',
} as const

/** For commands that change the state of a device. */
export const changing = { '--dry-run': 'work everything out, write nothing', ...onDevice } as const
