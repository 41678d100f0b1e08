/** `lic key rotate`: the next key of a role. What it touches is shown first, and with --plan nothing else is done. */

import { newestOf } from '../../authority/key-lines.ts'
import type { Rotated } from '../../authority/rotate-emergency.ts'
import { rotateKey } from '../../authority/rotate-key.ts'
import { planRotation, type RotationPlan } from '../../authority/rotation-plan.ts'
import { parseTerm } from '../../authority/term.ts'
import { toHex } from '../../core/bytes.ts'
import { listKeys } from '../../ledger/keys.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { keyData, PLACES } from '../key-data.ts'
import { type NewKeyFlags, type RootFlags, roomFor, withRoot } from '../key-room.ts'
import type { Outcome } from '../outcome.ts'

interface RotateOptions extends NewKeyFlags, RootFlags {
  readonly key: string
  readonly plan: boolean
  readonly expires: string | undefined
  readonly clockOk: boolean
}

export const keyRotate = async (context: Context, options: RotateOptions): Promise<Outcome> => {
  const term = options.expires === undefined ? undefined : parseTerm(options.expires)
  return withAuthority(context, options, async (opened) => {
    const { db } = opened.ledger
    const plan = await planRotation(db, options.key, opened.now())
    if (options.plan) return planned(plan)
    for (const each of touchedText(plan)) await context.voice.note(each)
    const root = newestOf((await listKeys(db)).filter(({ role }) => role === 'root'))
    const rootKey = options.rootKey && context.path(options.rootKey)
    const room = roomFor(context, options, [plan.from?.file, rootKey, root?.file])
    const { authority, rootFile } = await withRoot(context, opened, options)
    return done(context, await rotateKey(authority, room, { key: options.key, term, rootFile }))
  })
}

const planData = ({ role, from, to, touched, certified, delegated }: RotationPlan) => ({
  role,
  from: from && { kid: toHex(from.kid), name: from.name },
  name: to,
  licenses: touched.licenses,
  sites: touched.sites,
  typedSites: touched.typed,
  certified: certified.map(({ name, role: of }) => name ?? of),
  delegated,
})

const planned = (plan: RotationPlan): Outcome => ({
  schema: 'rotation',
  data: { ...planData(plan), plan: true },
  show: {
    fields: [
      ['next', plan.to],
      ['follows', plan.from?.name ?? undefined],
      ['licenses', String(plan.touched.licenses)],
      ['sites', `${plan.touched.sites}, of which ${plan.touched.typed} without a QR path`],
      ['certified anew', plan.certified.length === 0 ? undefined : plan.certified.map(({ name }) => name).join(', ')],
      ['delegated keys', plan.delegated === 0 ? undefined : String(plan.delegated)],
    ],
  },
  notes: [...touchedText(plan), 'this is the plan; nothing was changed'],
})

const counted = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`

/** What it touches, and what it does not. */
const touchedText = ({ role, from, touched, delegated }: RotationPlan): readonly string[] => {
  const { licenses, sites, typed } = touched
  const name = from?.name ?? role
  if (role === 'emergency') {
    return [
      `${counted(licenses, 'live license')} and ${counted(sites, 'device')} hang on ${name}: their codes go on from its file, which stays where it is`,
      'new revisions and activations hang on the next',
    ]
  }
  if (role === 'list' || role === 'audit') return [`no license is touched: what ${name} signed stands`]
  const stand = `${counted(licenses, 'live license')} and ${counted(sites, 'activated site')}: all of them stand, and no product needs a release`
  const typedText =
    typed === 0
      ? []
      : [
          `${counted(typed, 'site')} without a QR path: ${typed === 1 ? 'its' : 'their'} last answer was typed, so ${typed === 1 ? 'it knows' : 'they know'} ${name} alone; typed answers go on under it until it is retired`,
        ]
  if (role !== 'root') return [stand, ...typedText]
  return [
    stand,
    'products that embed the old root accept what the new one certifies, by a link; products that embed the new one alone refuse what was signed before: embed both',
    ...(delegated === 0
      ? []
      : [`${counted(delegated, 'delegated key')} keep the old chain: delegate anew before products drop the old root`]),
  ]
}

const done = (context: Context, { plan, key, without, resumed }: Rotated): Outcome => {
  const data = keyData(context.home, key)
  const { dryRun } = context
  return {
    schema: 'rotation',
    data: {
      ...planData(plan),
      name: data.name ?? plan.to,
      kid: data.kid,
      until: data.until,
      file: data.file,
      path: data.path,
      without: without.map(({ name, role }) => name ?? role),
      resumed,
      ...(dryRun && { dryRun: true }),
    },
    show: {
      fields: [
        [data.name ?? plan.to, { text: data.kid, tone: 'strong' }],
        ['follows', resumed ? undefined : (plan.from?.name ?? undefined)],
        ['certified', data.until === null ? undefined : `from ${data.from} until ${data.until}`],
        ['certified anew', plan.certified.length === 0 ? undefined : plan.certified.map(({ name }) => name).join(', ')],
        ['file', data.path ?? undefined],
        ['private half', dryRun ? undefined : PLACES[data.place]],
      ],
    },
    notes: dryRun ? ['dry run: no key was made'] : nextText(plan, without, resumed),
  }
}

const nextText = (
  { role, from, touched }: RotationPlan,
  without: Rotated['without'],
  resumed: boolean,
): readonly string[] => {
  const kid = from === null ? undefined : toHex(from.kid).slice(0, 8)
  const retire = kid === undefined ? [] : [`when nothing needs ${from?.name ?? role} any more: lic key retire ${kid}`]
  if (role === 'emergency') {
    return [
      ...(resumed ? ['an earlier rotation was finished; no other secret was made'] : []),
      ...without.map(
        ({ name, role: of }) =>
          `the file of ${name ?? of} is locked or not here, so it holds the old secret; run this again when it is: lic key rotate emergency`,
      ),
    ]
  }
  if (role === 'root') {
    return [
      'build both into the next release: lic trust export --out root.pub',
      'let products that are out there know: lic trust publish --out trust.lic',
      'keep the new root off this machine, like the old one',
    ]
  }
  if (role !== 'issuing') return retire
  return touched.typed > 0
    ? [
        `${counted(touched.typed, 'site')} still ${touched.typed === 1 ? 'knows' : 'know'} ${from?.name} alone; to reach ${touched.typed === 1 ? 'it' : 'them'}: lic show KEY --out FILE`,
        ...retire,
      ]
    : retire
}
