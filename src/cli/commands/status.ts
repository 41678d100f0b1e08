/** `lic status`: what holds on this device and what to do next, on one screen. Exit 0 when the product may run, else 7. */

import { addTerm, parseTerm } from '../../authority/term.ts'
import { deviceMatches } from '../../core/device.ts'
import { type ErrorCode, LicError } from '../../core/errors.ts'
import { homeOf } from '../../device/state/seal.ts'
import { status as statusOf } from '../../device/verbs/status.ts'
import type { Context } from '../context.ts'
import { type DeviceFlags, deviceHere, matchOf } from '../device.ts'
import type { Outcome } from '../outcome.ts'
import { licenseStatus, nextOf, pageOf, stateStatus, warningsOf } from '../standing.ts'

interface StatusOptions extends DeviceFlags {
  readonly key: string | undefined
  readonly product: string | undefined
  readonly warn: string | undefined
  readonly allowTest: boolean
}

export const status = async (context: Context, options: StatusOptions): Promise<Outcome> => {
  const { key, product, warn = '14d', allowTest } = options
  const device = await deviceHere(context, options)
  const term = parseTerm(warn)
  const found = await statusOf(device, { license: matchOf(key), product, allowTest })
  const { snapshot, situation, lines, refused, writable } = found
  const soon = addTerm(situation.clock.now, term)
  const slots = await device.slots()
  const here = { exact: false, leased: true }
  const elsewhere = snapshot.home !== undefined && !deviceMatches(snapshot.home, homeOf(slots), here)
  const state = stateStatus(device, snapshot, situation, writable, elsewhere)
  const held = [...new Set(lines.map((each) => each.held))]
  const licenses = held.map((each) =>
    licenseStatus(
      each,
      lines.filter((line) => line.held === each),
      situation,
      slots,
    ),
  )
  const missing = lines.length === 0
  if (missing && key !== undefined) {
    throw new LicError('NOT_FOUND', 'no license with this key is installed here', {
      hint: 'lic status shows what is installed',
    })
  }
  const verdict: Verdict = missing
    ? { ok: false, code: 'LICENSE_MISSING', reason: absence(product, situation.held.length) }
    : refused && !refused.judgement.ok
      ? { ok: false, code: refused.judgement.code, reason: refused.judgement.reason }
      : { ok: true }
  const warnings = warningsOf(lines, situation, soon)
  const next = (missing ? ['lic install FILE --root root.pub'] : nextOf(lines, situation, soon)).map(context.io.called)
  return {
    schema: 'status',
    data: { ...verdict, licenses, ...state, warnings, next },
    show: pageOf({ verdict, licenses, state, lines, situation, called: context.io.called }),
    ...(!verdict.ok && {
      finding: { code: verdict.code, message: verdict.reason, ...(next[0] && { hint: next.join('; ') }) },
    }),
    notes: [
      ...warnings,
      ...(!verdict.ok ? [] : next.map((each) => `next: ${each}`)),
      ...(state.state.copies.every(({ found: each }) => each === 'whole') || snapshot.generation === 0
        ? []
        : ['one copy of the state is missing or damaged; the next change makes it whole']),
      ...(writable ? [] : ['the state cannot be written by this user; the clock is not remembered']),
    ],
  }
}

type Verdict = { readonly ok: true } | { readonly ok: false; readonly code: ErrorCode; readonly reason: string }

const absence = (product: string | undefined, installed: number): string =>
  product === undefined || installed === 0
    ? 'no license is installed here'
    : `no license for ${product} is installed here`
