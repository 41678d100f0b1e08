/** Devices at sites without network: their requests answered, their places given up, codes for a bad night. */

import { type Command, command } from '../declare.ts'
import { ofBrand, reasoned, signing, unkeyed, unlocking } from './flags.ts'

export const ACTIVATION: readonly Command[] = [
  command({
    usage: 'respond <request...>',
    audience: 'vendor',
    summary: 'answer the request of a device: a place is taken, an activation signed',
    flags: {
      '--customer <id|email>': 'who is meant to ask; another is refused',
      '--lease <term>': 'until when: then the device asks again (90d, 1y)',
      '--label <text>': 'a name for the device; default: the one that it sends along',
      '--new-place': 'it is one more device that looks like one with a place',
      '--replaces <activation>': 'it takes the place of this activation, whose device has lost everything',
      '--weak-device': 'let it in although it shows too little to be told from others; for a lease of 90d, or --lease',
      '--clock-confirmed': 'somebody has looked: the clock of the device is right now',
      '--typed': 'five numbered lines to read out; they carry no chain, list or emergency anchor',
      '--reason <text>': 'why; kept in the ledger',
      '--out <file>': 'write the answer to this file; - is stdout',
      '--qr <file>': 'write its QR code as .png or .svg; - draws it on the terminal, in parts where that is narrow',
      '--armor': 'as text that survives an e-mail: in --out, else on stdout',
      '--force': 'replace files that exist',
      ...signing,
      ...unkeyed,
    },
    examples: [
      'lic respond request.txt --out answer.lic',
      'lic respond photo.png --customer acme --label "Paint shop" --qr answer.png',
      'lic respond 40012 8HK8K WEHZ3 E7SVH S2PSM J7HWW 37G77 XD00M 9MF7S XD98Y --typed',
      'lic respond request.txt --replaces 7Q4MW2AB --lease 90d',
    ],
    run: async () => (await import('../commands/respond.ts')).respond,
  }),
  command({
    usage: 'activation list <key>',
    audience: 'vendor',
    summary: 'which devices hold the places of a license',
    flags: {
      '--all': 'those that gave theirs up in the last 90 days as well',
      '--archived': 'those that gave theirs up before that, too',
      ...ofBrand,
    },
    examples: ['lic activation list EDIT-7Q4MW', 'lic activation list EDIT-7Q4MW --all --json'],
    run: async () => (await import('../commands/activation.ts')).list,
  }),
  command({
    usage: 'activation show <id>',
    audience: 'vendor',
    summary: 'everything about one activation',
    flags: ofBrand,
    examples: ['lic activation show 7Q4MW2AB'],
    run: async () => (await import('../commands/activation.ts')).show,
  }),
  command({
    usage: 'activation release <named>',
    audience: 'vendor',
    summary: 'free a place, by the key of the license or the id of the activation',
    flags: {
      '--code <code>': 'the release code that the device shows',
      '--without-proof': 'the device cannot show one; counted, and limited within a year',
      ...reasoned,
    },
    examples: [
      'lic activation release EDIT-7Q4MW --code M082Y-0C20R-A1G74-104GH-M2RCP',
      'lic activation release 7Q4MW2AB --without-proof --reason "disk burnt" --yes',
    ],
    run: async () => (await import('../commands/activation.ts')).release,
  }),
  command({
    usage: 'activation revoke <id>',
    audience: 'vendor',
    summary: 'take the place from a device; publish the list afterwards',
    flags: reasoned,
    examples: ['lic activation revoke 7Q4MW2AB --reason "sold on" --yes'],
    run: async () => (await import('../commands/activation.ts')).revoke,
  }),
  command({
    usage: 'usage import <report...>',
    audience: 'vendor',
    summary: 'take in what sites counted; of each device the newest report counts',
    flags: unkeyed,
    examples: ['lic usage import usage.lic', 'lic usage import 1.jpg 2.jpg', 'cat mail.txt | lic usage import -'],
    run: async () => (await import('../commands/usage-import.ts')).usageImport,
  }),
  command({
    usage: 'emergency <key>',
    audience: 'vendor',
    summary: 'the emergency codes of this hour, to be read out over the phone',
    flags: {
      '--device <activation>': 'a code for this device alone',
      '--reason <text>': 'why; kept in the ledger',
      ...unlocking,
      ...unkeyed,
    },
    examples: [
      'lic emergency EDIT-7Q4MW --reason "main board died, line stands"',
      'lic emergency EDIT-7Q4MW --device 7Q4MW2AB --reason "clock battery"',
    ],
    run: async () => (await import('../commands/emergency.ts')).emergency,
  }),
]
