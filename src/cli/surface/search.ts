/** How licenses and customers are found again, and what happened to them. */

import { type Command, command } from '../declare.ts'
import { happened, ofBrand, paging } from './flags.ts'

export const SEARCH: readonly Command[] = [
  command({
    usage: 'list',
    audience: 'vendor',
    summary: 'licenses, newest first',
    flags: {
      '--customer <id>': 'of this customer',
      '--email <address>': 'of everyone with this address, in all brands unless --brand names one',
      '--product <slug>': 'for this product',
      '--tier <tier>': 'of this tier',
      '--tag <word>...': 'with this tag, or of a customer with it; may be repeated: with all of them',
      ...ofBrand,
      '--status <status>': 'pending, active, suspended, revoked, cancelled, expired or superseded',
      '--expiring <when>': 'that end within this term, or by this date: 30d, 2027-01-31',
      ...paging,
    },
    examples: ['lic list', 'lic list --expiring 30d --json', 'lic list --customer acme --status active --csv'],
    run: async () => (await import('../commands/list.ts')).list,
  }),
  command({
    usage: 'find <text...>',
    audience: 'vendor',
    summary: 'customers and licenses by name, address, note, label, order, tag or key',
    flags: { ...ofBrand, ...paging },
    examples: ['lic find globex', 'lic find "müll gmbh"', 'lic find A-4711', 'lic find EDIT-7Q4MW'],
    run: async () => (await import('../commands/find.ts')).find,
  }),
  command({
    usage: 'log',
    audience: 'vendor',
    summary: 'what happened, newest first',
    flags: {
      ...happened,
      ...ofBrand,
      ...paging,
    },
    examples: ['lic log', 'lic log --type license.revoked --since 30d', 'lic log --key EDIT-7Q4MW --json'],
    run: async () => (await import('../commands/log.ts')).log,
  }),
]
