/**
 * The printable page of a license: its terms, and its QR codes, laid into a template that brings every word with it. No
 * word of any language stands here; dates and numbers take the form of the language that the template names.
 */

import { devicesOf, featuresOf, type License, type Line, type Quantity, seatsOf, titleOf } from '../core/license.ts'
import { qrCode, qrTexts } from './qr.ts'
import { Drawn, fill, readTemplate, type Values } from './template.ts'

export interface SheetFacts {
  readonly key: string
  readonly license: License
  /** What the codes hold. */
  readonly bytes: Uint8Array
  readonly brand: string
  readonly authority: string
  /** Names of products by slug; one that is missing is called by its slug. */
  readonly products: ReadonlyMap<string, string>
  /** When the page is made, unix seconds. */
  readonly now: number
}

/** @throws LicError INVALID_INPUT when the template is not in order */
export const sheet = async (template: string, facts: SheetFacts): Promise<string> => {
  const read = readTemplate(template)
  return fill(read, await valuesOf(facts, formsOf(read.words.get('locale'))))
}

interface Forms {
  readonly locale: string
  readonly day: (seconds: number | undefined) => string
  readonly moment: (seconds: number | undefined) => string
  readonly number: (value: number) => string
}

/** Empty for what there is not. All times are in UTC, as everywhere in a license. */
const formsOf = (locale = 'en'): Forms => {
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' })
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  const number = new Intl.NumberFormat(locale)
  return {
    locale,
    day: (seconds) => (seconds === undefined ? '' : day.format(seconds * 1000)),
    moment: (seconds) => (seconds === undefined ? '' : moment.format(seconds * 1000)),
    number: (value) => number.format(value),
  }
}

const valuesOf = async (facts: SheetFacts, forms: Forms): Promise<Values> => {
  const { key, license, bytes, brand, authority, products, now } = facts
  const texts = qrTexts(bytes)
  const codes = await Promise.all(
    texts.map(async (text, i) => ({
      code: new Drawn((await qrCode(text)).svg().trimEnd()),
      part: String(i + 1),
      parts: String(texts.length),
    })),
  )
  return {
    key,
    brand,
    authority,
    vendor: authority === brand ? '' : authority,
    licensee: license.licensee?.name ?? '',
    customer: license.customer ?? '',
    groups: groupsOf([...license.lines.values()], products, forms),
    issued: forms.day(license.issuedAt),
    starts: forms.moment(license.starts),
    expires: forms.moment(license.expires),
    grace: license.grace > 0 ? forms.number(license.grace) : '',
    fresh: license.fresh === undefined ? '' : forms.number(license.fresh),
    revision: forms.number(license.revision),
    test: license.test === true,
    emergency: license.anchor !== undefined,
    activation: [...license.lines.values()].some((line) => line.activation === 'required'),
    printed: forms.day(now),
    single: codes.length === 1,
    codes,
  }
}

/** Lines that grant the same stand together, and what they grant is said once: bundles would fill pages otherwise. */
const groupsOf = (lines: readonly Line[], products: SheetFacts['products'], forms: Forms): readonly Values[] => {
  const groups = new Map<string, { readonly lines: Values[]; readonly grants: Values }>()
  for (const line of lines) {
    const grants = grantValues(line, forms)
    const name = JSON.stringify(grants)
    const group = groups.get(name) ?? { lines: [], grants }
    group.lines.push(lineValues(line, products, forms))
    groups.set(name, group)
  }
  return [...groups.values()].map(({ lines, grants }) => ({ lines, ...grants }))
}

const lineValues = (line: Line, products: SheetFacts['products'], forms: Forms): Values => ({
  product: products.get(line.product ?? '') ?? line.product ?? '',
  slug: line.product ?? '',
  tier: titleOf(line),
  kind: line.kind,
  metric: line.metric,
  seats: countOf(seatsOf(line), forms),
  devices: countOf(devicesOf(line), forms),
})

const grantValues = (line: Line, forms: Forms): Values => ({
  features: quantities(featuresOf(line), forms),
  limits: quantities(line.limits ?? new Map(), forms),
  lineActivation: line.activation,
  maintenance: forms.day(line.maintenanceUntil),
  lineExpires: forms.moment(line.expires),
})

/** Empty: unlimited. */
const countOf = (value: number, { number }: Forms): string => (value === 0 ? '' : number(value))

const quantities = (named: ReadonlyMap<string, Quantity>, forms: Forms): readonly Values[] =>
  [...named].map(([name, { value, period, type, expires }], i) => ({
    feature: name,
    first: i === 0,
    valued: value !== undefined,
    amount: value === undefined ? '' : countOf(value, forms),
    period,
    type,
    until: forms.day(expires),
  }))
