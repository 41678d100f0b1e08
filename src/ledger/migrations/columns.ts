/** Column types that differ between dialects, and the few that every migration shares. The only place that names them. */

import { type ColumnDataType, type RawBuilder, sql } from 'kysely'

/** Bytes: `blob` for SQLite; PostgreSQL says `bytea`. */
export const BYTES: ColumnDataType | RawBuilder<unknown> = 'blob'
/** Whole numbers up to 2^53: ids, seconds, minor units of money. */
export const WHOLE: ColumnDataType = 'bigint'
/**
 * A primary key of small whole numbers that lies in the table itself. SQLite wants exactly the word `integer` for that;
 * PostgreSQL says `bigint`.
 */
export const ROW_ID: ColumnDataType = 'integer'
/** Keeps a table in the order of its primary key, without a second copy of the key. PostgreSQL has no such word: empty. */
export const CLUSTERED = sql`without rowid`
