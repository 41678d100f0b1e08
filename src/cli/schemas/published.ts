/**
 * Every shape that --json prints, by name, as JSON Schema 2020-12. Invariant: what is published here is what is printed:
 * each line that a transcript prints is held against it, so a field that is added, renamed or dropped is noticed. A name
 * with another number is another shape; within a number fields are only added.
 */

import { toJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import * as activations from './activations.ts'
import * as authority from './authority.ts'
import * as batches from './batches.ts'
import * as catalog from './catalog.ts'
import * as codes from './codes.ts'
import * as device from './device.ts'
import * as keyFiles from './key-files.ts'
import * as keys from './keys.ts'
import * as ledger from './ledger.ts'
import * as licenses from './licenses.ts'
import * as search from './search.ts'
import * as speech from './speech.ts'
import * as trials from './trials.ts'
import * as usage from './usage.ts'
import { type Shape, says } from './vocabulary.ts'

/** A result on stdout: the shape is that of `data` in `{"schema":"lic.NAME/1","data":...}`. */
const RESULTS = {
  activation: activations.activation,
  activations: activations.activations,
  activated: device.activated,
  admitted: keyFiles.admitted,
  agent: keyFiles.agent,
  audited: ledger.audited,
  'audit-event': search.auditEvent,
  authority: authority.authority,
  backup: keyFiles.backup,
  brand: catalog.brand,
  brands: catalog.brands,
  bundle: catalog.bundle,
  bundles: catalog.bundles,
  ceremony: keyFiles.ceremony,
  change: licenses.change,
  checkpoint: ledger.checkpoint,
  checkup: authority.checkup,
  completion: speech.completion,
  compromise: keys.compromise,
  customer: catalog.customer,
  customers: catalog.customers,
  delegated: trials.delegated,
  decoded: codes.decoded,
  demo: speech.demo,
  emergency: activations.emergency,
  exported: keyFiles.exported,
  extension: activations.extension,
  found: search.found,
  forgotten: catalog.forgotten,
  help: speech.help,
  imported: batches.imported,
  installed: device.installed,
  issued: batches.issued,
  key: keys.key,
  keys: keys.keys,
  kit: authority.kit,
  'ledger-backup': ledger.backup,
  'ledger-copy': ledger.copy,
  'ledger-export': search.exported,
  'ledger-restored': ledger.restored,
  ledger: ledger.ledger,
  license: says(
    'A license: as it is handed over, or, from lic show, with all that the ledger knows of it.',
    v.union([licenses.license, licenses.shown]),
  ),
  licenses: licenses.licenses,
  log: search.log,
  move: licenses.move,
  moved: batches.moved,
  note: licenses.note,
  object: codes.inspected,
  passphrase: keyFiles.passphrase,
  product: catalog.product,
  products: catalog.products,
  proof: ledger.proof,
  rebuilt: ledger.rebuilt,
  released: device.released,
  renewed: batches.renewed,
  request: device.request,
  response: activations.response,
  restored: keyFiles.restored,
  retired: keys.retired,
  revocations: keys.revocations,
  rotation: keys.rotation,
  schema: speech.schema,
  schemas: speech.schemas,
  status: device.status,
  taken: trials.taken,
  tier: catalog.tier,
  tiers: catalog.tiers,
  transfer: licenses.transfer,
  trial: trials.trial,
  trials: batches.trials,
  trust: authority.trust,
  trustbundle: keys.trustbundle,
  uninstalled: device.uninstalled,
  usage: usage.usage,
  usages: usage.usages,
  unlocked: device.unlocked,
  verdict: licenses.verdict,
  version: speech.version,
} as const satisfies Record<string, Shape>

/** Lines on stderr, which carry no envelope. */
const LINES = { error: speech.error, warning: speech.warning, debug: speech.debug } as const

export interface Published {
  /** `lic.license/1` */
  readonly name: string
  /** Where it is printed. */
  readonly stream: 'stdout' | 'stderr'
  readonly description: string
  readonly shape: Shape
}

const described = (shape: Shape): string => v.getDescription(shape as Parameters<typeof v.getDescription>[0]) ?? ''

export const PUBLISHED: readonly Published[] = [
  ...Object.entries(RESULTS).map(([name, shape]) => published(name, 'stdout', shape)),
  ...Object.entries(LINES).map(([name, shape]) => published(name, 'stderr', shape)),
].sort((a, b) => (a.name < b.name ? -1 : 1))

function published(short: string, stream: Published['stream'], shape: Shape): Published {
  const name = `lic.${short}/1`
  const whole = stream === 'stdout' ? v.strictObject({ schema: v.literal(name), data: shape }) : shape
  return { name, stream, description: described(shape), shape: whole }
}

/** The schema as others read it. The name is its place too: `urn:lic:lic.license/1`. */
export const jsonSchema = ({ name, description, shape }: Published): Readonly<Record<string, unknown>> => {
  const { $schema, ...rest } = toJsonSchema(shape, { target: 'draft-2020-12' })
  return { $schema, $id: `urn:lic:${name}`, title: name, ...rest, description }
}
