/**
 * A new revision of a license, signed and recorded: what `renew`, `change` and `transfer` have in common. A line that loses
 * nothing keeps its status index; one that loses something gets a new one, and the old is revoked, so that the next list
 * ends the revision before. A line's own suspension or revocation goes with it.
 */

import type { License } from '../core/license.ts'
import type { LineData, StatusData } from '../ledger/event-types.ts'
import { record } from '../ledger/events.ts'
import type { Idempotency } from '../ledger/idempotency.ts'
import type { Tx } from '../ledger/schema.ts'
import { dealStatusIndexes, isByPrefix } from '../ledger/status-indexes.ts'
import { type Authority, stamp } from './authority.ts'
import { type Difference, differences } from './differences.ts'
import { type HandedLicense, handOver } from './hand-over.ts'
import { lineData } from './lines.ts'
import { revisionData, signLicense } from './sign-license.ts'
import type { SigningKey } from './sign-object.ts'
import { REVOKED, type Standing } from './standing.ts'

export interface Revision {
  readonly type: 'license.renewed' | 'license.changed' | 'license.reissued'
  /** The license as it is to be; revision, time of issue, anchor and indexes are dealt here. */
  readonly revised: License
  readonly emergency: boolean
  readonly reason?: string | undefined
  readonly request?: Idempotency | undefined
}

export interface Revised {
  readonly handed: HandedLicense
  readonly changes: readonly Difference[]
}

/** What the revision says differently. The anchor comes with the signature; here it only counts whether there is to be one. */
export const changesOf = (old: License, { anchor: _, ...next }: License, emergency: boolean): readonly Difference[] =>
  differences(old, { ...next, ...(emergency && { anchor: old.anchor ?? [0, 0, 0, new Uint8Array()] }) })

/** @throws LicError RIGHTS_EXCEEDED, INVALID_INPUT, NO_EMERGENCY, and as the ledger does */
export const reviseIn = async (
  tx: Tx,
  authority: Authority,
  key: SigningKey,
  { row, license: old, lines }: Standing,
  { type, revised, emergency, reason, request }: Revision,
): Promise<Revised> => {
  const { anchor: _, ...terms } = revised
  // Who made it under a grant may have named nobody: the book knows whose it is.
  const customer = terms.customer ?? row.customer
  const next: License = { ...terms, customer, issuedAt: authority.now(), revision: old.revision + 1 }
  const changes = changesOf(old, next, emergency)
  const whole = changes.some(({ line, takes }) => line === null && takes)
  const loses = (number: number): boolean => whole || changes.some(({ line, takes }) => takes && line === number)
  // What was signed under a grant had none: from here on it has one.
  const without = new Set(lines.flatMap(({ number, index }) => (isByPrefix(index.index) ? [number] : [])))
  const anew = [...next.lines.keys()].filter((number) => !old.lines.has(number) || loses(number) || without.has(number))
  const dealt = await dealStatusIndexes(tx, anew.length, authority.random)
  const indexes = anew.map((line, i) => ({ line, index: dealt[i] as number }))
  const indexOf = (number: number): number | undefined => indexes.find(({ line }) => line === number)?.index
  const license: License = {
    ...next,
    lines: new Map([...next.lines].map(([n, line]) => [n, { ...line, statusIndex: indexOf(n) ?? line.statusIndex }])),
  }
  const object = await signLicense(license, key, emergency)
  const handed = handOver(object.bytes)
  const statuses = lines.flatMap(({ number, index, earlier }): StatusData[] => {
    const own = indexOf(number)
    const ended = !license.lines.has(number) || loses(number)
    return [
      ...(ended ? [index, ...(earlier ? [earlier] : [])].map((each) => ({ index: each.index, status: REVOKED })) : []),
      ...(own === undefined || index.status === 0 ? [] : [{ index: own, status: index.status }]),
    ]
  })
  const removed = lines.flatMap(({ number }) => (license.lines.has(number) ? [] : [number]))
  await record(
    tx,
    {
      ...stamp(authority),
      type,
      entity: license.cti,
      brand: row.brand,
      customer: row.customer,
      ...(reason !== undefined && { reason }),
      ...(request && { idempotency: request }),
      object,
      data: {
        revision: revisionData(handed.license, key.kid),
        lines: changedLines(old, license),
        ...(indexes.length > 0 && { statusIndexes: indexes }),
        ...(type === 'license.changed' && {
          ...(removed.length > 0 && { removed }),
          ...(statuses.length > 0 && { statuses }),
        }),
      },
    },
    authority.random,
  )
  return { handed, changes }
}

/** As the ledger keeps them beside the signed bytes; null when it would keep the same. */
const changedLines = (old: License, { lines }: License): readonly LineData[] | null => {
  const changed = [...lines].flatMap(([number, line]) => {
    const before = old.lines.get(number)
    const data = lineData(number, line)
    return before && JSON.stringify(lineData(number, before)) === JSON.stringify(data) ? [] : [data]
  })
  return changed.length > 0 ? changed : null
}
