/** `lic key create`: one more key, certified by the root, with the rights that are named. */

import type { Caps, CertifiedRole } from '../../authority/certify.ts'
import { CERTIFIED, isNarrow, WIDEST } from '../../authority/certify.ts'
import { createKey } from '../../authority/create-key.ts'
import { newestOf, nextName } from '../../authority/key-lines.ts'
import { ladderOf } from '../../authority/lines.ts'
import { longestHours, parseTerm } from '../../authority/term.ts'
import { LicError } from '../../core/errors.ts'
import { listBrands } from '../../ledger/brands.ts'
import { listKeys } from '../../ledger/keys.ts'
import { theProduct } from '../../ledger/products.ts'
import type { Reader } from '../../ledger/schema.ts'
import { listTiers } from '../../ledger/tiers.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { keyData, PLACES, rightsText } from '../key-data.ts'
import { type NewKeyFlags, type RootFlags, roomFor, withRoot } from '../key-room.ts'
import type { Outcome } from '../outcome.ts'

interface CreateOptions extends NewKeyFlags, RootFlags {
  readonly role: string | undefined
  readonly name: string | undefined
  readonly products: readonly string[]
  readonly tiers: readonly string[]
  readonly maxTerm: string | undefined
  readonly maxGrace: string | undefined
  readonly test: boolean
  readonly live: boolean
  readonly perpetual: boolean
  readonly expires: string | undefined
  readonly clockOk: boolean
}

export const keyCreate = async (context: Context, options: CreateOptions): Promise<Outcome> => {
  const role = roleOf(await context.ask.need(options.role, '--role', 'Role: issuing, list or audit'))
  const caps = role === 'issuing' ? capsOf(options) : noCaps(options)
  const term = options.expires === undefined ? undefined : parseTerm(options.expires)
  return withAuthority(context, options, async (opened) => {
    const { db } = opened.ledger
    if (caps) await checkCaps(db, caps)
    const keys = await listKeys(db)
    const like = newestOf(keys.filter((key) => key.role === role))
    const root = newestOf(keys.filter((key) => key.role === 'root'))
    const rootKey = options.rootKey && context.path(options.rootKey)
    const room = roomFor(context, options, [like?.file, rootKey, root?.file])
    const name = options.name ?? nextName(keys, like ?? { role, name: role })
    const { authority, rootFile } = await withRoot(context, opened, options)
    const key = await createKey(authority, room, { role, name, caps, term, rootFile })
    const data = keyData(context.home, key)
    return {
      schema: 'key',
      data: { ...data, ...(context.dryRun && { dryRun: true }) },
      show: {
        fields: [
          [name, { text: data.kid, tone: 'strong' }],
          ['role', role],
          ['may sign', rightsText(data)],
          ['certified', `from ${data.from} until ${data.until}`],
          ['file', data.path ?? undefined],
          ['private half', context.dryRun ? undefined : PLACES[data.place]],
        ],
      },
      notes: context.dryRun
        ? ['dry run: no key was made']
        : [
            caps !== undefined && isNarrow(caps)
              ? `it signs when it is asked for: lic issue --signer ${name}, or LIC_SIGNER=${name}`
              : `it is the ${role} key that signs from now on; the others sign when they are asked for`,
          ],
    }
  })
}

const roleOf = (word: string): CertifiedRole => {
  const role = CERTIFIED.find((each) => each === word)
  if (role) return role
  throw new LicError('USAGE', `--role is ${CERTIFIED.join(', ')}, not ${word}`, {
    hint:
      word === 'root' || word === 'emergency'
        ? `lic key rotate ${word}`
        : 'a key for a CI or a reseller is made by: lic key delegate',
  })
}

const split = (values: readonly string[]): readonly string[] | undefined => {
  const all = values
    .flatMap((value) => value.split(','))
    .map((each) => each.trim())
    .filter(Boolean)
  return all.length === 0 ? undefined : [...new Set(all)].sort()
}

/** Nothing said: as wide as the key that lic init makes. Something said: what is not said is not allowed. */
const capsOf = (options: CreateOptions): Caps => {
  const { maxTerm, maxGrace, test, live, perpetual } = options
  if (test && live)
    throw new LicError('USAGE', '--test and --live exclude each other', { hint: 'leave both out for both' })
  const [products, tiers] = [split(options.products), split(options.tiers)]
  const said = products ?? tiers ?? maxTerm ?? maxGrace ?? (test || live || perpetual || undefined)
  if (said === undefined) return WIDEST
  return {
    products,
    tiers,
    term: maxTerm === undefined ? WIDEST.term : longestHours(parseTerm(maxTerm)),
    grace: maxGrace === undefined ? undefined : longestHours(parseTerm(maxGrace)),
    perpetual: perpetual ? true : undefined,
    only: test ? 'test' : live ? 'live' : undefined,
  }
}

const noCaps = (options: CreateOptions): undefined => {
  const { products, tiers, maxTerm, maxGrace, test, live, perpetual } = options
  if (products.length + tiers.length === 0 && !maxTerm && !maxGrace && !test && !live && !perpetual) return undefined
  throw new LicError('USAGE', 'rights like these are those of an issuing key', { hint: '--role issuing' })
}

/** A slip in a code would make a key that can sign nothing. @throws LicError NOT_FOUND, INVALID_INPUT */
const checkCaps = async (db: Reader, { products, tiers }: Caps): Promise<void> => {
  for (const slug of products ?? []) await theProduct(db, null, slug)
  if (tiers === undefined) return
  const known = await Promise.all((await listBrands(db)).map(({ slug }) => listTiers(db, slug)))
  for (const code of tiers) {
    const ladders = known.flatMap((all) => all.filter((tier) => tier.code === code).map((tier) => ladderOf(tier, all)))
    if (ladders.length === 0) {
      throw new LicError('NOT_FOUND', `there is no tier ${code}`, { hint: 'lic tier list' })
    }
    const missing = [...new Set(ladders.flat())].filter((below) => !tiers.includes(below))
    if (missing.length > 0) {
      throw new LicError('INVALID_INPUT', `a license of ${code} names the tiers below it too: ${missing.join(', ')}`, {
        hint: `--tiers ${[...tiers, ...missing].join(',')}`,
        data: { missing },
      })
    }
  }
}
