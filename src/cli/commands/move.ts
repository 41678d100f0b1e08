/** `lic suspend`, `reinstate`, `revoke`, `cancel`. Taking something away from a customer asks first. */

import type { Authority } from '../../authority/authority.ts'
import { foreseeMove, type Move, type Moved, move } from '../../authority/move.ts'
import { isAnswered } from '../../authority/repeat.ts'
import { formatDay, relativeText } from '../../authority/term.ts'
import { licenseNamed } from '../../authority/the-license.ts'
import { theCustomer } from '../../ledger/customers.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { isoTime } from '../moment.ts'
import type { Outcome, Result } from '../outcome.ts'

interface MoveOptions {
  readonly key: string | undefined
  readonly from: string | undefined
  readonly format: string | undefined
  readonly failFast: boolean
  readonly ignoreColumn: readonly string[]
  readonly product: string | undefined
  readonly reason: string | undefined
  readonly idempotencyKey: string | undefined
  readonly clockOk: boolean
}

/** Those that a person confirms. */
export const SEVERE: ReadonlySet<Move> = new Set(['revoke', 'cancel'])

export const moveBy =
  (verb: Move) =>
  async (context: Context, options: MoveOptions): Promise<Result> => {
    const { ask, dryRun } = context
    const { from, product, idempotencyKey } = options
    if (from !== undefined) return (await import('./move-from.ts')).moveFrom(context, verb, from, options)
    const key = await ask.need(options.key, 'KEY', 'License key')
    const reason = await ask.need(options.reason, '--reason', `Why ${verb}`)
    return withAuthority(context, options, async (authority) => {
      const told = SEVERE.has(verb) && (await confirmed(context, authority, verb, key, options))
      const moved = await move(authority, verb, {
        key,
        product,
        reason,
        idempotencyKey,
      })
      return outcome(moved, { dryRun, told, now: context.io.now() })
    })
  }

/** @returns whether it was told what goes on working outside */
const confirmed = async (
  { ask, voice, io }: Context,
  authority: Authority,
  verb: Move,
  key: string,
  { product, idempotencyKey }: MoveOptions,
): Promise<boolean> => {
  // A repetition of an answered request is only shown again.
  if (await isAnswered(authority.ledger.db, idempotencyKey)) return false
  const foreseen = await foreseeMove(authority, verb, { key, product })
  const words = [
    ...reachText(foreseen, io.now()),
    ...(verb === 'cancel' ? [`a cancelled ${product === undefined ? 'license' : 'line'} never comes back`] : []),
  ]
  for (const each of words) await voice.note(each)
  const { db } = authority.ledger
  const { customer } = await licenseNamed(db, authority.brand, key)
  const { id, name } = await theCustomer(db, null, customer)
  await ask.confirm(`${verb} ${named(foreseen)} of ${name ?? id}?`)
  return true
}

const named = ({ masked, product }: Moved): string => (product === null ? masked : `the line ${product} of ${masked}`)

/** What goes on working outside, and until when: a revocation is a message, and may not arrive. */
const reachText = ({ state, reach, devices }: Moved, now: number): readonly string[] => {
  if (state === 'active' || reach === null) return []
  const { until, by } = reach
  const elsewhere =
    until === null
      ? 'a device that never sees a newer list goes on for ever: it has no end of its own'
      : until <= now
        ? 'it has ended anyway, grace and all'
        : `a device that never sees a newer list goes on until ${formatDay(until)}, ${relativeText(until, now)}${
            by === 'fresh' ? ': it asks for a list that is not older' : ', grace included'
          }`
  return [
    'devices stop with the next revocation list that they read',
    elsewhere,
    ...(devices.length === 0 ? [] : [`activated: ${devicesText(devices, now)}`]),
    ...(until !== null && until <= now
      ? []
      : ['send each site the next list, as a file or QR code; it takes it in with: lic install LIST']),
  ]
}

const SHOWN = 5

const devicesText = (devices: Moved['devices'], now: number): string => {
  const named = devices.slice(0, SHOWN).map(({ activation, label, until }) => {
    const name = label === null ? activation : `${activation} (${label})`
    return `${name} ${until === null ? 'for ever' : until <= now ? 'no more' : `until ${formatDay(until)}`}`
  })
  return `${named.join(', ')}${devices.length > SHOWN ? ` and ${devices.length - SHOWN} more` : ''}`
}

interface Telling {
  readonly dryRun: boolean
  /** What goes on outside was said before it was done, and is not said twice. */
  readonly told: boolean
  readonly now: number
}

const outcome = (moved: Moved, { dryRun, told, now }: Telling): Outcome => ({
  schema: 'move',
  data: {
    key: moved.key,
    id: moved.id,
    product: moved.product,
    from: moved.from,
    state: moved.state,
    expires: isoTime(moved.expires),
    reach: moved.reach && {
      until: isoTime(moved.reach.until),
      by: moved.reach.by,
    },
    devices: moved.devices.map(({ activation, label, until }) => ({
      activation,
      label,
      until: isoTime(until),
    })),
    ...(dryRun && { dryRun: true }),
  },
  show: {
    fields: [
      ['key', moved.masked],
      ['line', moved.product ?? undefined],
      ['state', moved.state],
      ['before', moved.from],
    ],
  },
  notes: dryRun
    ? ['dry run: nothing was recorded']
    : [
        `${named(moved)} is ${moved.state}; devices learn of it from the next list: lic revocations publish --out FILE`,
        ...(told ? [] : reachText(moved, now).slice(1)),
      ],
})
