/**
 * What the example keeps: one company, its users and its orders, in SQLite. Nothing of the license is in it but the name that
 * the company was made from, so that a license that ends or is replaced takes nothing away.
 */

import { randomBytes } from 'node:crypto'
import Database from 'better-sqlite3'

export interface Company {
  readonly name: string
  /** The customer's id at the vendor, where the license tells one. */
  readonly customer: string | null
}

export interface User {
  readonly name: string
  /** Salt and scrypt of the password. */
  readonly salt: Uint8Array
  readonly hash: Uint8Array
}

export interface Order {
  readonly id: number
  readonly item: string
  readonly amount: number
  readonly by: string
  /** Unix seconds. */
  readonly at: number
}

const TABLES = `
  CREATE TABLE IF NOT EXISTS company (one INTEGER PRIMARY KEY CHECK (one = 1), name TEXT NOT NULL, customer TEXT) STRICT;
  CREATE TABLE IF NOT EXISTS secret (one INTEGER PRIMARY KEY CHECK (one = 1), bytes BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, salt BLOB NOT NULL, hash BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY, item TEXT NOT NULL, amount INTEGER NOT NULL, by TEXT NOT NULL, at INTEGER NOT NULL
  ) STRICT;
`

export type Store = ReturnType<typeof openStore>

export const openStore = (path: string) => {
  const db = new Database(path)
  db.pragma('journal_mode = WAL')
  db.exec(TABLES)
  db.prepare('INSERT OR IGNORE INTO secret VALUES (1, ?)').run(randomBytes(32))
  const company = db.prepare<[], Company>('SELECT name, customer FROM company')
  const users = db.prepare<[], User>('SELECT * FROM users ORDER BY name')
  const user = db.prepare<[string], User>('SELECT * FROM users WHERE name = ?')
  const orders = db.prepare<[number], Order>('SELECT * FROM orders ORDER BY id DESC LIMIT ?')
  const sums = db.prepare<[], { item: string; orders: number; amount: number }>(
    'SELECT item, count(*) AS orders, sum(amount) AS amount FROM orders GROUP BY item ORDER BY item',
  )
  return {
    /** What sessions are signed with. */
    secret: (): string =>
      (db.prepare<[], { bytes: Buffer }>('SELECT bytes FROM secret').get()?.bytes ?? randomBytes(32)).toString('hex'),
    company: (): Company | undefined => company.get(),
    setCompany: ({ name, customer }: Company): void =>
      void db.prepare('INSERT OR REPLACE INTO company VALUES (1, ?, ?)').run(name, customer),
    users: (): readonly User[] => users.all(),
    user: (name: string): User | undefined => user.get(name),
    /** @returns whether the name was free */
    addUser: ({ name, salt, hash }: User): boolean =>
      db.prepare('INSERT OR IGNORE INTO users VALUES (?, ?, ?)').run(name, salt, hash).changes > 0,
    orders: (most: number): readonly Order[] => orders.all(most),
    addOrder: (order: Omit<Order, 'id'>): void =>
      void db.prepare('INSERT INTO orders (item, amount, by, at) VALUES (@item, @amount, @by, @at)').run(order),
    sums: () => sums.all(),
    close: (): void => void db.close(),
  }
}
