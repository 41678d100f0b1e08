/**
 * What was given where something else is due, and the command that takes it. Invariant: every kind of code and of object has its
 * command; one without does not compile.
 */

import type { CodeKind } from '../core/codes/spoken.ts'
import { LicError } from '../core/errors.ts'
import type { ObjectName } from '../core/objects.ts'

/** A kind of code, an object by its type, or a report of usage; `text`: an object as text that nobody has opened. */
export type Thing = CodeKind | ObjectName | 'usage' | 'text'

interface Row {
  readonly what: string
  readonly belongs: string
}

const row = (what: string, belongs: string): Row => ({ what, belongs })
const installed = (what: string): Row => row(what, `${what} is taken in with: lic install FILE`)
const along = (what: string): Row => row(what, `${what} is taken in with what it came with: lic activate ANSWER`)

const THINGS: Readonly<Record<Thing, Row>> = {
  request: row('a request', 'the vendor answers a request: lic respond REQUEST'),
  response: row('a typed answer', 'the device that asked takes the answer in: lic activate ANSWER'),
  emergency: row('an emergency code', 'an emergency code is taken on the device: lic unlock CODE'),
  release: row('a release code', 'a release code is for the vendor: lic activation release KEY --code CODE'),
  key: row(
    'a license key',
    'a key only names a license: lic install FILE takes the license itself, lic request KEY asks for an activation',
  ),
  paper: row('the page of a private key', 'a private key is for the vendor alone: lic key import'),
  sealed: row('the page of a private key', 'a private key is for the vendor alone: lic key import'),
  license: installed('a license'),
  revocationList: installed('a revocation list'),
  trustBundle: installed('a trust bundle'),
  certificate: installed('a certificate beside its license'),
  rootLink: installed('a root link beside its license'),
  activation: row('an answer to a request', 'the device that asked takes the answer in: lic activate ANSWER'),
  extension: row('a renewal of an installed license', 'the device takes the renewal in: lic activate ANSWER'),
  deviceAnchor: along('an emergency chain of a device'),
  checkpoint: row('a checkpoint', 'a checkpoint is for: lic verify --checkpoint FILE'),
  usage: row('a report of usage', 'the vendor takes the report in: lic usage import FILE'),
  text: row(
    'a signed object as text',
    'lic install FILE takes a license, lic activate ANSWER an answer; lic decode tells which it is',
  ),
}

const isThing = (kind: unknown): kind is Thing => typeof kind === 'string' && Object.hasOwn(THINGS, kind)

/** Where it belongs, for an error that names what was given (`data.kind`). */
export const belonging = ({ data }: LicError): string | undefined =>
  isThing(data?.kind) ? THINGS[data.kind].belongs : undefined

/** @param due what it stands in the place of, with its article */
export const misplaced = (thing: Thing, due: string): LicError =>
  new LicError('CODE_KIND', `this is ${THINGS[thing].what}, where ${due} is due`, { data: { kind: thing } })
