/**
 * Version 1: every table of the ledger (schema.ts says what the columns mean), the indexes that keep a page of licenses
 * independent of their number, and the triggers that make history append-only.
 */

import { type Kysely, type Migration, sql } from 'kysely'
import { isPostgres } from '../engine.ts'
import { keyed, numbered } from './columns.ts'

const index = (db: Kysely<unknown>, table: string, ...columns: string[]) =>
  db.schema
    .createIndex(`${table}_by_${columns.join('_')}`)
    .on(table)
    .columns(columns)

/** The one change that history allows: a place, once, where there was none. */
const appendOnly = async (db: Kysely<unknown>): Promise<void> => {
  await sql`create trigger events_stand before update on events
    when old.place is not null or new.place is null or new.id <> old.id or new.at <> old.at
      or new.entity_kind <> old.entity_kind or new.entity_id <> old.entity_id
      or new.entity_version <> old.entity_version or new.license is not old.license
      or new.leaf <> old.leaf or new.bytes <> old.bytes
    begin select raise(abort, 'events are append-only'); end`.execute(db)
  // Replacing deletes without asking the trigger below.
  await sql`create trigger events_follow before insert on events
    when new.id is not null and exists (select 1 from events where id = new.id)
    begin select raise(abort, 'events are append-only'); end`.execute(db)
  await sql`create trigger events_stay before delete on events
    begin select raise(abort, 'events are append-only'); end`.execute(db)
}

const appendOnlyOnPostgres = async (db: Kysely<unknown>): Promise<void> => {
  await sql`create function events_stand() returns trigger language plpgsql as $$
    begin
      if tg_op = 'UPDATE' and old.place is null and new.place is not null
        and row(new.id, new.at, new.entity_kind, new.entity_id, new.entity_version, new.license, new.leaf, new.bytes)
          is not distinct from
          row(old.id, old.at, old.entity_kind, old.entity_id, old.entity_version, old.license, old.leaf, old.bytes)
      then
        return new;
      end if;
      raise exception 'events are append-only' using errcode = 'LIC01';
    end $$`.execute(db)
  await sql`create trigger events_stand before update or delete on events
    for each row execute function events_stand()`.execute(db)
  await sql`create trigger events_stay before truncate on events
    for each statement execute function events_stand()`.execute(db)
}

const history = async (db: Kysely<unknown>): Promise<void> => {
  await keyed(db, 'meta', ['name'], { name: 'text', value: 'text' }).execute()
  await numbered(
    db,
    'events',
    'id',
    {
      place: 'whole?',
      at: 'whole',
      entity_kind: 'small',
      entity_id: 'bytes',
      entity_version: 'small',
      license: 'bytes?',
      leaf: 'bytes',
      bytes: 'bytes',
    },
    true,
  ).execute()
  await index(db, 'events', 'place').unique().execute()
  await index(db, 'events', 'entity_kind', 'entity_id', 'entity_version').unique().execute()
  await index(db, 'events', 'license').where('license', 'is not', null).execute()
  await (isPostgres(db) ? appendOnlyOnPostgres(db) : appendOnly(db))

  await keyed(db, 'private_texts', ['event', 'name'], {
    event: 'whole',
    name: 'text',
    salt: 'bytes?',
    value: 'text?',
    customer: 'text?',
  }).execute()
  await index(db, 'private_texts', 'customer').where('customer', 'is not', null).execute()
  await numbered(db, 'signed_objects', 'event', {
    bytes: 'bytes?',
    type: 'small',
  })
    .addForeignKeyConstraint('signed_objects_event', ['event'], 'events', ['id'])
    .execute()
}

const catalog = async (db: Kysely<unknown>): Promise<void> => {
  await keyed(db, 'brands', ['slug'], { slug: 'text', name: 'text', prefix: 'text', created_at: 'whole' }).execute()
  await keyed(db, 'products', ['slug'], {
    slug: 'text',
    brand: 'text',
    name: 'text',
    prefix: 'text?',
    created_at: 'whole',
  }).execute()
  await keyed(db, 'bundles', ['slug'], {
    slug: 'text',
    brand: 'text',
    name: 'text',
    items: 'text',
    created_at: 'whole',
  }).execute()
  await keyed(db, 'tiers', ['brand', 'code'], {
    brand: 'text',
    code: 'text',
    rank: 'small?',
    ladder: 'text?',
    title: 'text',
    description: 'text?',
    active: 'small',
    popular: 'small',
    prices: 'text?',
    kind: 'text',
    metric: 'text',
    term: 'text?',
    seats: 'whole?',
    devices: 'whole?',
    activation: 'text',
    grace_hours: 'small?',
    fresh_days: 'small?',
    auto_renew: 'small',
    trial: 'text?',
    features: 'text',
    limits: 'text',
    feature_titles: 'text?',
    emergency: 'small',
    created_at: 'whole',
  }).execute()
  await keyed(db, 'customers', ['id'], {
    id: 'text',
    brand: 'text',
    name: 'text?',
    email: 'text?',
    email_key: 'text?',
    company: 'text?',
    country: 'text?',
    reseller: 'text?',
    notes: 'text?',
    metadata: 'text?',
    tags: 'text?',
    created_at: 'whole',
    forgotten_at: 'whole?',
  }).execute()
  await index(db, 'customers', 'email_key').execute()
  await index(db, 'customers', 'brand', 'id').execute()
}

const licenses = async (db: Kysely<unknown>): Promise<void> => {
  await numbered(db, 'licenses', 'id', {
    cti: 'bytes',
    cti_prefix: 'whole',
    prefix: 'text',
    brand: 'text',
    customer: 'text',
    state: 'text',
    revision: 'small',
    test: 'small',
    issued_at: 'whole',
    starts: 'whole?',
    expires: 'whole?',
    activation_required: 'small',
    first_activated_at: 'whole?',
    reseller: 'text?',
    template: 'text?',
    order_ref: 'text?',
    invoice_ref: 'text?',
    subscription_ref: 'text?',
    price: 'whole?',
    currency: 'text?',
    auto_renew: 'small?',
    notes: 'text?',
    metadata: 'text?',
    tags: 'text?',
    legacy_key: 'text?',
    source: 'text',
    key_hash: 'bytes?',
    replaces: 'bytes?',
    replaced_by: 'bytes?',
  })
    .addForeignKeyConstraint('licenses_customer', ['customer'], 'customers', ['id'])
    .execute()
  await index(db, 'licenses', 'cti_prefix').unique().execute()
  await index(db, 'licenses', 'customer', 'id').execute()
  await index(db, 'licenses', 'brand', 'id').execute()
  // Nearly all are active, and those are found by walking past the others.
  await index(db, 'licenses', 'state', 'id').where(sql.ref('state'), '<>', sql.lit('active')).execute()
  await index(db, 'licenses', 'expires', 'id').where('expires', 'is not', null).execute()
  for (const found of ['order_ref', 'subscription_ref', 'legacy_key', 'key_hash']) {
    await index(db, 'licenses', found).where(found, 'is not', null).execute()
  }

  await keyed(db, 'lines', ['license', 'number'], {
    license: 'whole',
    number: 'small',
    product: 'text',
    tier: 'text',
    kind: 'text',
    metric: 'text',
    seats: 'whole?',
    devices: 'whole?',
    activation: 'text',
    expires: 'whole?',
    maintenance_until: 'whole?',
    removed: 'small?',
  })
    .addForeignKeyConstraint('lines_license', ['license'], 'licenses', ['id'])
    .execute()
  await index(db, 'lines', 'product', 'license').execute()

  await keyed(db, 'revisions', ['license', 'number'], {
    license: 'whole',
    number: 'small',
    issued_at: 'whole',
    starts: 'whole?',
    expires: 'whole?',
    signer: 'bytes',
    event: 'whole',
    anchor_epoch: 'small?',
    anchor_base: 'whole?',
    anchor_n: 'small?',
    actor: 'text',
  })
    .addForeignKeyConstraint('revisions_license', ['license'], 'licenses', ['id'])
    .execute()

  await numbered(db, 'status_indexes', 'index', {
    license: 'whole',
    line: 'small',
    revision: 'small',
    status: 'small',
  })
    .addForeignKeyConstraint('status_indexes_license', ['license'], 'licenses', ['id'])
    .execute()
  await index(db, 'status_indexes', 'license').execute()
  await db.schema
    .createIndex('status_indexes_not_valid')
    .on('status_indexes')
    .column('index')
    .where(sql.ref('status'), '<>', 0)
    .execute()
  await keyed(db, 'status_lists', ['number'], { number: 'small', dealt: 'whole' }).execute()
  await keyed(db, 'revocation_lists', ['sub'], {
    sub: 'text',
    number: 'whole',
    count: 'whole',
    published_at: 'whole',
    event: 'whole',
  }).execute()
}

const usage = async (db: Kysely<unknown>): Promise<void> => {
  await keyed(db, 'activations', ['anchor'], {
    anchor: 'bytes',
    license: 'whole',
    line: 'small',
    device: 'bytes',
    label: 'text?',
    binding: 'text?',
    instance: 'text?',
    machine_name: 'text?',
    os: 'text?',
    app_version: 'text?',
    type: 'text',
    role: 'text',
    lease_until: 'whole?',
    activated_at: 'whole',
    last_seen_at: 'whole?',
    released_at: 'whole?',
    release_reason: 'text?',
    replaced_by: 'bytes?',
    usage: 'text?',
    event: 'whole',
  })
    .addForeignKeyConstraint('activations_license', ['license'], 'licenses', ['id'])
    .execute()
  await index(db, 'activations', 'license').execute()
  await keyed(db, 'keys', ['kid'], {
    kid: 'bytes',
    role: 'text',
    name: 'text?',
    public_key: 'bytes?',
    file: 'text?',
    epoch: 'small?',
    state: 'text',
    signer: 'bytes?',
    not_before: 'whole?',
    not_after: 'whole?',
    certified: 'whole?',
    created_at: 'whole',
  }).execute()
  await keyed(db, 'emergency_codes', ['license', 'revision', 'hour'], {
    license: 'whole',
    revision: 'small',
    hour: 'whole',
    activation: 'bytes?',
    given_at: 'whole',
    event: 'whole',
  }).execute()
  await keyed(db, 'idempotency_keys', ['key'], {
    key: 'text',
    verb: 'text',
    request_hash: 'bytes',
    event: 'whole',
    at: 'whole',
  }).execute()
}

export const first: Migration = {
  up: async (db: Kysely<unknown>) => {
    await history(db)
    await catalog(db)
    await licenses(db)
    await usage(db)
  },
}
