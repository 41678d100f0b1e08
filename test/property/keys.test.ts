/**
 * Random lives of an authority against a small model: keys rotated, licenses issued and changed, keys stolen and lifted, lists
 * and bundles published. After each publishing every license that was ever signed, and every one that a thief made, is
 * verified on the first root alone. None stands that should not, none is refused that should stand.
 */

import { describe, expect, test } from 'vitest'
import { addCustomer } from '../../src/authority/add-customer.ts'
import { type Authority, write } from '../../src/authority/authority.ts'
import { change } from '../../src/authority/change.ts'
import { compromiseKey } from '../../src/authority/compromise-key.ts'
import { type EphemeralAuthority, ephemeralAuthority, issue, move } from '../../src/authority/index.ts'
import { publishRevocations } from '../../src/authority/publish-revocations.ts'
import { publishTrust } from '../../src/authority/publish-trust.ts'
import { openForReissue, reissueAll } from '../../src/authority/reissue.ts'
import { retireKey } from '../../src/authority/retire-key.ts'
import { rotateKey } from '../../src/authority/rotate-key.ts'
import { untagged } from '../../src/authority/sealing.ts'
import { seal } from '../../src/authority/sign-object.ts'
import type { Signer } from '../../src/authority/signer.ts'
import { toHex } from '../../src/core/bytes.ts'
import type { Trust } from '../../src/core/chain.ts'
import { objectHash, open, splitSequence } from '../../src/core/cose.ts'
import { LicError } from '../../src/core/errors.ts'
import { readLicense, writeLicense } from '../../src/core/license.ts'
import type { TreeHead } from '../../src/core/merkle.ts'
import { type RevocationList, readRevocationList } from '../../src/core/revocation.ts'
import { readTrustBundle, type TrustBundle, withBundles, withoutLifted } from '../../src/core/trust-bundle.ts'
import { verify } from '../../src/core/verify.ts'
import { decodeEnvelope } from '../../src/ledger/envelope.ts'
import { listKeys } from '../../src/ledger/keys.ts'
import { logSize } from '../../src/ledger/sequence.ts'
import { seeded } from '../harness/world.ts'
import { DAY, NOW } from '../ledger/book.ts'
import { SLOW, size } from './size.ts'

const LIVES = size(8, 500)
const STEPS = 28

/** Something signed that somebody may show. */
interface Shown {
  readonly bytes: Uint8Array
  readonly kid: string
  readonly issuedAt: number
  /** When it came into the world, whatever it says of itself. */
  readonly madeAt: number
  /** What the list says of it hangs on this; null: the thief took none. */
  readonly place: object | null
  /** Since when its key is certified. */
  readonly from: number
}

interface Sold {
  readonly key: string
  readonly shown: Shown[]
  place: object
  gone: boolean
}

/** What the model believes was published. */
interface Told {
  readonly stolen: ReadonlyMap<string, number>
  readonly revoked: ReadonlySet<object>
}
interface Bundled {
  readonly lifted: ReadonlySet<string>
  readonly ended: ReadonlyMap<string, number>
}

class Life {
  readonly #random: (length: number) => Uint8Array
  readonly #sold: Sold[] = []
  readonly #forged: Shown[] = []
  /** By kid: how the thief signs. */
  readonly #loot = new Map<string, { signer: Signer; chain: Uint8Array; from: number }>()
  readonly #stolen = new Map<string, number>()
  readonly #lifted = new Set<string>()
  readonly #ended = new Map<string, number>()
  readonly #revoked = new Set<object>()
  #authority: EphemeralAuthority & Authority
  #roots = 1
  #told: Told = { stolen: new Map(), revoked: new Set() }
  #bundled: Bundled = { lifted: new Set(), ended: new Map() }
  #lists: readonly RevocationList[] = []
  #bundles: readonly TrustBundle[] = []
  #trust: Trust = { roots: [] }
  #counted: readonly RevocationList[] = []
  #places = new Map<string, number>()
  now = NOW
  verified = 0

  constructor(seed: string, authority: EphemeralAuthority) {
    this.#random = seeded(seed)
    this.#authority = { ...authority, now: () => this.now, confirmClock: async () => undefined }
  }

  static async begin(seed: string): Promise<Life> {
    const made = await ephemeralAuthority({ now: () => NOW, random: seeded(`${seed} keys`), products: ['editor'] })
    const life = new Life(seed, made)
    await write(life.#authority, async (tx) => {
      await addCustomer(tx, life.#authority, { id: 'acme', name: 'Acme', brand: 'ephemeral' })
    })
    await life.#note()
    return life
  }

  #below(count: number): number {
    const [a = 0, b = 0] = this.#random(2)
    return (a * 256 + b) % count
  }

  #one<T>(all: readonly T[]): T | undefined {
    return all[this.#below(Math.max(all.length, 1))]
  }

  #keys() {
    return listKeys(this.#authority.ledger.db)
  }

  async #issuing() {
    return (await this.#keys()).filter(({ role, state }) => role === 'issuing' && state === 'active')
  }

  async step(): Promise<void> {
    this.now += this.#below(4) * DAY + this.#below(3600)
    const steps = [
      this.#issue,
      this.#issue,
      this.#change,
      this.#revoke,
      this.#rotate,
      this.#steal,
      this.#notice,
      this.#forge,
      this.#forge,
      this.#publish,
      this.#publish,
      this.#publishTrust,
    ]
    await steps[this.#below(steps.length)]?.call(this)
    await this.#note()
  }

  /** How long the log was, and when. */
  async #note(): Promise<void> {
    this.#history.push({ at: this.now, size: await logSize(this.#authority.ledger.db) })
  }
  readonly #history: { at: number; size: number }[] = []

  #show(bytes: Uint8Array, place: object | null, from = 0): Shown {
    const signed = open(bytes)
    return { bytes, kid: toHex(signed.kid), issuedAt: readLicense(signed).issuedAt, madeAt: this.now, place, from }
  }

  async #issue(): Promise<void> {
    if ((await this.#issuing()).length === 0) return
    const lines = [{ product: 'editor', tier: 'basic', seats: 10 }]
    const { bytes, key } = await issue(this.#authority, { customer: 'acme', lines, expires: '4y' })
    const place = {}
    this.#sold.push({ key, place, gone: false, shown: [this.#show(bytes, place)] })
  }

  async #change(): Promise<void> {
    const sold = this.#one(this.#sold.filter(({ gone }) => !gone))
    if (!sold || (await this.#issuing()).length === 0) return
    const { license } = await issueOf(sold)
    const before = [...license.lines.values()][0]?.seats ?? 1
    const seats = before + (this.#below(2) === 0 ? 3 : before > 2 ? -1 : 1)
    const { handed } = await change(this.#authority, { key: sold.key, seats } as never)
    if (seats < before) {
      this.#revoked.add(sold.place)
      sold.place = {}
    }
    sold.shown.push(this.#show(handed.bytes, sold.place))
  }

  async #revoke(): Promise<void> {
    const sold = this.#one(this.#sold.filter(({ gone }) => !gone))
    if (!sold || this.#below(2) === 0) return
    await move(this.#authority, 'revoke', { key: sold.key, reason: 'refund' })
    this.#revoked.add(sold.place)
    sold.gone = true
  }

  async #rotate(): Promise<void> {
    const role = this.#one(['issuing', 'issuing', 'issuing', 'list', 'root', 'emergency', 'retire'])
    if (role === 'root' && this.#roots++ > 2) return
    const { room } = this.#authority
    if (role !== 'retire') await rotateKey(this.#authority, room, { key: role ?? 'issuing' })
    else {
      const all = await this.#issuing()
      if (all[0] && all.length > 1) await retireKey(this.#authority, { key: toHex(all[0].kid), force: true })
    }
  }

  /** Somebody copies a key; nobody knows yet. */
  async #steal(): Promise<void> {
    const key = this.#one((await this.#keys()).filter(({ role }) => role === 'issuing'))
    if (!key?.file || !key.certificate) return
    const { signer } = await this.#authority.keychain.open(key.file)
    if (signer) this.#loot.set(toHex(key.kid), { signer, chain: untagged(key.certificate), from: key.notBefore ?? 0 })
    this.#times.set(toHex(key.kid), this.#times.get(toHex(key.kid)) ?? this.now)
  }
  /** When each key was stolen. */
  readonly #times = new Map<string, number>()

  /** The vendor finds out, and says so; perhaps everything is signed again. */
  async #notice(): Promise<void> {
    const kid = this.#one([...this.#times.keys()])
    if (!kid) return
    // Never later than it was, and never earlier than the last time that was said.
    const at =
      Math.min(this.#times.get(kid) ?? 0, this.#stolen.get(kid) ?? Number.MAX_SAFE_INTEGER) - this.#below(3) * 60
    const { under } = await compromiseKey(this.#authority, { key: kid, at })
    this.#stolen.set(kid, at)
    this.#lifted.delete(kid)
    if ((await this.#issuing()).length === 0) await rotateKey(this.#authority, this.#authority.room, { key: 'issuing' })
    if (this.#below(2) === 0) return
    const signer = await openForReissue(this.#authority, under)
    for await (const each of reissueAll(this.#authority, signer, under)) {
      if (!('handed' in each)) throw each.error
      const sold = this.#sold.find(({ key }) => key === each.handed.key)
      sold?.shown.push(this.#show(each.handed.bytes, sold.place))
    }
  }

  /** What a thief signs: a license of somebody's, better and longer, dated as it pleases them. */
  async #forge(): Promise<void> {
    const loot = this.#one([...this.#loot.values()])
    const sold = this.#one(this.#sold)
    if (!loot || !sold) return
    const { license } = await issueOf(sold)
    const own = this.#below(2) === 0 ? license.cti : this.#random(10)
    const lines = new Map(
      [...license.lines].map(([n, line]) => [n, { ...line, seats: 0, statusIndex: undefined, devices: undefined }]),
    )
    const issuedAt = this.#below(2) === 0 ? this.now : NOW + this.#below(60)
    const payload = writeLicense({ ...license, cti: own, lines, issuedAt, revision: 1 + this.#below(9) })
    const { bytes } = await seal('license', payload, loot.signer, loot.chain)
    this.#forged.push(this.#show(bytes, null, loot.from))
  }

  async #publish(): Promise<void> {
    const { bytes } = await publishRevocations(this.#authority)
    const trust = withBundles({ roots: this.#authority.roots }, this.#bundles)
    this.#lists = splitSequence(bytes).map((list) => readRevocationList(list, { ...trust, now: this.now }))
    this.#told = { stolen: new Map(this.#stolen), revoked: new Set(this.#revoked) }
    // What a bundle has lifted is in no list any more.
    for (const kid of this.#lifted) (this.#told.stolen as Map<string, number>).delete(kid)
    await this.#check()
  }

  async #publishTrust(): Promise<void> {
    const keys = await this.#keys()
    const stolen = keys.filter(({ state, role }) => state === 'compromised' && role === 'issuing')
    const lift = this.#below(3) === 0 ? stolen.slice(0, 1).map(({ kid }) => toHex(kid)) : []
    const any = this.#one(keys.filter(({ role }) => role === 'issuing'))
    const end = any && this.#below(2) === 0 ? [{ key: toHex(any.kid), at: this.now - this.#below(8) * DAY }] : []
    const { bytes } = await publishTrust(this.#authority, { lift, end })
    for (const kid of lift) this.#lifted.add(kid)
    for (const { key, at } of end) this.#ended.set(key, at)
    for (const kid of lift) this.#stolen.delete(kid)
    this.#bundles = [readTrustBundle(bytes, { roots: this.#authority.roots, now: this.now })]
    this.#bundled = { lifted: new Set(this.#lifted), ended: new Map(this.#ended) }
    await this.#check()
  }

  /** What should be said of it, by whoever recorded it at that time. */
  #expected({ kid, issuedAt, place, from }: Shown, installedAt: number | undefined, proven: boolean): string {
    if (issuedAt < from) return 'RIGHTS_EXCEEDED'
    const end = this.#bundled.ended.get(kid)
    if (end !== undefined && issuedAt > end) return 'RIGHTS_EXCEEDED'
    const cutoff = this.#bundled.lifted.has(kid) ? undefined : this.#told.stolen.get(kid)
    if (cutoff !== undefined && !proven && !(installedAt !== undefined && installedAt < cutoff))
      return 'KEY_COMPROMISED'
    return place !== null && this.#told.revoked.has(place) ? 'LICENSE_REVOKED' : 'ok'
  }

  #found(bytes: Uint8Array, installedAt: number | undefined, provenIn: readonly TreeHead[]): string {
    try {
      const facts = { product: 'editor', now: this.now, revocations: this.#counted, installedAt, provenIn }
      const verdict = verify(bytes, { ...this.#trust, ...facts })
      return verdict.ok ? 'ok' : verdict.code
    } catch (error) {
      if (error instanceof LicError) return error.code
      throw error
    }
  }

  /** Places in the log by the hash of what was signed. */
  async #logged(): Promise<ReadonlyMap<string, number>> {
    const { db } = this.#authority.ledger
    const from = Math.max(-1, ...this.#places.values())
    for (const { place, bytes } of await db
      .selectFrom('events')
      .select(['place', 'bytes'])
      .where('place', '>', from)
      .execute()) {
      const { object } = decodeEnvelope(bytes)
      if (object && place !== null) this.#places.set(toHex(object), place)
    }
    return this.#places
  }

  async #check(): Promise<void> {
    // The same arrays for all, as in a product.
    this.#trust = withBundles({ roots: this.#authority.roots }, this.#bundles)
    this.#counted = withoutLifted(this.#lists, this.#bundles)
    const logged = await this.#logged()
    for (const [, cutoff, size] of this.#lists[0]?.compromised ?? []) {
      expect(size).toBe(this.#history.findLast(({ at }) => at < cutoff)?.size ?? 0)
    }
    const all = [...this.#sold.flatMap(({ shown }) => shown), ...this.#forged]
    for (const each of all) {
      const entry = this.#lists[0]?.compromised.find(([kid]) => toHex(kid) === each.kid)
      const head = entry && { size: entry[2], root: entry[3] }
      const place = logged.get(toHex(objectHash(open(each.bytes))))
      // An honest proof exists only of what was in the log; one of another tree is worth nothing.
      const proven = head !== undefined && place !== undefined && place < head.size
      for (const installedAt of [undefined, each.madeAt, each.madeAt + 5 * DAY]) {
        const wanted = (given: boolean): string => this.#expected(each, installedAt, given)
        const shown = proven && head ? [head] : [{ size: (head?.size ?? 0) + 1, root: new Uint8Array(32) }]
        expect([this.#found(each.bytes, installedAt, []), this.#found(each.bytes, installedAt, shown)]).toEqual([
          wanted(false),
          wanted(proven),
        ])
        this.verified += 1
      }
    }
  }

  close(): Promise<void> {
    return this.#authority.close()
  }
}

const issueOf = async ({ shown }: Sold) => ({ license: readLicense(open(shown.at(-1)?.bytes ?? new Uint8Array())) })

describe('random lives', () => {
  test(`${LIVES} of them agree with the model`, { timeout: SLOW ? 7_200_000 : 120_000 }, async () => {
    let verified = 0
    for (let n = 0; n < LIVES; n++) {
      const life = await Life.begin(`life ${n}`)
      try {
        for (let step = 0; step < STEPS; step++) {
          await life.step().catch((cause: unknown) => {
            throw new Error(`life ${n}, step ${step}: ${cause instanceof Error ? cause.message : cause}`, { cause })
          })
        }
        verified += life.verified
      } finally {
        await life.close()
      }
    }
    expect(verified).toBeGreaterThan(LIVES * 20)
  })
})
