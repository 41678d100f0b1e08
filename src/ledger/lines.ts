/** The lines of a license: which product, in which tier, for how many. A line's number is never dealt twice. */

import type { Selectable } from 'kysely'
import { insertRow } from './compiled.ts'
import type { LineData } from './event-types.ts'
import type { LinesTable, Reader, Tx } from './schema.ts'

export interface Line extends Required<LineData> {
  /** Revision that took the line away; null while it stands. */
  readonly removed: number | null
}

const lineOf = (row: Selectable<LinesTable>): Line => ({
  number: row.number,
  product: row.product,
  tier: row.tier,
  kind: row.kind,
  metric: row.metric,
  seats: row.seats,
  devices: row.devices,
  activation: row.activation,
  expires: row.expires,
  maintenanceUntil: row.maintenance_until,
  removed: row.removed,
})

const rowOf = (line: LineData) => ({
  product: line.product,
  tier: line.tier,
  kind: line.kind,
  metric: line.metric,
  seats: line.seats ?? null,
  devices: line.devices ?? null,
  activation: line.activation,
  expires: line.expires ?? null,
  maintenance_until: line.maintenanceUntil ?? null,
})

export const addLine = (tx: Tx, license: number, line: LineData): Promise<void> =>
  insertRow(tx, 'lines', { license, number: line.number, ...rowOf(line) })

/** Lines as a revision wrote them: those that are there change, the others are added. */
export const writeLines = async (tx: Tx, license: number, lines: readonly LineData[]): Promise<void> => {
  for (const line of lines) {
    const row = rowOf(line)
    await tx
      .insertInto('lines')
      .values({ license, number: line.number, ...row })
      .onConflict((conflict) => conflict.columns(['license', 'number']).doUpdateSet(row))
      .execute()
  }
}

/** Lines that a revision leaves out; their rows stay, so that their numbers are not dealt again. */
export const removeLines = async (
  tx: Tx,
  license: number,
  numbers: readonly number[],
  revision: number,
): Promise<void> => {
  if (numbers.length === 0) return
  await tx
    .updateTable('lines')
    .set({ removed: revision })
    .where('license', '=', license)
    .where('number', 'in', [...numbers])
    .where('removed', 'is', null)
    .execute()
}

/** Lines of several licenses, by license and number. */
export const linesOf = async (
  db: Reader,
  licenses: readonly number[],
): Promise<ReadonlyMap<number, readonly Line[]>> => {
  const found = new Map<number, Line[]>(licenses.map((license) => [license, []]))
  if (licenses.length === 0) return found
  const query = db
    .selectFrom('lines')
    .selectAll()
    .where('license', 'in', [...licenses])
  for (const row of await query.orderBy('license').orderBy('number').execute())
    found.get(row.license)?.push(lineOf(row))
  return found
}
