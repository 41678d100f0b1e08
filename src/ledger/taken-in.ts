/** What was taken in from delegated keys, counted: which customer has several licenses for one product, and which domain. */

import { sql } from 'kysely'
import type { Reader } from './schema.ts'

export interface Several {
  readonly customer: string
  readonly email: string | null
  readonly product: string
  readonly licenses: number
}

/** Every customer and product with a license that was taken in; by customer, then product. */
export const takenIn = async (db: Reader): Promise<readonly Several[]> =>
  db
    .selectFrom('licenses')
    .innerJoin('lines', 'lines.license', 'licenses.id')
    .innerJoin('customers', 'customers.id', 'licenses.customer')
    .select(['licenses.customer', 'customers.email_key as email', 'lines.product'])
    .select((eb) => eb.fn.countAll<number>().as('licenses'))
    // Said as the index says it, so that the index is used.
    .where(sql.ref('licenses.source'), '=', sql.lit('import'))
    .groupBy(['licenses.customer', 'lines.product'])
    .orderBy('licenses.customer')
    .orderBy('lines.product')
    .execute()
