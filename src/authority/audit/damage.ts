/** What is wrong with a ledger: the table, the row, and what does not fit. The first is what a person looks at first. */

import { MISSING } from '../../ledger/health.ts'

export interface Damage {
  /** As in the database; `file` for what SQLite itself finds, `schema` for the tables' own definitions. */
  readonly table: string
  /** Its key, as words: a number, `level 1 position 3`, `license 7 number 0`. */
  readonly row: string
  /** One lower-case sentence without a full stop. */
  readonly what: string
}

export const damage = (table: string, row: string | number, what: string): Damage => ({
  table,
  row: String(row),
  what,
})

/** A definition that is not what it should be, where nothing that was recorded is gone with it: a copy of the ledger has what is due. */
export const isDefinition = ({ table, row, what }: Damage): boolean =>
  table === 'schema' && !(row.startsWith('table ') && what === MISSING)
