/**
 * The ledger's tables as TypeScript sees them. One interface a table, columns
 * named as in SQL. Bytes are Uint8Array, times whole unix seconds, marks 0 or 1, money whole minor units beside its
 * currency, JSON canonical text. Invariant: everything but `events`, `signed_objects` and `private_texts` is a fold
 * over those three (project.ts), so nothing else writes the other tables.
 */

import type { ColumnType, Generated, Kysely, Transaction } from 'kysely'
import type { BackupsTable, CheckpointsTable, TreeNodesTable } from './log-tables.ts'

/** 0 or 1: the one spelling of a boolean that every dialect stores alike. */
export type Mark = 0 | 1

export type LicenseState = 'active' | 'suspended' | 'revoked' | 'cancelled' | 'superseded'
export type KeyRole = 'root' | 'issuing' | 'list' | 'audit' | 'emergency' | 'delegated'
export type KeyState = 'active' | 'retired' | 'compromised'

export interface MetaTable {
  name: string
  value: string
}

/** The truth, append-only. `bytes` is the canonical envelope (envelope.ts), the other columns only find it. */
export interface EventsTable {
  id: Generated<number>
  /** Position in the log, dealt once by the sequencer; null until then. */
  place: ColumnType<number | null, null | undefined, number>
  at: number
  /** Number of the entity's kind (envelope.ts), its id as bytes, and its version: unique together. */
  entity_kind: number
  entity_id: Uint8Array
  entity_version: number
  /** cti of the license that an event of another entity (activation, code) belongs to. */
  license: Uint8Array | null
  /** RFC 6962 leaf: SHA-256(0x00 || bytes). */
  leaf: Uint8Array
  bytes: Uint8Array
}

/** Clear text behind a commitment of an event; `value` and `salt` go when the customer is forgotten. */
export interface PrivateTextsTable {
  event: number
  /** 'reason', or a name of the event's texts. */
  name: string
  salt: Uint8Array | null
  value: string | null
  customer: string | null
}

/** What was signed, under the event that recorded it and holds its hash. `bytes` goes when the customer is forgotten. */
export interface SignedObjectsTable {
  event: number
  bytes: Uint8Array | null
  /** Object type of FORMAT 3: 1 license, 2 certificate, 3 activation ... Whose it is, the event and its rows say. */
  type: number
}

export interface BrandsTable {
  slug: string
  name: string
  prefix: string
  created_at: number
}

export interface ProductsTable {
  slug: string
  brand: string
  name: string
  /** The product's own key prefix; null: the brand's. */
  prefix: string | null
  created_at: number
}

export interface BundlesTable {
  slug: string
  brand: string
  name: string
  /** JSON: the products and tiers that it stands for. */
  items: string
  created_at: number
}

export interface TiersTable {
  brand: string
  code: string
  rank: number | null
  ladder: string | null
  title: string
  description: string | null
  active: Mark
  popular: Mark
  /** JSON: [{ amount, currency, period }] with amount in minor units. */
  prices: string | null
  kind: string
  metric: string
  /** Terms as typed ("14d", "1y"); null: asked for at issue. */
  term: string | null
  seats: number | null
  devices: number | null
  activation: string
  grace_hours: number | null
  fresh_days: number | null
  auto_renew: Mark
  /** JSON: the rules of a trial of this tier. */
  trial: string | null
  /** JSON: name -> value as a license line writes it. */
  features: string
  limits: string
  /** JSON: feature name -> title for people. */
  feature_titles: string | null
  emergency: Mark
  created_at: number
}

export interface CustomersTable {
  id: string
  brand: string
  name: string | null
  email: string | null
  /** Lower case, for finding; null when forgotten. */
  email_key: string | null
  company: string | null
  country: string | null
  reseller: string | null
  notes: string | null
  metadata: string | null
  tags: string | null
  created_at: number
  forgotten_at: number | null
}

export interface LicensesTable {
  /** Number of the event that issued it: small, and rises with time, so that a page of licenses is a range. */
  id: number
  cti: Uint8Array
  /** First five bytes of cti as one integer, unique: a request names its license by them. */
  cti_prefix: number
  prefix: string
  brand: string
  customer: string
  state: LicenseState
  revision: number
  test: Mark
  /** Of the current revision. `expires` null: never. */
  issued_at: number
  starts: number | null
  expires: number | null
  activation_required: Mark
  first_activated_at: number | null
  reseller: string | null
  template: string | null
  order_ref: string | null
  invoice_ref: string | null
  subscription_ref: string | null
  price: number | null
  currency: string | null
  auto_renew: Mark | null
  notes: string | null
  metadata: string | null
  tags: string | null
  legacy_key: string | null
  source: string
  /** Key of an earlier system, kept only as a hash. */
  key_hash: Uint8Array | null
  /** For a license that a transfer made: the one it took over from; and the other way round. */
  replaces: Uint8Array | null
  replaced_by: Uint8Array | null
  /** The vendor's own name for it: which site, which project. */
  label: string | null
  /** When the first of its lines ends; null: none does. */
  ends: number | null
}

export interface LinesTable {
  license: number
  /** 0 to 15, dealt once per key. */
  number: number
  product: string
  tier: string
  kind: string
  metric: string
  seats: number | null
  devices: number | null
  activation: string
  expires: number | null
  maintenance_until: number | null
  /** Revision that took the line away; null while it stands. */
  removed: number | null
}

export interface RevisionsTable {
  license: number
  number: number
  issued_at: number
  starts: number | null
  expires: number | null
  signer: Uint8Array
  /** The event that recorded it; its signed object lies in signed_objects under the same number. */
  event: number
  anchor_epoch: number | null
  anchor_base: number | null
  anchor_n: number | null
  actor: string
  /** Revision that a typed extension was made for when this one was: what the site has. */
  installed: number | null
}

export interface StatusIndexesTable {
  /** 32 bits: 12 of list, 20 of place; below zero: no place, named by the key (status-indexes.ts). */
  index: number
  license: number
  line: number
  /** Revision that it was dealt in. */
  revision: number
  /** 0 valid, 1 revoked, 2 suspended: what the next list says. */
  status: number
}

/** One row a list opened: how many of its places are dealt, so that nobody counts the table. */
export interface StatusListsTable {
  number: number
  dealt: number
}

/** The newest revocation list of each name. */
export interface RevocationListsTable {
  sub: string
  number: number
  count: number
  published_at: number
  event: number
}

export interface ActivationsTable {
  /** Release anchor; its first eight symbols are the id that both sides show. */
  anchor: Uint8Array
  license: number
  line: number
  device: Uint8Array
  label: string | null
  binding: string | null
  instance: string | null
  machine_name: string | null
  os: string | null
  app_version: string | null
  type: string
  role: string
  lease_until: number | null
  activated_at: number
  last_seen_at: number | null
  released_at: number | null
  release_reason: string | null
  replaced_by: Uint8Array | null
  usage: string | null
  event: number
  /** Anchor of the first activation of the place that it holds or held; null: an answer that takes none. */
  place: Uint8Array | null
  /** Its number among the places of the line, from 1; null: none was dealt. */
  place_number: number | null
  /** The 30 bytes that were answered; empty, like `device`, when the customer is forgotten. */
  request: Uint8Array | null
  /** How it ended (activations.ts); null while it stands. `released_at` is when. */
  ended: string | null
  weak: Mark
  clock: Mark
  /** 1: lists name its anchor until its lease ends. */
  listed: Mark
  /** The revocation list that was handed over beside it: number of the list, and of its publishing. */
  list: number | null
  list_number: number | null
  /** Version of the trust bundle that was handed over beside it. */
  bundle: number | null
  /** 1: five typed lines. */
  typed: Mark
  /** The event whose signed object is the device's emergency anchor, and what that covers. */
  anchored: number | null
  anchor_revision: number | null
  anchor_epoch: number | null
  anchor_base: number | null
  anchor_n: number | null
}

/** The newest usage report of each device. */
export interface UsageReportsTable {
  license: number
  line: number
  /** Release anchor; empty: the license takes no places. */
  activation: Uint8Array
  number: number
  from_at: number
  until_at: number
  /** JSON: name -> number, and of days name -> [first, [count, ...]]. */
  totals: string
  peaks: string
  days: string
  reported_at: number
  event: number
}

export interface KeysTable {
  kid: Uint8Array
  role: KeyRole
  name: string | null
  /** Null for the emergency secret, which has no public half. */
  public_key: Uint8Array | null
  file: string | null
  /** Of an emergency secret. */
  epoch: number | null
  state: KeyState
  signer: Uint8Array | null
  not_before: number | null
  not_after: number | null
  /** The event whose signed object is the certificate; of a root that another links to, the link. */
  certified: number | null
  created_at: number
  /** Licenses of a delegated key that the ledger has taken in. */
  taken: Generated<number>
  /** The event that made it: the order of keys. */
  created: number
  compromised_at: number | null
  tree_size: number | null
  tree_root: Uint8Array | null
  /** What the newest trust bundle says of it. */
  lifted: Mark
  ended_at: number | null
}

/** One row a version that was published. */
export interface TrustBundlesTable {
  version: number
  signer: Uint8Array
  published_at: number
  event: number
}

export interface EmergencyCodesTable {
  license: number
  revision: number
  /** The absolute hour that the code stands for. */
  hour: number
  /** Release anchor of the device that it is for; empty: every device of the license. */
  activation: Uint8Array
  given_at: number
  event: number
}

export interface IdempotencyKeysTable {
  key: string
  verb: string
  request_hash: Uint8Array
  event: number
  at: number
}

/** What `lic find` looks through: folded words of the texts about a customer and about each of their licenses. */
export interface WordsTable {
  word: string
  customer: string
  /** Number of the license; 0: the customer's own texts. */
  license: number
}

export interface Tables {
  meta: MetaTable
  events: EventsTable
  private_texts: PrivateTextsTable
  signed_objects: SignedObjectsTable
  brands: BrandsTable
  products: ProductsTable
  bundles: BundlesTable
  tiers: TiersTable
  customers: CustomersTable
  licenses: LicensesTable
  lines: LinesTable
  revisions: RevisionsTable
  status_indexes: StatusIndexesTable
  status_lists: StatusListsTable
  revocation_lists: RevocationListsTable
  activations: ActivationsTable
  usage_reports: UsageReportsTable
  keys: KeysTable
  trust_bundles: TrustBundlesTable
  emergency_codes: EmergencyCodesTable
  idempotency_keys: IdempotencyKeysTable
  words: WordsTable
  tree_nodes: TreeNodesTable
  checkpoints: CheckpointsTable
  backups: BackupsTable
}

/** What reads are asked of: the open ledger's `db`, or a transaction. */
export type Reader = Kysely<Tables>
/** What writes are asked of. */
export type Tx = Transaction<Tables>
