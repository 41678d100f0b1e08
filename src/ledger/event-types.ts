/**
 * The closed table of what can happen, and what each event says. `data` holds no personal data: names, addresses,
 * reasons and notes go into an event's `texts`, of which the log keeps commitments only. Invariant: a type's data may
 * gain optional fields, and never changes the meaning of one; a type that this program does not know is carried along.
 */

import type { KeyEvents, TrustPublished } from './key-events.ts'
import type { BackupMade, BackupRestored, CheckpointSigned } from './log-events.ts'

/** Values that an event may hold: JSON, and bytes. Absent, undefined and null mean the same. */
export type Plain = string | number | boolean | null | undefined | Uint8Array | readonly Plain[] | PlainMap
export interface PlainMap {
  readonly [name: string]: Plain
}

/** The vendor's authority came into being. */
export interface AuthorityCreated {
  readonly name: string
}

export interface BrandAdded {
  readonly name: string
  readonly prefix: string
}

/** The event's `brand` is the product's. */
export interface ProductAdded {
  readonly name: string
  readonly prefix?: string | null
}

/** The event's `brand` is the tier's, its entity `brand/code`. */
export interface TierAdded {
  readonly code: string
  /** Tiers of lower rank are below it. Absent: it stands outside the order. */
  readonly rank?: number | null
  /** Codes of the tiers that it passes for, where they do not follow from rank. */
  readonly ladder?: readonly string[] | null
  readonly title: string
  readonly description?: string | null
  readonly active?: boolean
  readonly popular?: boolean
  readonly prices?: Plain
  readonly kind: string
  readonly metric: string
  readonly term?: string | null
  readonly seats?: number | null
  readonly devices?: number | null
  readonly activation: string
  readonly graceHours?: number | null
  readonly freshDays?: number | null
  readonly autoRenew?: boolean
  readonly trial?: Plain
  readonly features: PlainMap
  readonly limits: PlainMap
  readonly featureTitles?: PlainMap | null
  readonly emergency?: boolean
}

/** The tier as it now stands, whole. */
export type TierEdited = TierAdded

/** What changes; absent stays. An empty prefix of a product: the brand's from now on. */
export interface BrandEdited {
  readonly name?: string | null
  readonly prefix?: string | null
}
export type ProductEdited = BrandEdited

/** One product that a bundle stands for, with what its line says for itself. */
export interface BundleItem {
  readonly product: string
  readonly tier?: string | null
  readonly kind?: string | null
  readonly metric?: string | null
  readonly seats?: number | null
  readonly devices?: number | null
  readonly activation?: string | null
}

/** The event's `brand` is the bundle's. */
export interface BundleAdded {
  readonly name: string
  readonly items: readonly BundleItem[]
}

/** What changes; absent stays. Items are replaced together. */
export interface BundleEdited {
  readonly name?: string | null
  readonly items?: readonly BundleItem[] | null
}

/** Texts: name, email, company, notes, metadata. */
export interface CustomerAdded {
  readonly country?: string | null
  readonly reseller?: string | null
  readonly tags?: readonly string[] | null
}

/** What changes; absent stays, an empty text or list takes away. Texts: name, email, company, notes, metadata. */
export type CustomerEdited = CustomerAdded

/** The clear text of everything that names the customer is erased; it says nothing else. */
export type CustomerForgotten = Readonly<Record<string, never>>

export interface LineData {
  /** 0 to 15, never dealt twice in one license. */
  readonly number: number
  readonly product: string
  readonly tier: string
  readonly kind: string
  readonly metric: string
  readonly seats?: number | null
  readonly devices?: number | null
  readonly activation: string
  readonly expires?: number | null
  readonly maintenanceUntil?: number | null
}

export interface StatusIndexData {
  readonly line: number
  readonly index: number
}

export interface RevisionData {
  readonly number: number
  readonly issuedAt: number
  readonly starts?: number | null
  /** Absent: never. */
  readonly expires?: number | null
  /** kid of the key that signed. */
  readonly signer: Uint8Array
  readonly anchor?: { readonly epoch: number; readonly base: number; readonly n: number } | null
}

/** The event's entity is the cti, its signed object the license. Texts: notes, metadata, label. */
export interface LicenseIssued {
  readonly prefix: string
  readonly test?: boolean
  readonly lines: readonly LineData[]
  readonly revision: RevisionData
  readonly statusIndexes: readonly StatusIndexData[]
  readonly reseller?: string | null
  readonly template?: string | null
  readonly orderRef?: string | null
  readonly invoiceRef?: string | null
  readonly subscriptionRef?: string | null
  readonly price?: number | null
  readonly currency?: string | null
  readonly autoRenew?: boolean | null
  readonly tags?: readonly string[] | null
  readonly legacyKey?: string | null
  readonly keyHash?: Uint8Array | null
  readonly replaces?: Uint8Array | null
}

/** The event's signed object is the new revision. */
export interface LicenseRenewed {
  readonly revision: RevisionData
  /** Lines that the revision changes, whole; those it does not name stay. */
  readonly lines?: readonly LineData[] | null
  readonly statusIndexes?: readonly StatusIndexData[] | null
}

/** The same terms under another key. */
export type LicenseReissued = LicenseRenewed

/** What the next revocation list says about an index: 0 valid, 1 revoked, 2 suspended. */
export interface StatusData {
  readonly index: number
  readonly status: number
}

/** The event's signed object is the new revision. What was taken away, `statuses` revokes. */
export interface LicenseChanged extends LicenseRenewed {
  /** Numbers of the lines that the revision leaves out. */
  readonly removed?: readonly number[] | null
  readonly statuses?: readonly StatusData[] | null
}

/**
 * With a `line` in the envelope the move is that line's alone, and the license keeps its state; a cancelled line is
 * left out of the next revision.
 */
export interface LicenseMoved {
  readonly statuses: readonly StatusData[]
}

/** Another license took its place. */
export interface LicenseSuperseded extends LicenseMoved {
  /** cti of the other. */
  readonly by: Uint8Array
}

/**
 * What the vendor keeps about a license beside what is signed; absent stays, an empty text or list takes away.
 * Texts: notes (added as a new paragraph; an empty one takes all away), label (replaced).
 */
export interface LicenseNoted {
  readonly tags?: readonly string[] | null
  readonly orderRef?: string | null
  readonly invoiceRef?: string | null
  readonly subscriptionRef?: string | null
}

/** The event's signed object is an extension: the end of `installed` moves to that of the revision `number`. */
export interface LicenseExtended {
  readonly installed: number
  readonly number: number
  readonly expires: number
}

/**
 * A request was answered. The event's entity is the release anchor, its signed object the activation.
 * Texts: asked (the request, hexadecimal), label, machineName, os, appVersion, binding: what a machine is called may name people.
 */
export interface ActivationRecorded {
  /** Anchor of the first activation of the place; absent: its own. */
  readonly place?: Uint8Array | null
  /** The number of the place among those of the line, from 1. */
  readonly number?: number | null
  /** An answer about the clock alone. */
  readonly placeless?: boolean | null
  /** The activation whose place it took over. */
  readonly replaces?: Uint8Array | null
  /** The one that it replaces is another machine, or the same with other parts: lists name it. */
  readonly other?: boolean | null
  readonly issuedAt: number
  readonly lease?: number | null
  readonly weak?: boolean | null
  readonly clock?: boolean | null
  /** The list that went along: its number, and that of its publishing. */
  readonly list?: readonly [list: number, number: number] | null
  /** The version of the trust bundle that went along. */
  readonly bundle?: number | null
  /** Five typed lines, without a chain: the site knows no other key for it. */
  readonly typed?: boolean | null
}

/** The event's signed object is the emergency anchor of one device. */
export interface ActivationAnchored {
  readonly revision: number
  readonly epoch: number
  readonly base: number
  readonly n: number
}

export interface ActivationReleased {
  readonly how: 'released' | 'unproved' | 'revoked'
  /** What the release code showed: only the device could. */
  readonly proof?: Uint8Array | null
}

/** What a site counted, of all the time since it began. The event's entity is the license; its activation, the device. */
export interface UsageReported {
  readonly number?: number | null
  readonly from: number
  readonly until: number
  readonly totals: PlainMap
  readonly peaks?: PlainMap | null
  /** Name -> [first day, [count, ...]]. */
  readonly days?: PlainMap | null
}

/** The event's entity is cti, hour and device; a code that is given again is another event of it. */
export interface EmergencyGiven {
  readonly hour: number
  /** Revisions whose chain covers the hour: a code of each. */
  readonly revisions: readonly number[]
}

/** The event's signed object is the list; its entity the list's `sub`. */
export interface RevocationsPublished {
  readonly number: number
  readonly count: number
}

export interface EventData extends KeyEvents {
  readonly 'authority.created': AuthorityCreated
  readonly 'trust.published': TrustPublished
  readonly 'brand.added': BrandAdded
  readonly 'brand.edited': BrandEdited
  readonly 'product.added': ProductAdded
  readonly 'product.edited': ProductEdited
  readonly 'bundle.added': BundleAdded
  readonly 'bundle.edited': BundleEdited
  readonly 'tier.added': TierAdded
  readonly 'tier.edited': TierEdited
  readonly 'customer.added': CustomerAdded
  readonly 'customer.edited': CustomerEdited
  readonly 'customer.forgotten': CustomerForgotten
  readonly 'license.issued': LicenseIssued
  readonly 'license.renewed': LicenseRenewed
  readonly 'license.reissued': LicenseReissued
  readonly 'license.changed': LicenseChanged
  readonly 'license.noted': LicenseNoted
  readonly 'license.superseded': LicenseSuperseded
  readonly 'license.suspended': LicenseMoved
  readonly 'license.reinstated': LicenseMoved
  readonly 'license.revoked': LicenseMoved
  readonly 'license.cancelled': LicenseMoved
  readonly 'license.extended': LicenseExtended
  readonly 'activation.recorded': ActivationRecorded
  readonly 'activation.anchored': ActivationAnchored
  readonly 'activation.released': ActivationReleased
  readonly 'usage.reported': UsageReported
  readonly 'emergency.given': EmergencyGiven
  readonly 'revocations.published': RevocationsPublished
  readonly 'checkpoint.signed': CheckpointSigned
  readonly 'backup.made': BackupMade
  readonly 'backup.restored': BackupRestored
}

export type EventType = keyof EventData

/** Kinds of entity, as numbered in the envelope. Numbers are never used again for another kind. */
export const ENTITY_KINDS = {
  authority: 1,
  key: 2,
  brand: 3,
  product: 4,
  tier: 5,
  customer: 6,
  license: 7,
  activation: 8,
  'revocation list': 9,
  bundle: 10,
  'emergency code': 11,
  checkpoint: 14,
  'trust bundle': 15,
} as const

export type EntityKind = keyof typeof ENTITY_KINDS

export interface EventRow {
  readonly entity: EntityKind
  /** Whether it is the first that happens to its entity. */
  readonly first: 'always' | 'never' | 'maybe'
}

/** What each type is about. */
export const EVENT_TYPES: { readonly [T in EventType]: EventRow } = {
  'authority.created': { entity: 'authority', first: 'always' },
  'key.created': { entity: 'key', first: 'always' },
  'key.certified': { entity: 'key', first: 'never' },
  'key.linked': { entity: 'key', first: 'never' },
  'key.copied': { entity: 'key', first: 'never' },
  'key.retired': { entity: 'key', first: 'never' },
  'key.compromised': { entity: 'key', first: 'never' },
  'trust.published': { entity: 'trust bundle', first: 'maybe' },
  'brand.added': { entity: 'brand', first: 'always' },
  'brand.edited': { entity: 'brand', first: 'never' },
  'product.added': { entity: 'product', first: 'always' },
  'product.edited': { entity: 'product', first: 'never' },
  'bundle.added': { entity: 'bundle', first: 'always' },
  'bundle.edited': { entity: 'bundle', first: 'never' },
  'tier.added': { entity: 'tier', first: 'always' },
  'tier.edited': { entity: 'tier', first: 'never' },
  'customer.added': { entity: 'customer', first: 'always' },
  'customer.edited': { entity: 'customer', first: 'never' },
  'customer.forgotten': { entity: 'customer', first: 'never' },
  'license.issued': { entity: 'license', first: 'always' },
  'license.renewed': { entity: 'license', first: 'never' },
  'license.reissued': { entity: 'license', first: 'never' },
  'license.changed': { entity: 'license', first: 'never' },
  'license.noted': { entity: 'license', first: 'never' },
  'license.superseded': { entity: 'license', first: 'never' },
  'license.suspended': { entity: 'license', first: 'never' },
  'license.reinstated': { entity: 'license', first: 'never' },
  'license.revoked': { entity: 'license', first: 'never' },
  'license.cancelled': { entity: 'license', first: 'never' },
  'license.extended': { entity: 'license', first: 'never' },
  'activation.recorded': { entity: 'activation', first: 'always' },
  'activation.anchored': { entity: 'activation', first: 'never' },
  'activation.released': { entity: 'activation', first: 'never' },
  'usage.reported': { entity: 'license', first: 'never' },
  'emergency.given': { entity: 'emergency code', first: 'maybe' },
  'revocations.published': { entity: 'revocation list', first: 'maybe' },
  'checkpoint.signed': { entity: 'checkpoint', first: 'maybe' },
  'backup.made': { entity: 'authority', first: 'never' },
  'backup.restored': { entity: 'authority', first: 'never' },
}

/** Where an event came from, as numbered in the envelope. */
export const SOURCES = { cli: 1, bulk: 2, ci: 3, server: 4, import: 5, job: 6 } as const
export type Source = keyof typeof SOURCES
