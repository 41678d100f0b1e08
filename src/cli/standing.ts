/** How a device stands, for a page and for JSON: the licenses, their activations, the clock, the lists, and what to do next. */

import { equal, toHex } from '../core/bytes.ts'
import { differingSlots, readDevice, SLOTS } from '../core/device.ts'
import { wordDue } from '../core/policy.ts'
import { activationId } from '../core/release.ts'
import type { Device } from '../device/device.ts'
import type { Values } from '../device/fingerprint/values.ts'
import type { Held } from '../device/held.ts'
import type { Judgement } from '../device/judge.ts'
import { requestOf, type Situation } from '../device/situation.ts'
import type { Tombstone } from '../device/state/content.ts'
import type { Snapshot } from '../device/state/store.ts'
import type { LineStatus } from '../device/verbs/status.ts'
import { begun, begunOf, bundleData, clockTexts, givenUpData, listData, maskedOf, nameOf } from './device.ts'
import { isoTime } from './moment.ts'
import { placeText } from './places.ts'
import type { Cell, Show } from './show.ts'

/** The state, the clock and the lists. */
export const stateStatus = (
  { places, machine }: Device,
  { copies, generation }: Snapshot,
  { clock, lists, bundles, state }: Situation,
  writable: boolean,
  elsewhere: boolean,
) => ({
  state: {
    dir: places.dir,
    mirror: places.mirror,
    generation,
    copies: copies.map(({ dir, found }) => ({ dir, found })),
    writable,
    /** Begun on another machine: it was copied, or this one was rebuilt. */
    elsewhere,
  },
  machine: { hostname: machine.hostname, system: machine.os },
  clock: {
    ...clockTexts(clock.shown),
    counts: isoTime(clock.now),
    floor: isoTime(clock.floor),
    state: clock.state,
    starts: clock.kept.starts,
  },
  lists: newestFirst(lists).map(listData),
  newestList: newestFirst(lists).map(listData)[0] ?? null,
  bundles: bundles.map(bundleData),
  released: state.tombstones.length,
  givenUp: state.tombstones.map(givenUpData).reverse(),
})

const newestFirst = (lists: Situation['lists']): Situation['lists'] => lists.toSorted((a, b) => b.number - a.number)

export const licenseStatus = (held: Held, lines: readonly LineStatus[], situation: Situation, slots: Values) => {
  const { around, lists } = situation
  const { license, installed, extension } = held
  const emergency = lines[0]?.judgement.emergency
  return {
    ...nameOf(license),
    revision: license.revision,
    test: license.test,
    issued: isoTime(license.issuedAt),
    installed: isoTime(installed.installedAt),
    expires: isoTime(license.expires),
    extended: extension !== undefined,
    pending: installed.pending.map((each) => ({
      activation: activationId(requestOf(each).anchor),
      line: requestOf(each).line,
      at: isoTime(each.at),
    })),
    emergency: {
      possible: license.anchor !== undefined || held.anchors.length > 0,
      until: emergency === undefined ? null : isoTime(emergency.until),
    },
    lines: lines.map(({ line, judgement }) => ({
      line: line.number,
      product: line.product,
      tier: line.tier,
      title: line.title,
      places: line.devices,
      ...verdictOf(judgement),
      graceHours: line.grace,
      listDue: isoTime(wordDue(license, line, lists)),
      activation: activationStatus(held, judgement, around, slots),
      required: line.activation === 'required',
    })),
  }
}

const verdictOf = (judgement: Judgement) =>
  judgement.ok
    ? { ok: true, state: judgement.state, ends: isoTime(judgement.ends), graceEnds: isoTime(judgement.graceEnds) }
    : { ok: false, code: judgement.code, reason: judgement.reason, at: isoTime(judgement.at) }

const activationStatus = (
  { license }: Held,
  { activation }: Judgement,
  { live }: Situation['around'],
  slots: Values,
) => {
  if (!activation) return null
  const { answer, kept } = activation
  const { binding, present } = readDevice(answer.device)
  const now = live(license.cti, binding, kept.text)
  const changed = binding === 'machine' ? differingSlots(answer.device, now) : []
  return {
    id: activationId(answer.anchor),
    place: answer.place ?? null,
    issued: isoTime(answer.issuedAt),
    lease: isoTime(answer.expires),
    binding,
    text: kept.text ?? null,
    device: toHex(answer.device),
    factors:
      binding === 'machine'
        ? SLOTS.map((slot, i) => ({
            slot,
            state: !present[i] ? (slots[i] === undefined ? 'absent' : 'new') : changed.includes(i) ? 'changed' : 'same',
          }))
        : [],
  }
}

const soonest = (judgement: Judgement): readonly { readonly what: string; readonly at: number }[] => [
  ...(judgement.ok && judgement.ends !== undefined ? [{ what: 'the license ends', at: judgement.ends }] : []),
  ...(judgement.activation?.answer.expires === undefined
    ? []
    : [{ what: 'the lease of the activation ends', at: judgement.activation.answer.expires }]),
]

/** What ends before `soon`, one sentence each. */
export const warningsOf = (
  lines: readonly LineStatus[],
  { clock, lists }: Situation,
  soon: number,
): readonly string[] => {
  const ends = lines.flatMap(({ held, line, judgement }) =>
    soonest(judgement)
      .filter(({ at }) => at > clock.now && at <= soon)
      .map(({ what, at }) => `${line.product}: ${what} on ${isoTime(at)} (${maskedOf(held)})`),
  )
  const grace = lines
    .filter(({ judgement }) => judgement.ok && judgement.state === 'grace')
    .map(
      ({ line, judgement }) => `${line.product}: in grace until ${isoTime(judgement.ok ? judgement.graceEnds : null)}`,
    )
  const overdue = lines.flatMap(({ held, line, judgement }) => {
    const due = wordDue(held.license, line, lists)
    if (!judgement.ok || due === undefined || due > soon) return []
    return [`${line.product}: a newer revocation list is due by ${isoTime(due)}`]
  })
  const stale = lists
    .filter(({ expires }) => expires !== undefined && expires <= clock.now)
    .map(
      ({ list, number, expires }) =>
        `the revocation list ${list} of ${isoTime(number)} was to be replaced by ${isoTime(expires)}: ask the vendor for a newer one`,
    )
  const counted =
    clock.state === 'counted' ? ['the clock restarts at every start; time is counted from what is known'] : []
  return [...ends, ...grace, ...overdue, ...stale, ...counted]
}

const RENEW = 'ask the vendor to renew it, then: lic install FILE, or lic activate for five typed lines'
const RESIGN =
  'ask the vendor to sign it again, then: lic install FILE, or for a proof that it is older than the theft, then: lic install --proof FILE'

/** The step behind each refusal, and behind what ends soon. */
export const nextOf = (lines: readonly LineStatus[], { clock }: Situation, soon: number): readonly string[] => {
  const steps = lines.flatMap(({ held, line, judgement }): string[] => {
    const asked = held.installed.pending.map(requestOf).filter((each) => each.line === line.number)
    const request = requestCommand(held, line.product)
    const answered = asked.length > 0 ? ['lic activate ANSWER'] : []
    const lease = judgement.activation?.answer.expires
    if (judgement.ok) {
      const ends = judgement.ends !== undefined && judgement.ends <= soon
      return [
        ...(lease !== undefined && lease <= soon ? [`${request} --prolong`, ...answered] : []),
        ...(ends ? [RENEW] : []),
      ]
    }
    switch (judgement.code) {
      case 'ACTIVATION_REQUIRED':
      case 'DEVICE_MISMATCH':
        return [request, ...answered]
      case 'LEASE_ENDED':
        return [`${request} --prolong`, ...answered]
      case 'CLOCK_ROLLED_BACK':
        return [
          `set the clock right, or ask the vendor to confirm it: ${request}`,
          ...(asked.some((each) => each.clock) ? answered : []),
        ]
      case 'REVOCATION_CHECK_OVERDUE':
        return ['lic install LIST']
      case 'LICENSE_EXPIRED':
        return [RENEW]
      case 'KEY_COMPROMISED':
        return [RESIGN]
      default:
        return ['ask the vendor']
    }
  })
  const told = clock.state === 'counted' ? ['have the time confirmed by the vendor: lic request'] : []
  return [...new Set([...steps, ...told])]
}

/** With the product where the license has more than one to ask for. */
const requestCommand = (held: Held, product: string): string => {
  const needs = [...held.license.lines.values()].filter(({ activation }) => activation === 'required')
  return `lic request ${begunOf(held)}${needs.length > 1 ? ` --product ${product}` : ''}`
}

interface Page {
  readonly verdict: { readonly ok: boolean; readonly code?: string }
  readonly licenses: readonly ReturnType<typeof licenseStatus>[]
  readonly state: ReturnType<typeof stateStatus>
  readonly lines: readonly LineStatus[]
  readonly situation: Situation
  /** Gives the program the name that it was started by. */
  readonly called: (text: string) => string
}

/** One list of fields, so that every value begins in the same column. */
export const pageOf = ({ verdict, licenses, state, lines, situation, called }: Page): Show => {
  const held = [...new Set(lines.map((each) => each.held))]
  return {
    fields: [
      [
        'status',
        verdict.ok ? { text: 'the product may run', tone: 'good' } : { text: `refused: ${verdict.code}`, tone: 'bad' },
      ],
      ...licenses.flatMap((license, i) => licenseFields(license, held[i], called)),
      ...givenUpFields(situation, called),
      ...listFields(state, licenses),
      ...state.bundles.map(({ version, issued }) => ['trust bundle', `version ${version}, of ${issued}`] as const),
      ['clock', `${state.clock.utc} (here ${state.clock.local})${CLOCK_WORDS[state.clock.state]}`],
      ['counts as', state.clock.state === 'right' ? undefined : (state.clock.counts ?? undefined)],
      ['state', `${state.state.dir}${state.state.elsewhere ? ', begun on another machine' : ''}`],
    ],
  }
}

const CLOCK_WORDS = {
  right: '',
  counted: ', restarts at every start',
  behind: ', BEHIND what is known to have passed',
} as const

type Field = readonly [string, Cell | undefined]

const licenseFields = (
  license: Page['licenses'][number],
  held: Held | undefined,
  called: Page['called'],
): readonly Field[] => [
  ['license', held && maskedOf(held)],
  ['licensee', license.licensee ?? undefined],
  // Also the first: the vendor asks for it before an emergency code is read out.
  ['revision', String(license.revision)],
  ['expires', `${license.expires ?? 'never'}${license.extended ? ', extended' : ''}`],
  ['test', license.test ? 'yes: release builds refuse it' : undefined],
  ...license.lines.flatMap((line): readonly Field[] => [
    ['product', `${line.product} ${line.title}: ${lineWords(line)}`],
    ['grace', graceWords(line)],
    ...(line.activation
      ? ([
          ['activation', `${line.activation.id}, ${placeWords(line.activation.place, line.places)}`],
          ['lease', line.activation.lease ?? 'without end'],
          ['bound to', boundWords(line.activation)],
        ] as const)
      : []),
  ]),
  ...license.lines.map((line): Field => ['pending', held && pendingWords(license, line, held, called)]),
  [
    'emergency',
    license.emergency.until
      ? `open until ${license.emergency.until}`
      : license.emergency.possible
        ? 'codes can be given'
        : undefined,
  ],
]

/** What was given up and has no activation in its place: the newest of each product, whose code is shown again without an id. */
const givenUpFields = ({ state, held }: Situation, called: Page['called']): readonly Field[] => {
  const runs = ({ cti, line }: Tombstone): boolean =>
    held.some((each) => equal(each.license.cti, cti) && each.activations.some(({ answer }) => answer.line === line))
  const newest = new Map(state.tombstones.map((each) => [`${toHex(each.cti)} ${each.line}`, each]))
  return [...newest.values()]
    .filter((each) => !runs(each))
    .map((each) => {
      const { product, activation, at } = givenUpData(each)
      const several = [...newest.values()].filter(({ cti }) => equal(cti, each.cti)).length > 1
      const command = called(`lic deactivate ${begun(each)}${several ? ` --product ${product}` : ''}`)
      return ['given up', `${activation}, ${product}, on ${at}; its release code again: ${command}`]
    })
}

const listFields = ({ lists }: Page['state'], licenses: Page['licenses']): readonly Field[] => {
  const due = licenses.flatMap(({ lines }) => lines.flatMap(({ listDue }) => listDue ?? [])).sort()[0]
  const until = due === undefined ? '' : `; a newer one is due by ${due}`
  if (lists.length === 0) return licenses.length === 0 ? [] : [['revocation list', `none here${until}`]]
  return lists.map(({ list, number }, i) => ['revocation list', `${list}, of ${number}${i === 0 ? until : ''}`])
}

const graceWords = (line: Page['licenses'][number]['lines'][number]): Cell | undefined => {
  const { graceHours } = line
  if (graceHours === 0) return 'none'
  const hours = `${graceHours} hours`
  if ('reason' in line) return line.code === 'LICENSE_EXPIRED' ? `${hours}, over` : `${hours} after the end`
  if (line.state === 'grace') return { text: `${hours}, running until ${line.graceEnds}`, tone: 'warn' }
  if (line.graceEnds) return `${hours} after the end, until ${line.graceEnds}`
  // What an emergency code holds open has ended.
  return line.ends ? `${hours}, over` : undefined
}

/** The newest request of a product is the one that is shown again; an answer to any of them is taken. */
const pendingWords = (
  { pending }: Page['licenses'][number],
  { line, product }: Page['licenses'][number]['lines'][number],
  held: Held,
  called: Page['called'],
): string | undefined => {
  const own = pending.filter((each) => each.line === line).map(({ activation }) => activation)
  if (own.length === 0) return undefined
  const again = called(`shown again: ${requestCommand(held, product)}; the answer: lic activate ANSWER`)
  return `${own.toReversed().join(', ')}; ${again}`
}

/** An answer without a number says no more than that it has one of them. */
const placeWords = (place: number | null, places: number): string =>
  place === null ? `one of ${places === 0 ? 'unlimited' : places} places` : `place ${placeText(place, places)}`

const lineWords = (line: Page['licenses'][number]['lines'][number]): string => {
  if ('reason' in line) return `${line.reason}`
  if (line.state === 'emergency') return 'runs by an emergency code'
  return line.state === 'grace' ? `in grace until ${line.graceEnds}` : 'stands'
}

const boundWords = ({ binding, text, factors }: NonNullable<ReturnType<typeof activationStatus>>): string => {
  if (binding !== 'machine') return `${binding}${text === null ? '' : ` ${text}`}`
  const of = (state: string) => factors.filter((each) => each.state === state).map(({ slot }) => slot)
  const changed = of('changed')
  return `this machine by ${of('same').join(', ') || 'nothing'}${changed.length > 0 ? `; changed: ${changed.join(', ')}` : ''}`
}
