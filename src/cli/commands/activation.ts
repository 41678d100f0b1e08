/** `lic activation`: which devices hold the places of a license, and how one is given up or taken. */

import { placesOf } from '../../authority/places.ts'
import {
  type ActivationOf,
  foreseeRelease,
  ofActivation,
  type ReleaseInput,
  release as releasePlace,
  revokeActivation,
} from '../../authority/release.ts'
import { isAnswered } from '../../authority/repeat.ts'
import { formatDay } from '../../authority/term.ts'
import { activationNamed } from '../../authority/the-activation.ts'
import { licenseNamed } from '../../authority/the-license.ts'
import { formatKey, maskKey } from '../../core/codes/license-key.ts'
import { LicError } from '../../core/errors.ts'
import { activationId } from '../../core/release.ts'
import { activationsOf } from '../../ledger/activations.ts'
import { eventsOf } from '../../ledger/history.ts'
import type { Reader } from '../../ledger/schema.ts'
import { usageOfDevice } from '../../ledger/usage-reports.ts'
import { activationData, activationFields, nameOf, stateCell, stateOf } from '../activations.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'
import { placesText } from '../places.ts'
import { usageData, usageText } from '../usage.ts'

/** Of those that ended before that, only the log and `--archived` tell. Revocation lists name them as long as it matters. */
const ARCHIVED_AFTER = 90 * 86_400

interface ListOptions {
  readonly key: string
  readonly all: boolean
  readonly archived: boolean
  readonly brand: string | undefined
}

export const list = (context: Context, options: ListOptions): Promise<Outcome> =>
  withAuthority(context, options, async ({ ledger: { db }, brand }) => {
    const now = context.io.now()
    const row = await licenseNamed(db, brand, options.key)
    const lines = await placesOf(db, row, now)
    const productOf = (line: number): string | null => lines.find(({ number }) => number === line)?.product ?? null
    const every = await activationsOf(db, row.id)
    const shown = every.filter(
      ({ ended, endedAt, place }) =>
        options.archived || (options.all ? (endedAt ?? now) > now - ARCHIVED_AFTER : ended === null && place !== null),
    )
    const archived = options.all && !options.archived ? every.length - shown.length : 0
    const standing = lines.filter(({ removed }) => removed === null)
    return {
      schema: 'activations',
      data: {
        key: formatKey(row.prefix, row.cti),
        places: standing.map(({ number, product, used, of }) => ({ line: number, product, used, of })),
        activations: shown.map((each) => activationData(row, productOf(each.line), each, now)),
      },
      show: {
        table: {
          columns: [
            { title: 'activation' },
            { title: 'state' },
            { title: 'product' },
            { title: 'place', align: 'right' },
            { title: 'name', flexible: true },
            { title: 'since' },
            { title: 'lease' },
          ],
          rows: shown.map((each) => [
            activationId(each.anchor),
            stateCell(stateOf(each, now)),
            productOf(each.line) ?? '',
            each.number === null ? '' : String(each.number),
            nameOf(each),
            formatDay(each.activatedAt),
            each.lease === null ? '' : formatDay(each.lease),
          ]),
          empty: 'no device holds a place of this license',
        },
      },
      notes: [
        ...standing.map(({ product, ...places }) => `${product}: ${placesText(places)} places taken`),
        ...(archived > 0
          ? [`archived, since they ended more than 90 days ago: ${archived}; see them with --archived`]
          : []),
      ],
    }
  })

interface ShowOptions {
  readonly id: string
  readonly brand: string | undefined
}

export const show = (context: Context, options: ShowOptions): Promise<Outcome> =>
  withAuthority(context, options, async ({ ledger: { db }, brand }) => {
    const found = await ofActivation(db, await activationNamed(db, brand, options.id))
    const { fields, data } = await told(db, found, context.io.now())
    const { license, line, anchor } = found.activation
    const usage = await usageOfDevice(db, license, line, anchor)
    const events = await eventsOf(db, 'activation', found.activation.anchor)
    return {
      schema: 'activation',
      data: {
        ...data,
        events: events.map(({ at, type, actor, reason }) => ({ at: isoTime(at), type, actor, reason })),
        usage: usage && { ...usageData(usage), reported: isoTime(usage.reportedAt) },
      },
      show: [
        { fields },
        ...(usage ? [{ fields: [['used', `${usageText(usage)} (until ${isoTime(usage.until)})`] as const] }] : []),
        { text: '\n' },
        {
          table: {
            columns: [{ title: 'when' }, { title: 'what' }, { title: 'who' }, { title: 'why', flexible: true }],
            rows: events.map(({ at, type, actor, reason }) => [isoTime(at) ?? '', type, actor, reason ?? '']),
          },
        },
      ],
    }
  })

const told = async (db: Reader, { row, activation }: ActivationOf, now: number) => {
  const lines = await placesOf(db, row, now)
  const line = lines.find(({ number }) => number === activation.line)
  return {
    data: activationData(row, line?.product ?? null, activation, now),
    fields: activationFields(row, line?.product ?? null, activation, now),
    places: line && { used: line.used, of: line.of },
  }
}

interface ReleaseOptions {
  readonly named: string
  readonly code: string | undefined
  readonly withoutProof: boolean
  readonly reason: string | undefined
  readonly idempotencyKey: string | undefined
  readonly clockOk: boolean
}

export const release = (context: Context, options: ReleaseOptions): Promise<Outcome> => {
  const { named, code, withoutProof, reason } = options
  if (code === undefined && !withoutProof) {
    throw new LicError('USAGE', 'a place is released with the code that its device shows', {
      hint: 'add --code CODE; or, when the device cannot show one: --without-proof --reason R',
    })
  }
  if (code !== undefined && withoutProof) {
    throw new LicError('USAGE', '--code and --without-proof exclude each other')
  }
  return withAuthority(context, options, async (authority) => {
    const { idempotencyKey } = options
    const why = withoutProof ? await context.ask.need(reason, '--reason', 'Why without its code') : reason
    const input: ReleaseInput = { named, code, reason: why, idempotencyKey }
    if (withoutProof && !(await isAnswered(authority.ledger.db, idempotencyKey))) {
      await confirmed(context, await foreseeRelease(authority, input), 'Free the place without the code of its device?')
    }
    return ended(context, authority.ledger.db, await releasePlace(authority, input), 'released')
  })
}

interface RevokeOptions {
  readonly id: string
  readonly reason: string | undefined
  readonly idempotencyKey: string | undefined
  readonly clockOk: boolean
}

export const revoke = (context: Context, options: RevokeOptions): Promise<Outcome> =>
  withAuthority(context, options, async (authority) => {
    const { id: named, idempotencyKey } = options
    const reason = await context.ask.need(options.reason, '--reason', 'Why revoke')
    if (!(await isAnswered(authority.ledger.db, idempotencyKey))) {
      await confirmed(context, await foreseeRelease(authority, { named }), 'Take the place from this device?')
    }
    const done = await revokeActivation(authority, { named, reason, idempotencyKey })
    return ended(context, authority.ledger.db, done, 'revoked')
  })

const confirmed = async (
  { ask, voice }: Context,
  { row, activation }: ActivationOf,
  question: string,
): Promise<void> => {
  const name = nameOf(activation)
  const what = `${activationId(activation.anchor)}${name === '' ? '' : ` (${name})`} of ${maskKey(row.prefix, row.cti)}`
  await voice.note(`${what} goes on until it reads a list that names it${untilLease(activation.lease)}`)
  await ask.confirm(question)
}

const untilLease = (lease: number | null): string => (lease === null ? '' : `, or until ${formatDay(lease)}`)

const ended = async (context: Context, db: Reader, done: ActivationOf, verb: string): Promise<Outcome> => {
  const { dryRun, io } = context
  const { data, fields, places } = await told(db, done, io.now())
  return {
    schema: 'activation',
    data: { ...data, ...(dryRun && { dryRun: true }) },
    show: { fields },
    notes: dryRun
      ? ['dry run: nothing was recorded']
      : [
          `${data.activation} is ${verb}${places ? `; ${placesText(places)} places taken` : ''}`,
          'the next list names it: lic revocations publish --out FILE',
        ],
  }
}
