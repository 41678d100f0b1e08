/**
 * The whole command surface on one page. One entry a command: how it is written, what it does, its flags, examples,
 * and the file that carries it out, loaded only when the command runs. Scripts rely on what stands here: flags are
 * added freely, never renamed or taken away. A command without `run` is not written yet and is not offered.
 */

import { help } from './commands/help.ts'
import { type Command, command } from './declare.ts'

/** For commands that change the ledger. */
const mutating = {
  '--dry-run': 'work everything out, write nothing',
  '--idempotency-key <key>': 'the same key again gives the first answer again and changes nothing',
  '--actor <name>': 'who acts, for the record (LIC_ACTOR; else the system user)',
  '--clock-ok': 'go on although the clock is far ahead of the newest entry of the ledger',
} as const

/** For commands that use a private key. */
const unlocking = {
  '--passphrase-file <file>': 'read the passphrase from the first line of this file (LIC_PASSPHRASE_FILE)',
  '--passphrase-fd <number>': 'read the passphrase from this open file descriptor',
} as const

/** For commands that hand over a license. */
const handover = {
  '--out <file>': 'write the license to this file; - is stdout',
  '--qr <file>': 'write its QR code as .png or .svg; - draws it on the terminal, in parts where that is narrow',
  '--armor': 'as text that survives an e-mail: in --out, else on stdout',
  '--force': 'replace files that exist',
} as const

const term = {
  '--expires <when>': 'a term (14d, 6mo, 1y), a date (2027-01-31, until the end of that day UTC) or never',
} as const

const moving = { '--reason <text>': 'why; kept in the ledger', ...mutating } as const

export const COMMANDS: readonly Command[] = [
  command({
    usage: 'init',
    audience: 'vendor',
    summary: 'create the keys, the ledger, the first brand and the starter tiers',
    flags: {
      '--name <name>': 'the name of the authority, as customers know it',
      '--prefix <letters>': 'what license keys of the first brand begin with (default: made from the name)',
      '--no-passphrase': 'leave the keys unlocked on disk; for trying out and for machines that protect the disk',
      '--passphrase-file <file>...':
        'read the passphrase from the first line; ROLE=FILE for one key (LIC_PASSPHRASE_FILE)',
      '--passphrase-fd <number>': 'read the passphrase from this open file descriptor',
      '--ephemeral': 'a throw-away authority without passphrase in a temporary directory, for tests',
      '--dry-run': 'work everything out, write nothing',
      '--actor <name>': 'who acts, for the record (LIC_ACTOR; else the system user)',
    },
    examples: [
      'lic init --name "Acme Ltd"',
      'lic init --name Acme --passphrase-file pass.txt --passphrase-file root=root-pass.txt',
      'lic init --ephemeral --json',
    ],
    run: async () => (await import('./commands/init.ts')).init,
  }),
  command({
    usage: 'issue',
    audience: 'vendor',
    summary: 'sign a license and record it',
    flags: {
      '--customer <id|email>': 'who gets it',
      '--product <slug>...': 'what for; SLUG:seats=5,tier=T gives a line its own terms; may be repeated',
      '--tier <tier>': 'what it opens; the tier supplies every term that is not given here',
      ...term,
      '--starts <when>': 'not valid before this date or time',
      '--seats <n>': 'how many may use it; 0 is unlimited',
      '--devices <n>': 'on how many devices; 0 is unlimited',
      '--kind <kind>': 'perpetual, subscription, trial, evaluation, concurrent or named-user',
      '--metric <metric>': 'what a seat counts: seat, device, cpu, core, site or enterprise',
      '--feature <name>...': 'a feature; NAME=N sets its value, NAME=N/hour a rate; may be repeated',
      '--limit <name=n>...': 'a named limit; NAME=N/hour a rate; may be repeated',
      '--activation <rule>': 'none, or required: each device must be activated',
      '--emergency': 'allow emergency codes for this license',
      '--test': 'a test license: release builds refuse it',
      '--compact': 'leave the chain of certificates out, for the smallest QR code',
      '--create-customer': 'create the customer if the address is new',
      '--customer-name <name>': 'the name of the customer that is created',
      '--reason <text>': 'why; kept in the ledger',
      '--brand <brand>': 'the brand of a customer that is created (LIC_BRAND)',
      ...handover,
      ...unlocking,
      ...mutating,
    },
    examples: [
      'lic issue --customer acme --product editor --tier professional --expires 1y --out acme.lic',
      'lic issue --customer bo@example.com --product editor --tier basic --expires 6mo --qr acme.png',
      'lic issue --customer acme --product editor:seats=5 --product viewer --tier basic --expires 2027-12-31',
    ],
    run: async () => (await import('./commands/issue.ts')).issue,
  }),
  command({
    usage: 'renew <key>',
    audience: 'vendor',
    summary: 'sign a new revision that ends later',
    flags: {
      '--for <term>': 'how much longer: counted from the old end while it runs or is in grace, else from now',
      '--until <date>': 'the new end; a date without a time ends at 23:59:59Z',
      '--from <time>': 'count from here instead',
      ...handover,
      ...unlocking,
      ...moving,
    },
    examples: ['lic renew EDIT-7Q4MW --for 1y --out acme.lic', 'lic renew EDIT-7Q4MW --until 2028-01-31'],
    run: async () => (await import('./commands/renew.ts')).renew,
  }),
  command({
    usage: 'revoke <key>',
    audience: 'vendor',
    summary: 'withdraw a license; publish the list afterwards',
    flags: moving,
    examples: ['lic revoke EDIT-7Q4MW --reason refund --yes'],
    run: async () => (await import('./commands/move.ts')).moveBy('revoke'),
  }),
  command({
    usage: 'suspend <key>',
    audience: 'vendor',
    summary: 'pause a license',
    flags: moving,
    examples: ['lic suspend EDIT-7Q4MW --reason "invoice 4711 open"'],
    run: async () => (await import('./commands/move.ts')).moveBy('suspend'),
  }),
  command({
    usage: 'reinstate <key>',
    audience: 'vendor',
    summary: 'end a suspension or a revocation',
    flags: moving,
    examples: ['lic reinstate EDIT-7Q4MW --reason "invoice 4711 paid"'],
    run: async () => (await import('./commands/move.ts')).moveBy('reinstate'),
  }),
  command({
    usage: 'cancel <key>',
    audience: 'vendor',
    summary: 'end a license for good',
    flags: moving,
    examples: ['lic cancel EDIT-7Q4MW --reason "customer left" --yes'],
    run: async () => (await import('./commands/move.ts')).moveBy('cancel'),
  }),
  command({
    usage: 'show <key>',
    audience: 'vendor',
    summary: 'everything about one license; --out hands it over again',
    flags: { ...handover, '--compact': 'leave the chain of certificates out, for the smallest QR code' },
    examples: ['lic show EDIT-7Q4MW', 'lic show EDIT-7Q4MW --out acme.lic'],
    run: async () => (await import('./commands/show.ts')).show,
  }),
  command({
    usage: 'list',
    audience: 'vendor',
    summary: 'licenses, newest first',
    flags: {
      '--customer <id>': 'of this customer',
      '--email <address>': 'of everyone with this address, in all brands',
      '--product <slug>': 'for this product',
      '--tier <tier>': 'of this tier',
      '--brand <brand>': 'of this brand',
      '--status <status>': 'pending, active, suspended, revoked, cancelled, expired or superseded',
      '--expiring <term>': 'that end within this term: 30d',
      '--limit <n>': 'at most so many (default 50)',
      '--cursor <cursor>': 'go on where the page before ended',
    },
    examples: ['lic list', 'lic list --expiring 30d --json', 'lic list --customer acme --status active'],
    run: async () => (await import('./commands/list.ts')).list,
  }),
  command({
    usage: 'customer add',
    audience: 'vendor',
    summary: 'add a customer',
    flags: {
      '--name <name>': 'the name that licenses carry',
      '--email <address>': 'where to reach them',
      '--id <id>': 'an id of your own (default: dealt at random, since it stays in the log)',
      '--brand <brand>': 'the brand they belong to',
      '--notes <text>': 'anything else; stays in the ledger',
      ...mutating,
    },
    examples: ['lic customer add --name "Acme Ltd" --email it@acme.example --id acme'],
    run: async () => (await import('./commands/customer.ts')).customerAdd,
  }),
  command({
    usage: 'customer list',
    audience: 'vendor',
    summary: 'customers by id',
    flags: {
      '--brand <brand>': 'of this brand',
      '--email <address>': 'with this address',
      '--limit <n>': 'at most so many (default 50)',
      '--cursor <cursor>': 'go on where the page before ended',
    },
    examples: ['lic customer list'],
    run: async () => (await import('./commands/customer.ts')).customerList,
  }),
  command({
    usage: 'customer show <customer>',
    audience: 'vendor',
    summary: 'one customer and the licenses they hold',
    flags: {},
    examples: ['lic customer show acme', 'lic customer show it@acme.example --json'],
    run: async () => (await import('./commands/customer.ts')).customerShow,
  }),
  command({
    usage: 'product add <slug>',
    audience: 'vendor',
    summary: 'add a product',
    flags: {
      '--name <name>': 'the name that people read',
      '--prefix <letters>': 'what its license keys begin with (default: the prefix of the brand)',
      '--brand <brand>': 'the brand it belongs to',
      ...mutating,
    },
    examples: ['lic product add editor --name "Acme Editor" --prefix EDIT'],
    run: async () => (await import('./commands/product.ts')).productAdd,
  }),
  command({
    usage: 'product list',
    audience: 'vendor',
    summary: 'products by slug',
    flags: { '--brand <brand>': 'of this brand' },
    examples: ['lic product list'],
    run: async () => (await import('./commands/product.ts')).productList,
  }),
  command({
    usage: 'product show <product>',
    audience: 'vendor',
    summary: 'one product',
    flags: {},
    examples: ['lic product show editor'],
    run: async () => (await import('./commands/product.ts')).productShow,
  }),
  command({
    usage: 'brand add <brand>',
    audience: 'vendor',
    summary: 'add a brand',
    flags: {
      '--name <name>': 'the name that people read',
      '--prefix <letters>': 'what its license keys begin with',
      ...mutating,
    },
    examples: ['lic brand add acme --name Acme --prefix ACME'],
    run: async () => (await import('./commands/brand.ts')).brandAdd,
  }),
  command({
    usage: 'brand list',
    audience: 'vendor',
    summary: 'brands by slug',
    flags: {},
    examples: ['lic brand list'],
    run: async () => (await import('./commands/brand.ts')).brandList,
  }),
  command({
    usage: 'brand show <brand>',
    audience: 'vendor',
    summary: 'one brand and its products',
    flags: {},
    examples: ['lic brand show acme'],
    run: async () => (await import('./commands/brand.ts')).brandShow,
  }),
  command({
    usage: 'tier add <file>',
    audience: 'vendor',
    summary: 'add a tier from a TOML file',
    flags: { '--brand <brand>': 'for this brand', ...mutating },
    examples: ['lic tier add team.toml', 'lic tier add - < team.toml'],
    run: async () => (await import('./commands/tier.ts')).tierAdd,
  }),
  command({
    usage: 'tier list',
    audience: 'vendor',
    summary: 'tiers, lowest first',
    flags: { '--brand <brand>': 'of this brand' },
    examples: ['lic tier list'],
    run: async () => (await import('./commands/tier.ts')).tierList,
  }),
  command({
    usage: 'tier show <tier>',
    audience: 'vendor',
    summary: 'what a tier opens',
    flags: { '--brand <brand>': 'of this brand' },
    examples: ['lic tier show professional'],
    run: async () => (await import('./commands/tier.ts')).tierShow,
  }),
  command({
    usage: 'key list',
    audience: 'vendor',
    summary: 'the keys of this authority, what each may sign, until when',
    flags: {},
    examples: ['lic key list'],
    run: async () => (await import('./commands/key-list.ts')).keyList,
  }),
  command({
    usage: 'revocations publish',
    audience: 'vendor',
    summary: 'sign the list of what is revoked and suspended',
    flags: {
      '--out <file>': 'write the list to this file; - is stdout',
      '--force': 'replace the file if it exists',
      ...unlocking,
      ...mutating,
    },
    examples: ['lic revocations publish --out revoked.lrl --force'],
    run: async () => (await import('./commands/revocations-publish.ts')).revocationsPublish,
  }),
  command({
    usage: 'trust export',
    audience: 'vendor',
    summary: 'the root public keys, to build into a product (PEM)',
    flags: { '--out <file>': 'write to this file; - is stdout', '--force': 'replace the file if it exists' },
    examples: ['lic trust export --out root.pub'],
    run: async () => (await import('./commands/trust-export.ts')).trustExport,
  }),
  command({
    usage: 'verify <license>',
    audience: 'anyone',
    summary: 'check a license: exit 0 when it stands, 7 when it does not',
    flags: {
      '--root <file>': 'root public keys to trust (default: the own authority and its ledger)',
      '--product <slug>': 'it must be for this product',
      '--revocations <file>': 'a revocation list to hold it against',
      '--at <time>': 'as of this time instead of now',
      '--allow-test': 'accept test licenses, as a test build does',
    },
    examples: [
      'lic verify acme.lic --root root.pub',
      'lic verify acme.png --root root.pub --product editor --revocations revoked.lrl',
      'cat acme.lic | lic verify - --root root.pub --json',
    ],
    run: async () => (await import('./commands/verify.ts')).verify,
  }),
  command({
    usage: 'inspect <object>',
    audience: 'anyone',
    summary: 'what is inside a license, list or certificate, checked or not, clearly marked',
    flags: { '--root <file>': 'root public keys to check it against' },
    examples: ['lic inspect acme.lic', 'lic inspect LIC1-2V8M...', 'lic inspect photo.png'],
    run: async () => (await import('./commands/inspect.ts')).inspect,
  }),
  command({
    usage: 'demo',
    audience: 'anyone',
    summary: 'play the whole story in a directory of its own',
    flags: { '--dir <dir>': 'keep what it makes here (default: a temporary directory)' },
    examples: ['lic demo', 'lic demo --dir ./lic-demo'],
    run: async () => (await import('./commands/demo.ts')).demo,
  }),
  command({
    usage: 'help [topic...]',
    audience: 'anyone',
    summary: 'explain a command, an error code or a topic',
    flags: {},
    examples: ['lic help issue', 'lic help exit-codes', 'lic help LICENSE_EXPIRED'],
    // Loaded with everything else: a slip on the command line may need it, and one file less is opened.
    run: async () => help,
  }),
]

/** The commands that exist. */
export const OFFERED = COMMANDS.filter(({ run }) => run !== undefined)
