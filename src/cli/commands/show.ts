/** `lic show`: everything the ledger knows of one license; with --out, --qr or --compact the license itself again. */

import { type HandedLicense, handOver } from '../../authority/hand-over.ts'
import { type LinePlaces, placesOf } from '../../authority/places.ts'
import { licenseNamed } from '../../authority/the-license.ts'
import { restrictionsText, versionsText } from '../../authority/where.ts'
import { encodeBase64 } from '../../core/base64.ts'
import { toHex } from '../../core/bytes.ts'
import { formatKey, maskKey } from '../../core/codes/license-key.ts'
import { LicError } from '../../core/errors.ts'
import { featuresOf } from '../../core/license.ts'
import { activationId } from '../../core/release.ts'
import { STATUSES } from '../../core/status.ts'
import { type LicenseDetail, showLicense } from '../../ledger/show-license.ts'
import { isByPrefix } from '../../ledger/status-indexes.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { checkHandover, type HandoverFlags, handoverOutcome } from '../handover.ts'
import { licenseData } from '../license-data.ts'
import { seatsText, statusCell } from '../listed.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'
import { placesText } from '../places.ts'
import { quantitiesText } from '../quantity.ts'
import type { Cell, Show } from '../show.ts'
import { usageData, usageText } from '../usage.ts'

interface ShowOptions extends HandoverFlags {
  readonly key: string
  readonly brand: string | undefined
  readonly compact: boolean
}

export const show = async (context: Context, options: ShowOptions): Promise<Outcome> => {
  const { out, qr, sheet, armor, compact } = options
  await checkHandover(context, options)
  return withAuthority(context, options, async ({ ledger, brand }) => {
    const row = await licenseNamed(ledger.db, brand, options.key)
    const detail = await showLicense(ledger.db, row, context.io.now())
    const bytes = detail.revisions.find(({ number }) => number === detail.revision)?.bytes ?? undefined
    const handed = bytes && handOver(bytes, { compact })
    const said = { ...ledgerData(detail), ...(handed && licenseData(handed)) }
    const places = await placesOf(ledger.db, row, context.io.now())
    const lines = said.lines.map((line) => ({ ...line, status: lineStatus(detail, line.line) }))
    const data = { ...said, lines, places: placesData(places), ...historyData(detail) }
    const wanted = out !== undefined || qr !== undefined || sheet !== undefined || armor || compact
    if (!wanted) {
      const signed = handed && { license: encodeBase64(handed.bytes), code: handed.code }
      return { schema: 'license', data: { ...data, ...signed }, show: page(detail, handed, places) }
    }
    if (!handed) throw new LicError('NOT_FOUND', 'the signed license is not in the ledger any more')
    const {
      again: _,
      data: given,
      notes = [],
      ...outcome
    } = await handoverOutcome(handed, options, { io: context.io, db: ledger.db }, { verb: 'shown' })
    const stopped = detail.state === 'active' ? [] : [`it is ${detail.state}: the newest revocation list says so`]
    return { ...outcome, data: { ...(given as object), ...data }, notes: [...notes, ...stopped] }
  })
}

/** What the ledger says in any case; the signed license then says it more fully. */
const ledgerData = (detail: LicenseDetail) => ({
  key: formatKey(detail.prefix, detail.cti),
  id: toHex(detail.cti),
  customer: detail.customer,
  licensee: detail.holder.name,
  lines: detail.lines.map(({ number, expires, maintenanceUntil, ...line }) => ({
    line: number,
    ...line,
    expires: isoTime(expires),
    maintenanceUntil: isoTime(maintenanceUntil),
  })),
  revision: detail.revision,
  issued: isoTime(detail.issuedAt),
  starts: isoTime(detail.starts),
  expires: isoTime(detail.expires),
  test: detail.test,
})

const historyData = (detail: LicenseDetail) => ({
  // A license that was made under a grant may name nobody.
  customer: detail.customer,
  status: detail.status,
  brand: detail.brand,
  holder: { id: detail.holder.id, name: detail.holder.name, email: detail.holder.email },
  label: detail.label,
  tags: detail.tags,
  notes: detail.notes,
  order: detail.orderRef,
  invoice: detail.invoiceRef,
  subscription: detail.subscriptionRef,
  replaces: detail.before && formatKey(detail.before.prefix, detail.before.cti),
  replacedBy: detail.after && formatKey(detail.after.prefix, detail.after.cti),
  usage: detail.usage.map(({ line, activation, reportedAt, ...figures }) => ({
    line,
    activation: activation && activationId(activation),
    ...usageData(figures),
    reported: isoTime(reportedAt),
  })),
  statusIndexes: detail.statusIndexes.map((each) => ({
    ...each,
    index: isByPrefix(each.index) ? null : each.index,
    status: STATUSES[each.status] ?? each.status,
  })),
  revisions: detail.revisions.map(({ number, issuedAt, starts, expires, signer, actor }) => ({
    revision: number,
    issued: isoTime(issuedAt),
    starts: isoTime(starts),
    expires: isoTime(expires),
    signer: toHex(signer),
    actor,
  })),
  events: detail.events.map(({ place, at, type, line, actor, source, host, reason, idempotency }) => ({
    place,
    at: isoTime(at),
    type,
    line,
    actor,
    source,
    host,
    reason,
    idempotencyKey: idempotency?.key ?? null,
  })),
})

const page = (detail: LicenseDetail, handed: HandedLicense | undefined, places: readonly LinePlaces[]): Show => [
  {
    fields: [
      ['key', formatKey(detail.prefix, detail.cti)],
      ['status', statusCell(detail.status)],
      ['holder', [detail.holder.name, detail.holder.email].filter((text) => text !== null).join(', ') || undefined],
      ['customer', detail.customer],
      ['forgotten', isoTime(detail.holder.forgottenAt) ?? undefined],
      ['brand', detail.brand],
      ['label', detail.label ?? undefined],
      ...linesOf(detail, handed, places),
      ['issued', isoTime(detail.issuedAt) ?? undefined],
      ['starts', isoTime(detail.starts) ?? undefined],
      ['expires', isoTime(detail.expires) ?? 'never'],
      ['grace', handed && `${handed.license.grace} hours`],
      ['test', detail.test ? 'yes: release builds refuse it' : undefined],
      ['emergency', handed?.license.anchor && 'codes can be given'],
      ['tags', detail.tags.join(', ') || undefined],
      ['order', detail.orderRef ?? undefined],
      ['invoice', detail.invoiceRef ?? undefined],
      ['subscription', detail.subscriptionRef ?? undefined],
      ...(detail.notes ?? '')
        .split('\n')
        .map((text, i): [string, Cell | undefined] => [i === 0 ? 'notes' : '', text || undefined]),
      ['replaces', detail.before ? maskKey(detail.before.prefix, detail.before.cti) : undefined],
      ['replaced by', detail.after ? maskKey(detail.after.prefix, detail.after.cti) : undefined],
      ...detail.usage.map((each): [string, Cell | undefined] => [
        `used${each.activation ? ` by ${activationId(each.activation)}` : ''}`,
        `${usageText(each)} (until ${isoTime(each.until)})`,
      ]),
      [
        'status index',
        detail.statusIndexes
          .map(({ index, status }) => `${isByPrefix(index) ? 'none, named by its key:' : index} ${STATUSES[status]}`)
          .join(', '),
      ],
    ],
  },
  { text: '\n' },
  {
    table: {
      columns: [
        { title: 'revision', align: 'right' },
        { title: 'issued' },
        { title: 'expires' },
        { title: 'signed by' },
      ],
      rows: detail.revisions.map(({ number, issuedAt, expires, signer }) => [
        String(number),
        isoTime(issuedAt) ?? '',
        isoTime(expires) ?? 'never',
        toHex(signer),
      ]),
    },
  },
  { text: '\n' },
  {
    table: {
      columns: [{ title: 'when' }, { title: 'what' }, { title: 'who' }, { title: 'why', flexible: true }],
      rows: detail.events.map((event) => [
        isoTime(event.at) ?? '',
        whatText(detail, event),
        event.actor,
        event.reason ?? '',
      ]),
    },
  },
]

/** What happened, and to which product where it was one line's alone. */
const whatText = ({ lines }: LicenseDetail, { type, line }: LicenseDetail['events'][number]): string => {
  const product = line === null ? undefined : lines.find(({ number }) => number === line)?.product
  return product === undefined ? type : `${type} ${product}`
}

/** What lists say of the newest index of a line, or that the line was taken away. */
const lineStatus = ({ lines, statusIndexes }: LicenseDetail, line: number): 'removed' | (typeof STATUSES)[number] => {
  if (lines.some(({ number, removed }) => number === line && removed !== null)) return 'removed'
  const newest = statusIndexes.filter((each) => each.line === line).sort((a, b) => b.revision - a.revision)[0]
  return STATUSES[newest?.status ?? 0] ?? 'valid'
}

/** Places of the lines whose devices are activated. */
const placesData = (places: readonly LinePlaces[]) =>
  places
    .filter(({ removed, activation }) => removed === null && activation === 'required')
    .map(({ number, product, used, of }) => ({ line: number, product, used, of }))

const linesOf = (
  detail: LicenseDetail,
  handed: HandedLicense | undefined,
  places: readonly LinePlaces[],
): [string, Cell | undefined][] =>
  detail.lines
    .filter(({ removed }) => removed === null)
    .flatMap(({ number, product, tier, kind, metric, seats, devices, ...more }): [string, Cell | undefined][] => {
      const line = handed?.license.lines.get(number)
      return [
        ['product', `${product}/${tier}, ${kind}`],
        ['  status', lineStatus(detail, number) === 'valid' ? undefined : lineStatus(detail, number)],
        ['  seats', `${seatsText(seats)} by ${metric}, ${seatsText(devices)} devices`],
        ['  ends', isoTime(more.expires) ?? undefined],
        ['  activation', more.activation === 'required' ? `required, ${takenText(places, number)}` : undefined],
        ['  versions', versionsText(line?.versions)],
        ['  holds for', restrictionsText(line?.restrictions)],
        ['  features', (line && quantitiesText(featuresOf(line))) || undefined],
        ['  limits', (line && quantitiesText(line.limits ?? [])) || undefined],
      ]
    })

const takenText = (places: readonly LinePlaces[], line: number): string =>
  `${placesText(places.find(({ number }) => number === line) ?? { used: 0, of: 0 })} places taken`
