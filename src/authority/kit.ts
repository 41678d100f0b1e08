/**
 * What a machine without network is given: the root public keys, and the licenses of one product that it may need. Only read
 * from the ledger: nothing is signed or recorded.
 */

import { LicError } from '../core/errors.ts'
import { theBrand } from '../ledger/brands.ts'
import { theCustomer } from '../ledger/customers.ts'
import { listKeys } from '../ledger/keys.ts'
import type { License } from '../ledger/licenses.ts'
import { listLicenses } from '../ledger/list-licenses.ts'
import { authorityName } from '../ledger/meta.ts'
import { type Product, theProduct } from '../ledger/products.ts'
import { showLicense } from '../ledger/show-license.ts'
import type { Authority } from './authority.ts'
import { type HandedLicense, handOver } from './hand-over.ts'
import { licenseNamed } from './the-license.ts'

export interface KitInput {
  readonly product: string
  /** One license; else all of a customer that run; else none. */
  readonly key: string | undefined
  readonly customer: string | undefined
}

export interface Kit {
  readonly product: Product
  readonly brand: string
  readonly authority: string
  readonly roots: readonly { readonly kid: Uint8Array; readonly publicKey: Uint8Array }[]
  readonly licenses: readonly { readonly handed: HandedLicense; readonly state: License['state'] }[]
}

/** As many as somebody can type in on one machine; a kit is for one site. */
const MOST = 50

/** @throws LicError NOT_FOUND, AMBIGUOUS, CODE_MISTYPED, INVALID_INPUT */
export const kitFor = async (authority: Authority, input: KitInput): Promise<Kit> => {
  const { ledger, brand } = authority
  const product = await theProduct(ledger.db, brand, input.product)
  const roots = (await listKeys(ledger.db, 'root')).flatMap(({ kid, publicKey, state }) =>
    publicKey !== null && state === 'active' ? [{ kid, publicKey }] : [],
  )
  if (roots.length === 0) throw new LicError('NOT_FOUND', 'the ledger knows no root key', { hint: 'lic key list' })
  const own = await theBrand(ledger.db, product.brand)
  const found = await licensesFor(authority, input)
  return {
    product,
    brand: own.name,
    authority: (await authorityName(ledger.db)) ?? own.name,
    roots,
    licenses: await Promise.all(
      found.map(async (license) => ({
        handed: await handedOf(authority, license, product.slug),
        state: license.state,
      })),
    ),
  }
}

const licensesFor = async (
  { ledger, brand, now }: Authority,
  { product, key, customer }: KitInput,
): Promise<readonly License[]> => {
  if (key !== undefined) return [await licenseNamed(ledger.db, brand, key)]
  if (customer === undefined) return []
  const { id } = await theCustomer(ledger.db, brand, customer)
  const { licenses, next } = await listLicenses(ledger.db, { brand, customer: id, product }, { limit: MOST }, now())
  const running = licenses.filter(({ status }) => status === 'active' || status === 'pending')
  if (next !== null) {
    throw new LicError('INVALID_INPUT', `the customer has more than ${MOST} licenses for ${product}`, {
      hint: 'name the one that the machine needs: --key KEY',
    })
  }
  if (running.length > 0) return running
  throw new LicError('NOT_FOUND', `the customer ${id} has no license for ${product} that runs`, {
    hint: `lic list --customer ${id}`,
  })
}

const handedOf = async ({ ledger, now }: Authority, license: License, product: string): Promise<HandedLicense> => {
  const { revisions, revision } = await showLicense(ledger.db, license, now())
  const bytes = revisions.find(({ number }) => number === revision)?.bytes ?? undefined
  if (bytes === undefined) throw new LicError('NOT_FOUND', 'the signed license is not in the ledger any more')
  const handed = handOver(bytes)
  if ([...handed.license.lines.values()].some((line) => line.product === product)) return handed
  throw new LicError('NOT_FOUND', `the license ${handed.masked} is not for ${product}`, {
    hint: 'lic show KEY tells what it is for',
  })
}
