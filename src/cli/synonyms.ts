/** Words that people type for what lic calls otherwise: a closed table, read when a command is not known. */

const GONE = 'lic revoke KEY, or lic customer forget CUSTOMER'

const MEANT: Readonly<Record<string, string>> = {
  refund: 'lic revoke KEY',
  delete: GONE,
  remove: GONE,
  upgrade: 'lic change KEY --tier TIER',
  downgrade: 'lic change KEY --tier TIER',
  edit: 'lic change KEY',
  extend: 'lic renew KEY --for 1y',
  prolong: 'lic renew KEY --for 1y',
  pause: 'lic suspend KEY',
  resume: 'lic reinstate KEY',
  unsuspend: 'lic reinstate KEY',
  search: 'lic find WORDS',
  lookup: 'lic find WORDS',
  export: 'lic list --csv',
  history: 'lic log KEY',
  print: 'lic show KEY --sheet FILE',
  send: 'lic show KEY --armor',
  license: 'lic issue',
  licence: 'lic issue',
  create: 'lic issue',
  generate: 'lic issue',
  sell: 'lic issue',
  check: 'lic verify FILE',
  validate: 'lic verify FILE',
  import: 'lic customer import FILE, or lic issue --from FILE',
  backup: 'lic help admin',
  restore: 'lic help admin',
}

export const SYNONYMS: ReadonlyMap<string, string> = new Map(Object.entries(MEANT))

/** Commands that sign anew; what the vendor keeps beside a license is not theirs to change. */
const SIGNING = new Set(['renew', 'change', 'transfer'])
const REMARK = /^--(order|invoice|subscription|label|tag|note)$/

/** The hint for an option that a command does not have, where another command is meant. */
export const elsewhere = (command: string, option: string): string | undefined =>
  SIGNING.has(command) && REMARK.test(option) ? `what is kept beside a license: lic note KEY ${option} TEXT` : undefined
