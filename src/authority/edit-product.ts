/** `lic product edit` and `lic brand edit`. A prefix is for keys to come: those that were dealt keep theirs. */

import { theBrandSeen } from '../ledger/brands.ts'
import type { Change } from '../ledger/edits.ts'
import { theProduct } from '../ledger/products.ts'
import type { Tx } from '../ledger/schema.ts'
import type { Authority } from './authority.ts'
import { checkForm, checkName } from './checked.ts'
import { checkGiven, different, type Editing, recordEdit } from './edit-record.ts'

export interface NameChange extends Editing {
  readonly slug: string
  readonly name?: string | undefined
  /** Empty, of a product: the brand's from now on. */
  readonly prefix?: string | undefined
}

const checkedFields = ({ name, prefix }: NameChange, mayBeEmpty: boolean) => {
  checkGiven({ name, prefix }, '--name or --prefix')
  const empty = mayBeEmpty && prefix === ''
  return {
    name: name === undefined ? undefined : checkName('the name', name),
    prefix: prefix === undefined || empty ? prefix : checkForm('prefix', 'the prefix', prefix),
  }
}

/** @throws LicError USAGE, NOT_FOUND, INVALID_INPUT */
export const editProduct = (tx: Tx, authority: Authority, input: NameChange): Promise<readonly Change[]> =>
  recordEdit<'product.edited'>(tx, authority, 'product edit', input, async () => {
    const product = await theProduct(tx, authority.brand, input.slug)
    const data = different(checkedFields(input, true), product)
    return { type: 'product.edited', entity: product.slug, brand: product.brand, data }
  })

/** @throws LicError USAGE, NOT_FOUND, INVALID_INPUT */
export const editBrand = (tx: Tx, authority: Authority, input: NameChange): Promise<readonly Change[]> =>
  recordEdit<'brand.edited'>(tx, authority, 'brand edit', input, async () => {
    const brand = await theBrandSeen(tx, authority.brand, input.slug)
    const data = different(checkedFields(input, false), brand)
    return { type: 'brand.edited', entity: brand.slug, brand: brand.slug, data }
  })
