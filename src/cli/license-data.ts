/** What a signed license says, as --json tells it wherever a license is shown: the vendor's commands and the customer's. */

import type { HandedLicense } from '../authority/hand-over.ts'
import { devicesOf, featuresOf, type Quantity, seatsOf, titleOf } from '../core/license.ts'
import { isoTime } from './moment.ts'

/** A feature or limit in its shortest form: true (on), a number (0 = unlimited), or an object. */
const quantity = ({ value, period, type, expires }: Quantity) =>
  period === 'none' && type === 'count' && expires === undefined
    ? (value ?? true)
    : { value, period, ...(type !== 'count' && { type }), ...(expires !== undefined && { expires: isoTime(expires) }) }

const quantities = (named: ReadonlyMap<string, Quantity>) =>
  Object.fromEntries([...named].map(([name, each]) => [name, quantity(each)]))

/** What a license says, for --json. Times as ISO 8601, `expires` null = never. */
export const licenseData = (handed: HandedLicense) => {
  const { license, key, id } = handed
  return {
    key,
    id,
    customer: license.customer ?? null,
    licensee: license.licensee?.name ?? null,
    lines: [...license.lines].map(([number, line]) => ({
      line: number,
      product: line.product,
      tier: line.tier,
      title: titleOf(line),
      kind: line.kind,
      metric: line.metric,
      seats: seatsOf(line),
      devices: devicesOf(line),
      activation: line.activation,
      maintenanceUntil: isoTime(line.maintenanceUntil),
      versions: line.versions ?? null,
      restrictions: line.restrictions ?? null,
      expires: isoTime(line.expires),
      features: quantities(featuresOf(line)),
      limits: quantities(line.limits ?? new Map()),
    })),
    revision: license.revision,
    issued: isoTime(license.issuedAt),
    starts: isoTime(license.starts),
    expires: isoTime(license.expires),
    graceHours: license.grace,
    test: license.test === true,
    emergency: license.anchor !== undefined,
  }
}
