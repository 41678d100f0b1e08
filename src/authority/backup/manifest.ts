/** The first file of a backup: what it is of, and the hash of everything behind it. Whoever restores reads it before all else. */

import * as v from 'valibot'
import { damagedArchive } from './tar.ts'

export const MANIFEST = 'manifest.json'
export const LEDGER = 'ledger.db'

const FILE = v.strictObject({
  /** In the archive. */
  name: v.pipe(v.string(), v.regex(/^(ledger\.db|keys\/(?!\.)[A-Za-z0-9._-]{1,80})$/)),
  bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  /** Of a key: as the ledger names it. */
  key: v.optional(v.string()),
})

const SCHEMA = v.object({
  schema: v.literal('lic.backup-manifest/1'),
  authority: v.nullable(v.string()),
  /** ISO 8601. */
  made: v.string(),
  program: v.string(),
  /** Version of the ledger's tables. */
  version: v.pipe(v.number(), v.integer()),
  events: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  /** The root over the events, base64. */
  root: v.string(),
  files: v.pipe(v.array(FILE), v.minLength(1), v.maxLength(100)),
})

export type Manifest = v.InferOutput<typeof SCHEMA>
export type ManifestFile = Manifest['files'][number]

export const writeManifest = (manifest: Manifest): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`)

/** @throws LicError LEDGER_DAMAGED */
export const readManifest = (bytes: Uint8Array): Manifest => {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    throw damagedArchive('its manifest is not readable')
  }
  const read = v.safeParse(SCHEMA, value)
  if (!read.success) throw damagedArchive('its manifest is none that this version of lic knows')
  const names = read.output.files.map(({ name }) => name)
  if (new Set(names).size < names.length || names[0] !== LEDGER) throw damagedArchive('its manifest names no ledger')
  return read.output
}
