/**
 * The same licenses under another key, after the one that signed them was compromised: a next revision each, with the same
 * terms. What is done is done: a run that ends early goes on where it was, and one that is repeated finds nothing.
 */

import { LicError } from '../core/errors.ts'
import { licensesById } from '../ledger/licenses.ts'
import type { Tx } from '../ledger/schema.ts'
import { type SignedUnder, signedUnder, type Under } from '../ledger/signed-under.ts'
import { type Authority, write } from './authority.ts'
import type { HandedLicense } from './hand-over.ts'
import { reviseIn } from './revise.ts'
import { openSigningKey } from './sealing.ts'
import type { SigningKey } from './sign-object.ts'
import { standingAsIs } from './standing.ts'

/** What became of one license; null: there is nothing to do for it. */
export type Reissued =
  | { readonly license: SignedUnder; readonly handed: HandedLicense }
  | { readonly license: SignedUnder; readonly error: LicError }

/** Licenses a transaction: nobody waits long for the ledger, or after Ctrl-C. */
const AT_ONCE = 32

/**
 * Opens the key that signs instead. @throws LicError CONFLICT when it hangs on the compromised key itself, and as keys do
 */
export const openForReissue = async (authority: Authority, under: Under): Promise<SigningKey> => {
  const key = await openSigningKey(authority, 'issuing')
  const stolen = 'signers' in under ? under.signers : []
  if (key.issuer.keys.some(({ kid }) => stolen.some((each) => each.join() === kid.join()))) {
    throw new LicError('CONFLICT', 'the key that would sign them hangs on the compromised one itself', {
      hint: 'lic key rotate issuing; after a root, products that embed the next one come first',
    })
  }
  if ('epoch' in under && (key.emergency === undefined || key.emergency.epoch === under.epoch)) {
    throw new LicError('NO_EMERGENCY', 'the issuing key has no later emergency secret beside it', {
      hint: 'make the next epoch first: lic key rotate emergency',
    })
  }
  return key
}

/** Re-issues all of them, some dozens a transaction, and tells each as soon as it is committed. */
export async function* reissueAll(authority: Authority, key: SigningKey, under: Under): AsyncGenerator<Reissued> {
  let after = 0
  for (;;) {
    const found = await signedUnder(authority.ledger.db, under, { after, limit: AT_ONCE, newest: true })
    const wanted = found.filter((license) => needsReissue(license, authority.now()))
    if (wanted.length > 0) yield* await reissueSome(authority, key, wanted)
    if (found.length < AT_ONCE) return
    after = found.at(-1)?.id ?? after
  }
}

/** Only what somebody may be using. */
export const needsReissue = ({ state, expires, newest }: SignedUnder, now: number): boolean =>
  newest && (state === 'active' || state === 'suspended') && (expires === null || expires > now)

const reissueSome = async (
  authority: Authority,
  key: SigningKey,
  licenses: readonly SignedUnder[],
): Promise<readonly Reissued[]> => {
  try {
    return await write(authority, async (tx) => {
      const done: Reissued[] = []
      for (const license of licenses) done.push({ license, handed: await reissueOne(tx, authority, key, license) })
      return done
    })
  } catch (error) {
    // One that cannot be signed again stops no other.
    if (!(error instanceof LicError) || !ITS_OWN.has(error.code)) throw error
    const [license] = licenses
    if (license && licenses.length === 1) return [{ license, error }]
    const alone: Reissued[] = []
    for (const each of licenses) alone.push(...(await reissueSome(authority, key, [each])))
    return alone
  }
}

/** Refusals that say something about a license; all others are about the ledger, the clock, the key or the machine. */
const ITS_OWN: ReadonlySet<string> = new Set([
  'NOT_FOUND',
  'INVALID_INPUT',
  'RIGHTS_EXCEEDED',
  'NO_EMERGENCY',
  'CONFLICT',
])

const reissueOne = async (
  tx: Tx,
  authority: Authority,
  key: SigningKey,
  { id }: SignedUnder,
): Promise<HandedLicense> => {
  const [row] = await licensesById(tx, [id])
  if (!row) throw new LicError('NOT_FOUND', 'the license is not in the ledger any more')
  const standing = await standingAsIs(tx, row)
  const { license } = standing
  const emergency = license.anchor !== undefined
  const { handed } = await reviseIn(tx, authority, key, standing, {
    type: 'license.reissued',
    revised: license,
    emergency,
  })
  return handed
}
