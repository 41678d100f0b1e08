/** A throw-away authority in memory, for the test suite of a product: one call, no files, the same code as the real one. */

import { importPublicKey, type PublicKey } from '../core/keys.ts'
import { openLedger } from '../ledger/open.ts'
import { addProduct } from './add-product.ts'
import { type Authority, type OpenKey, write } from './authority.ts'
import { found, keyFileOf, newKeys, ROLES } from './found.ts'
import type { KeyContents } from './key-pem.ts'
import type { KeyRoom } from './key-room.ts'
import { fileSigner } from './signer.ts'
import { starterTiers } from './starter-tiers.ts'

export interface EphemeralOptions {
  /** Slugs of the products that licenses will be for. Default: one, `product`. */
  readonly products?: readonly string[]
  /** Path of a ledger that is not there yet. Default: in memory. */
  readonly file?: string
  readonly now?: () => number
  readonly random?: (length: number) => Uint8Array
}

export interface EphemeralAuthority extends Authority {
  /** What `verify` is given as `roots`. */
  readonly roots: readonly PublicKey[]
  /** Where its new keys are put: its memory. */
  readonly room: KeyRoom
  close(): Promise<void>
}

/** An authority with the starter tiers on `:memory:`. Nothing it signs is accepted under any other root. */
export const ephemeralAuthority = async (options: EphemeralOptions = {}): Promise<EphemeralAuthority> => {
  const {
    products = ['product'],
    file = ':memory:',
    now = () => Math.floor(Date.now() / 1000),
    random = (length) => crypto.getRandomValues(new Uint8Array(length)),
  } = options
  const keys = newKeys(random)
  const opened = new Map(ROLES.map((role) => [keyFileOf(role), openedOf(keys[role])]))
  const ledger = await openLedger({ file, create: true })
  const authority: Authority = {
    ledger,
    keychain: { open: async (name) => opened.get(name) ?? {} },
    now,
    random,
    actor: 'test',
    source: 'cli',
    brand: null,
    dryRun: false,
  }
  await ledger.transaction(async (tx) =>
    found(tx, authority, keys, { name: 'Ephemeral', brand: 'ephemeral', prefix: 'TEST', tiers: await starterTiers() }),
  )
  await write(authority, async (tx) => {
    for (const slug of products) await addProduct(tx, authority, { slug, name: slug, brand: 'ephemeral' })
  })
  const root = opened.get(keyFileOf('root'))?.signer?.publicKey as Uint8Array
  const room: KeyRoom = {
    put: async (name, contents) => void opened.set(name, openedOf(contents)),
    take: async (name) => void opened.delete(name),
    rehang: async (name, emergency) => {
      opened.set(name, { ...opened.get(name), emergency: openedOf({ emergency }).emergency })
    },
  }
  return { ...authority, roots: [importPublicKey(root)], room, close: () => ledger.close() }
}

const openedOf = ({ seed, emergency }: KeyContents): OpenKey => ({
  signer: seed && fileSigner(seed),
  emergency: emergency && { epoch: emergency.epoch, secret: emergency.secret.reveal() },
})
