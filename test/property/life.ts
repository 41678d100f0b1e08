/**
 * One random life of an authority beside the model that it is held against: keys rotated, delegated, stolen and lifted; licenses
 * issued, changed and revoked; trials made where no ledger is, and taken in from journals that overlap; lists and bundles
 * published. What a thief of an issuing or delegated key signs by hand is among what is judged.
 */

import { expect } from 'vitest'
import { addCustomer } from '../../src/authority/add-customer.ts'
import { type Authority, write } from '../../src/authority/authority.ts'
import { change } from '../../src/authority/change.ts'
import { compromiseKey } from '../../src/authority/compromise-key.ts'
import { delegate } from '../../src/authority/delegate.ts'
import { type DelegatedKey, delegatedKey } from '../../src/authority/delegated-key.ts'
import { importTrials, type TakenIn, trialDesk } from '../../src/authority/import-trials.ts'
import { type EphemeralAuthority, ephemeralAuthority, issue, move } from '../../src/authority/index.ts'
import { publishRevocations } from '../../src/authority/publish-revocations.ts'
import { publishTrust } from '../../src/authority/publish-trust.ts'
import { openForReissue, reissueAll } from '../../src/authority/reissue.ts'
import { retireKey } from '../../src/authority/retire-key.ts'
import { rotateKey } from '../../src/authority/rotate-key.ts'
import { untagged } from '../../src/authority/sealing.ts'
import { seal } from '../../src/authority/sign-object.ts'
import { fileSigner, generateSeed, type Signer } from '../../src/authority/signer.ts'
import { trial } from '../../src/authority/trial.ts'
import { toHex } from '../../src/core/bytes.ts'
import { writeCertificate } from '../../src/core/certificate.ts'
import type { Trust } from '../../src/core/chain.ts'
import { formatKey } from '../../src/core/codes/license-key.ts'
import { objectHash, open, splitSequence } from '../../src/core/cose.ts'
import { LicError } from '../../src/core/errors.ts'
import { kidOf } from '../../src/core/keys.ts'
import { type License, readLicense, writeLicense } from '../../src/core/license.ts'
import type { TreeHead } from '../../src/core/merkle.ts'
import { type RevocationList, readRevocationList } from '../../src/core/revocation.ts'
import { readTrustBundle, type TrustBundle, withBundles, withoutLifted } from '../../src/core/trust-bundle.ts'
import { verify } from '../../src/core/verify.ts'
import { decodeEnvelope } from '../../src/ledger/envelope.ts'
import { type Key, listKeys } from '../../src/ledger/keys.ts'
import { logSize } from '../../src/ledger/sequence.ts'
import { seeded } from '../harness/world.ts'
import { DAY, NOW } from '../ledger/book.ts'

/** A key that somebody signs with, its owner or a thief. */
interface Hand {
  /** Its own kid, and that of the key above it: whatever is said of one of them is said of what it signs. */
  readonly kids: readonly string[]
  readonly signer: Signer
  readonly chain: Uint8Array
  /** The window that all certificates leave. */
  readonly from: number
  readonly until: number
  /** Of a delegated key. */
  readonly delegated?: { readonly key: DelegatedKey; readonly sample: License }
}

/** Something signed that somebody may show. */
interface Shown {
  readonly bytes: Uint8Array
  readonly hand: Pick<Hand, 'kids' | 'from' | 'until'>
  readonly issuedAt: number
  readonly expires: number
  /** When it came into the world, whatever it says of itself. */
  readonly madeAt: number
  /** What the list says of it hangs on this; null: the thief took none. */
  readonly place: object | null
  /** It gives more than its grant. */
  readonly wide: boolean
}

interface Sold {
  readonly key: string
  readonly shown: Shown[]
  /** As it was signed last. */
  license: License
  seats: number
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

/** Nothing that is kept for years ends within a life. */
const NEVER = Number.MAX_SAFE_INTEGER

export class Life {
  readonly #random: (length: number) => Uint8Array
  readonly #sold: Sold[] = []
  readonly #forged: Shown[] = []
  /** Every license under a delegated key, its holder's and the thief's: the lines of all journals. */
  readonly #trials: Shown[] = []
  readonly #taken = new Set<Shown>()
  readonly #holders: Hand[] = []
  /** By kid: how the thief signs. */
  readonly #loot = new Map<string, Hand>()
  /** When each key was stolen. */
  readonly #times = new Map<string, number>()
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
  /** How long the log was, and when. */
  readonly #history: { at: number; size: number }[] = []
  now = NOW
  verified = 0
  /** What was found, and said of trials: a model that never sees a code agrees with nothing about it. */
  readonly seen = new Set<string>()

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
    await life.#delegate()
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

  #some<T>(all: readonly T[]): readonly T[] {
    return all.filter(() => this.#below(2) === 0)
  }

  #keys(): Promise<readonly Key[]> {
    return listKeys(this.#authority.ledger.db)
  }

  async #issuing(): Promise<readonly Key[]> {
    return (await this.#keys()).filter(({ role, state }) => role === 'issuing' && state === 'active')
  }

  /** Whether the newest issuing key signs; one that the root ended says so, and is followed by another. */
  async #signs(): Promise<boolean> {
    const newest = (await this.#issuing()).at(-1)
    if (newest === undefined) return false
    if (newest.endedAt === null || newest.endedAt >= this.now) return true
    const asked = issue(this.#authority, {
      customer: 'acme',
      lines: [{ product: 'editor', tier: 'basic' }],
      expires: '1y',
    })
    expect(await codeOf(asked)).toBe('RIGHTS_EXCEEDED')
    await rotateKey(this.#authority, this.#authority.room, { key: 'issuing' })
    return true
  }

  async step(): Promise<void> {
    this.now += this.#below(4) * DAY + this.#below(3600)
    const steps = [
      this.#issue,
      this.#issue,
      this.#change,
      this.#revoke,
      this.#rotate,
      this.#delegate,
      this.#trial,
      this.#trial,
      this.#import,
      this.#import,
      this.#steal,
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

  async #note(): Promise<void> {
    this.#history.push({ at: this.now, size: await logSize(this.#authority.ledger.db) })
  }

  #show(bytes: Uint8Array, hand: Shown['hand'], place: object | null, wide = false): Shown {
    const { issuedAt, expires = NEVER } = readLicense(open(bytes))
    return { bytes, hand, issuedAt, expires, madeAt: this.now, place, wide }
  }

  /** What the vendor signed, by whichever of its keys. */
  async #own(bytes: Uint8Array, place: object): Promise<Shown> {
    const kid = toHex(open(bytes).kid)
    const key = (await this.#keys()).find((each) => toHex(each.kid) === kid)
    return this.#show(bytes, { kids: [kid], from: key?.notBefore ?? 0, until: key?.notAfter ?? NEVER }, place)
  }

  async #issue(): Promise<void> {
    if (!(await this.#signs())) return
    const lines = [{ product: 'editor', tier: 'basic', seats: 10 }]
    const { bytes, key, license } = await issue(this.#authority, { customer: 'acme', lines, expires: '4y' })
    const place = {}
    this.#sold.push({ key, place, gone: false, seats: 10, license, shown: [await this.#own(bytes, place)] })
  }

  async #change(): Promise<void> {
    const sold = this.#one(this.#sold.filter(({ gone, license }) => !gone && (license.expires ?? NEVER) > this.now))
    if (!sold || !(await this.#signs())) return
    const seats = sold.seats + (this.#below(2) === 0 ? 3 : sold.seats > 2 ? -1 : 1)
    const { handed } = await change(this.#authority, { key: sold.key, seats } as never)
    if (seats < sold.seats) {
      this.#revoked.add(sold.place)
      sold.place = {}
    }
    sold.seats = seats
    sold.license = handed.license
    sold.shown.push(await this.#own(handed.bytes, sold.place))
  }

  async #revoke(): Promise<void> {
    const sold = this.#one(this.#sold.filter(({ gone }) => !gone))
    if (!sold || this.#below(3) === 0) return
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

  /** A key for a CI, which ends within a long life. */
  async #delegate(): Promise<void> {
    if (!(await this.#signs())) return
    const terms = { products: ['editor'], tiers: ['trial'], maxTerm: '14d', expires: '45d' }
    const made = await delegate(this.#authority, { ...terms, name: `ci-${this.#holders.length + 1}` })
    const key = delegatedKey(made.contents)
    const above = (await this.#keys()).find(({ kid }) => toHex(kid) === toHex(made.signer))
    this.#holders.push({
      kids: [toHex(made.kid), toHex(made.signer)],
      signer: key.signer,
      chain: key.chain,
      from: Math.max(made.certificate.starts, above?.notBefore ?? 0),
      until: Math.min(made.certificate.expires, above?.notAfter ?? NEVER),
      delegated: { key, sample: this.#made(key, 0).license },
    })
  }

  #made(key: DelegatedKey, number: number): { readonly bytes: Uint8Array; readonly license: License } {
    const input = { product: 'editor', email: `user${number}@site${number % 7}.example` }
    const { bytes } = trial(key, input, { now: this.now, random: (n) => this.#random(n) }).handed
    return { bytes, license: readLicense(open(bytes)) }
  }

  /** The holder signs, without a ledger: also when the key is stolen, ended, or compromised, of which a CI hears nothing. */
  async #trial(): Promise<void> {
    const hand = this.#one(this.#holders)
    if (!hand?.delegated) return
    const { key } = hand.delegated
    if (this.now > hand.until) {
      expect(await codeOf((async () => this.#made(key, 1))())).toBe('RIGHTS_EXCEEDED')
      return
    }
    this.#trials.push(this.#show(this.#made(key, this.#trials.length).bytes, hand, {}))
  }

  /** Journals overlap: each time any part of what there is, and some of it twice. */
  async #import(): Promise<void> {
    const journal = [...this.#some(this.#trials), ...this.#some(this.#trials)]
    if (journal.length === 0) return
    const wanted = journal.map((each, i) => this.#takes(each, journal.indexOf(each) < i))
    const desk = await trialDesk(this.#authority)
    const done = await importTrials(this.#authority, desk, journal, undefined)
    expect(done.map(saidOf)).toEqual(wanted)
    for (const [i, each] of journal.entries()) {
      this.seen.add(`import ${wanted[i]}`)
      if (wanted[i] !== 'taken') continue
      const license = readLicense(open(each.bytes))
      const { prefix, cti } = license
      this.#taken.add(each)
      this.#sold.push({
        key: formatKey(prefix, cti),
        shown: [each],
        place: each.place as object,
        ...{ license, seats: 50, gone: false },
      })
    }
  }

  /** What the book should say to a license, by what it knows now. */
  #takes(each: Shown, twice: boolean): string {
    const { hand, issuedAt, wide, bytes } = each
    if (wide || issuedAt < hand.from || issuedAt > hand.until) return 'RIGHTS_EXCEEDED'
    if (hand.kids.some((kid) => issuedAt > (this.#ended.get(kid) ?? NEVER))) return 'RIGHTS_EXCEEDED'
    if (!this.#holders.some(({ kids }) => kids[0] === hand.kids[0])) return 'NOT_IN_LEDGER'
    if (hand.kids.some((kid) => this.#stolen.has(kid))) return 'KEY_COMPROMISED'
    if (this.#taken.has(each)) return 'again'
    const { cti } = readLicense(open(bytes))
    if (this.#sold.some(({ license }) => toHex(license.cti) === toHex(cti))) return 'CONFLICT'
    return twice ? 'again' : 'taken'
  }

  /** Somebody copies a key; nobody knows yet. */
  async #steal(): Promise<void> {
    const wanted = this.#below(2) === 0 ? 'issuing' : 'delegated'
    const key = this.#one((await this.#keys()).filter(({ role }) => role === wanted))
    if (!key?.certificate) return
    const kid = toHex(key.kid)
    const hand = this.#holders.find(({ kids }) => kids[0] === kid) ?? (await this.#handOf(key))
    if (!hand) return
    this.#loot.set(kid, hand)
    this.#times.set(kid, this.#times.get(kid) ?? this.now)
  }

  async #handOf({ kid, file, certificate, notBefore, notAfter }: Key): Promise<Hand | undefined> {
    if (!file || !certificate) return undefined
    const { signer } = await this.#authority.keychain.open(file)
    const chain = untagged(certificate)
    return signer && { kids: [toHex(kid)], signer, chain, from: notBefore ?? 0, until: notAfter ?? NEVER }
  }

  /** The vendor finds out, and says so; perhaps everything is signed again. */
  async #notice(): Promise<void> {
    const unknown = [...this.#times.keys()].filter((kid) => !this.#stolen.has(kid))
    const kid = this.#one(this.#below(4) === 0 ? [...this.#times.keys()] : unknown)
    if (!kid) return
    // Never later than it was, and never earlier than the last time that was said.
    const at =
      Math.min(this.#times.get(kid) ?? 0, this.#stolen.get(kid) ?? Number.MAX_SAFE_INTEGER) - this.#below(3) * 60
    const { under } = await compromiseKey(this.#authority, { key: kid, at })
    this.#stolen.set(kid, at)
    this.#lifted.delete(kid)
    if ((await this.#issuing()).length === 0) await rotateKey(this.#authority, this.#authority.room, { key: 'issuing' })
    if (this.#below(2) === 0) return
    await this.#signs()
    const signer = await openForReissue(this.#authority, under)
    for await (const each of reissueAll(this.#authority, signer, under)) {
      if (!('handed' in each)) throw each.error
      const sold = this.#sold.find(({ key }) => key === each.handed.key)
      if (!sold) throw new Error('a license that nobody has was signed again')
      sold.license = each.handed.license
      sold.shown.push(await this.#own(each.handed.bytes, sold.place))
    }
  }

  /** What a thief signs, dated as it pleases them. */
  async #forge(): Promise<void> {
    const loot = this.#one([...this.#loot.values()])
    if (!loot) return
    const issuedAt = this.#below(2) === 0 ? this.now : NOW + this.#below(60)
    if (loot.delegated) return this.#forgeTrial(loot, loot.delegated.sample, issuedAt)
    const holder = this.#one(this.#holders)?.delegated
    if (holder && this.#below(2) === 0) {
      return this.#forgeTrial(await this.#ownDelegation(loot, holder.key, issuedAt), holder.sample, issuedAt)
    }
    await this.#forgeLicense(loot, issuedAt)
  }

  /** A license of somebody's, better and longer. */
  async #forgeLicense(loot: Hand, issuedAt: number): Promise<void> {
    // A line that names a grant is worth nothing under a key that has none.
    const sold = this.#one(this.#sold.filter(({ license }) => !isUnderGrant(license)))
    if (!sold) return
    const { license } = sold
    const lines = new Map(
      [...license.lines].map(([n, line]) => [n, { ...line, seats: 0, statusIndex: undefined, devices: undefined }]),
    )
    const own = this.#below(2) === 0 ? license.cti : this.#random(10)
    const better = { cti: own, lines, issuedAt, expires: issuedAt + 1000 * DAY, revision: 1 + this.#below(9) }
    const payload = writeLicense({ ...license, ...better })
    const { bytes } = await seal('license', payload, loot.signer, loot.chain)
    this.#forged.push(this.#show(bytes, loot, null))
  }

  /** With the key above it a thief makes delegated keys that no book knows. */
  async #ownDelegation(loot: Hand, { certificate }: DelegatedKey, at: number): Promise<Hand> {
    const signer = fileSigner(generateSeed((n) => this.#random(n)))
    const starts = Math.max(at, loot.from)
    const own = { ...certificate, publicKey: signer.publicKey, starts, expires: starts + 90 * DAY }
    const { bytes } = await seal('certificate', writeCertificate(own), loot.signer, loot.chain)
    return {
      kids: [toHex(kidOf(signer.publicKey)), ...loot.kids],
      signer,
      chain: untagged(bytes),
      from: starts,
      until: Math.min(own.expires, loot.until),
    }
  }

  /** A trial like those of the holder; or wider than its grant, which every verifier refuses. */
  async #forgeTrial(hand: Hand, sample: License, issuedAt: number): Promise<void> {
    const wide = this.#below(3) === 0
    const named =
      this.#below(2) === 0
        ? this.#one(this.#sold.filter(({ shown }) => shown[0]?.hand.kids.length === 1))?.license.cti
        : undefined
    const payload = writeLicense({
      ...sample,
      cti: named ?? this.#random(10),
      issuedAt,
      expires: issuedAt + 14 * DAY + (wide ? 1 : 0),
    })
    const { bytes } = await seal('license', payload, hand.signer, hand.chain)
    this.#trials.push(this.#show(bytes, hand, named ? null : {}, wide))
  }

  async #publish(): Promise<void> {
    const { bytes } = await publishRevocations(this.#authority)
    const trust = withBundles({ roots: this.#authority.roots }, this.#bundles)
    this.#lists = splitSequence(bytes).map((list) => readRevocationList(list, { ...trust, now: this.now }))
    this.#told = { stolen: new Map(this.#stolen), revoked: new Set(this.#revoked) }
    await this.#check()
  }

  async #publishTrust(): Promise<void> {
    const keys = (await this.#keys()).filter(({ role }) => role === 'issuing' || role === 'delegated')
    const stolen = this.#one(keys.filter(({ state }) => state === 'compromised'))
    const lift = stolen && this.#below(3) === 0 ? [toHex(stolen.kid)] : []
    const any = this.#one(keys)
    const end = any && this.#below(2) === 0 ? [{ key: toHex(any.kid), at: this.now - this.#below(8) * DAY }] : []
    const { bytes } = await publishTrust(this.#authority, { lift, end })
    for (const kid of lift) this.#lifted.add(kid)
    for (const { key, at } of end) this.#ended.set(key, at)
    // What a bundle has lifted is in no later list.
    for (const kid of lift) this.#stolen.delete(kid)
    this.#bundles = [readTrustBundle(bytes, { roots: this.#authority.roots, now: this.now })]
    this.#bundled = { lifted: new Set(this.#lifted), ended: new Map(this.#ended) }
    await this.#check()
  }

  /** What should be said of it, by whoever recorded it at that time. @param proven compromised kids under which it is proven */
  #expected(each: Shown, installedAt: number | undefined, proven: ReadonlySet<string>): string {
    const { hand, issuedAt, expires, place, wide } = each
    if (wide || issuedAt < hand.from || issuedAt > hand.until) return 'RIGHTS_EXCEEDED'
    const { lifted, ended } = this.#bundled
    if (hand.kids.some((kid) => issuedAt > (ended.get(kid) ?? NEVER))) return 'RIGHTS_EXCEEDED'
    const falls = hand.kids.some((kid) => {
      const cutoff = lifted.has(kid) ? undefined : this.#told.stolen.get(kid)
      return cutoff !== undefined && !proven.has(kid) && (installedAt ?? cutoff) >= cutoff
    })
    if (falls) return 'KEY_COMPROMISED'
    if (place !== null && this.#told.revoked.has(place)) return 'LICENSE_REVOKED'
    // No trial has a grace, and lists that are ahead of the clock by a second move it.
    return Math.max(this.now, ...this.#lists.map((list) => list.issuedAt)) >= expires ? 'LICENSE_EXPIRED' : 'ok'
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
    const compromised = this.#lists[0]?.compromised ?? []
    for (const [, cutoff, size] of compromised) {
      expect(size).toBe(this.#history.findLast(({ at }) => at < cutoff)?.size ?? 0)
    }
    const all = new Set([...this.#sold.flatMap(({ shown }) => shown), ...this.#forged, ...this.#trials])
    for (const each of all) {
      const entries = compromised.filter(([kid]) => each.hand.kids.includes(toHex(kid)))
      const place = logged.get(toHex(objectHash(open(each.bytes))))
      // An honest proof exists only of what was in the log; one of another tree is worth nothing.
      const within = entries.filter(([, , size]) => place !== undefined && place < size)
      const proven = new Set(within.map(([kid]) => toHex(kid)))
      const heads = within.map(([, , size, root]) => ({ size, root }))
      const strange = [{ size: (entries[0]?.[2] ?? 0) + 1, root: new Uint8Array(32) }]
      for (const installedAt of [undefined, each.madeAt, each.madeAt + 5 * DAY]) {
        const wanted = [new Set<string>(), proven].map((given) => this.#expected(each, installedAt, given))
        const found = [[], heads.length > 0 ? heads : strange].map((shown) =>
          this.#found(each.bytes, installedAt, shown),
        )
        expect(found).toEqual(wanted)
        for (const code of wanted) this.seen.add(`${each.hand.kids.length > 1 ? 'trial' : 'license'} ${code}`)
        this.verified += 1
      }
    }
  }

  close(): Promise<void> {
    return this.#authority.close()
  }
}

const isUnderGrant = ({ lines }: License): boolean => [...lines.values()].some(({ grant }) => grant !== undefined)

const saidOf = (taken: TakenIn): string => (taken.ok ? taken.state : taken.error.code)

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
    return 'ok'
  } catch (error) {
    if (error instanceof LicError) return error.code
    throw error
  }
}
