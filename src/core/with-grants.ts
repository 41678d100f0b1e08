/** A license under grants (FORMAT 6.8), written out: what an issuing key would sign to say the same. Apart from the verifier. */

import type { Grant } from './certificate.ts'
import { devicesOf, type License, type Line, seatsOf } from './license.ts'

/**
 * The license as one that names no grants: what they say stands in its lines, in the spelling of a license. The tightest of
 * their graces and of their `fresh` is its own. Nothing is verified here; a line whose grant is missing stays as it is.
 */
export const withGrants = (license: License, grants: ReadonlyMap<number, Grant>): License => {
  const used: Grant[] = []
  const lines = [...license.lines].map(([number, line]): [number, Line] => {
    const grant = line.grant === undefined ? undefined : grants.get(line.grant)
    if (!grant) return [number, line]
    used.push(grant)
    const base = { ...grant.line, seats: line.seats ?? grant.line.seats }
    const seats = seatsOf(base) === 1 ? undefined : base.seats
    const byRule = devicesOf({ ...base, devices: undefined })
    const devices = line.devices ?? grant.line.devices ?? byRule
    return [number, { ...base, seats, devices: devices === byRule ? undefined : devices, expires: line.expires }]
  })
  if (used.length === 0) return license
  const fresh = used.flatMap((grant) => grant.fresh ?? [])
  return {
    ...license,
    lines: new Map(lines),
    grace: Math.min(...used.map(({ grace }) => grace)),
    fresh: fresh.length > 0 ? Math.min(...fresh) : undefined,
    test: license.test ?? used.find(({ test }) => test)?.test,
  }
}
