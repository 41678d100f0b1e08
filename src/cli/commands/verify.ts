/**
 * `lic verify`: whether a license stands. With --root it needs nothing but that file: no ledger, no driver, no network.
 * Without, the own authority and its ledger are asked, and what is revoked there is refused before any list says so.
 */

import { encodeBase64 } from '../../core/base64.ts'
import { toHex } from '../../core/bytes.ts'
import { LIST_LIMITS } from '../../core/cbor.ts'
import type { Trust } from '../../core/chain.ts'
import { formatKey, maskKey } from '../../core/codes/license-key.ts'
import { open, splitSequence } from '../../core/cose.ts'
import type { ErrorCode } from '../../core/errors.ts'
import { decide } from '../../core/policy.ts'
import type { GrantedLicense, GrantedLine } from '../../core/rights.ts'
import { authenticate } from '../../core/verify.ts'
import type { Context } from '../context.ts'
import { readObject } from '../input.ts'
import { isoTime } from '../moment.ts'
import type { Finding, Outcome } from '../outcome.ts'
import type { Recorded } from '../own-book.ts'
import { rootsFrom } from '../roots.ts'

interface VerifyOptions {
  readonly license: readonly string[]
  readonly root: string | undefined
  readonly product: string | undefined
  readonly revocations: string | undefined
  readonly trust: string | undefined
  readonly at: string | undefined
  readonly allowTest: boolean
  readonly proof: readonly string[]
  readonly checkpoint: readonly string[]
}

export const verify = async (context: Context, options: VerifyOptions): Promise<Outcome> => {
  const { bytes } = await readObject(context, options.license)
  if (bytes[0] !== SIGNED) await (await import('../things.ts')).checkSigned(bytes, 'a license')
  // A response or a renewal may travel in one file with lists behind it: the license is the first, and nothing else than
  // objects stands behind it.
  const [license = bytes, ...behind] = splitSequence(bytes)
  const certificates = behind.filter((each) => open(each, LIST_LIMITS).type === 'certificate')
  if (options.root !== undefined) {
    return judged(context, options, license, { roots: await rootsFrom(context, options.root), certificates }, undefined)
  }
  const { withOwnBook } = await import('../own-book.ts')
  return withOwnBook(context, (trust, recorded) => judged(context, options, license, trust, recorded))
}

/** The first byte of every signed object (FORMAT 3.1); a request or a report of usage has another. */
const SIGNED = 0xd2

/** Loaded when something of it is given. */
const against = () => import('../held-against.ts')

const judged = async (
  context: Context,
  { product, revocations, trust: bundle, at, allowTest, proof, checkpoint }: VerifyOptions,
  bytes: Uint8Array,
  rooted: Trust,
  record: Recorded | undefined,
): Promise<Outcome> => {
  const { io } = context
  const now = at === undefined ? io.now() : (await import('../../authority/term.ts')).parseTime(at)
  const { trust, bundles } =
    bundle === undefined
      ? { trust: rooted, bundles: [] }
      : await (await against()).withBundleFile(context, bundle, rooted)
  const { license, signed, issuer } = authenticate(bytes, trust)
  const held =
    revocations === undefined ? undefined : await (await against()).listsIn(context, revocations, { trust, bundles })
  const lists = held?.lists ?? []
  const recorded = await record?.(license, signed)
  const shown = proof.length + checkpoint.length > 0
  const provenIn = shown
    ? await (await import('../proven.ts')).headsShown(context, { proof, checkpoint }, bytes, trust, lists)
    : []
  // This is not the product on its host, so what only that knows is left to it.
  const facts = {
    now,
    allowTest,
    revocations: lists,
    provenIn,
    activation: 'unchecked',
    version: 'unchecked',
    buildDate: 'unchecked',
  } as const
  const products = product === undefined ? [...license.lines.values()].map((line) => line.product) : [product]
  const lines = products.map((each) => lineVerdict(license, each, decide(license, issuer, { ...facts, product: each })))
  const refused: (Pick<LineVerdict, 'code' | 'reason'> & { readonly hint?: string }) | undefined =
    recorded?.refusal ?? lines.find(({ ok }) => !ok)
  const standing = refused === undefined
  const left = leftOf(license)
  const uncovered = held !== undefined && !held.coverAll(license)
  return {
    schema: 'verdict',
    data: {
      ok: standing,
      ...(refused && { code: refused.code, reason: refused.reason }),
      key: formatKey(license.prefix, license.cti),
      id: toHex(license.cti),
      customer: license.customer ?? null,
      licensee: license.licensee?.name ?? null,
      revision: license.revision,
      issued: isoTime(license.issuedAt),
      expires: isoTime(license.expires),
      test: license.test,
      lines,
      signer: toHex(issuer.key.kid),
      root: toHex(issuer.keys.at(-1)?.kid ?? issuer.key.kid),
      lists: lists.map((list) => ({ list: list.list, number: list.number, issued: isoTime(list.issuedAt) })),
      proven: provenIn.map(({ size, root }) => ({ size, root: encodeBase64(root) })),
      ledger: recorded ? { state: recorded.state, revision: recorded.revision } : null,
      at: isoTime(now),
    },
    show: {
      fields: [
        [
          'verdict',
          standing
            ? { text: lines.some(({ state }) => state === 'grace') ? 'valid, in grace' : 'valid', tone: 'good' }
            : { text: `refused: ${refused.code}`, tone: 'bad' },
        ],
        ['key', maskKey(license.prefix, license.cti)],
        ['licensee', license.licensee?.name],
        ...lines.map((line): [string, string] => ['product', lineText(line)]),
        ['expires', isoTime(license.expires) ?? 'never'],
        ['signed by', toHex(issuer.key.kid)],
        [
          'checked',
          `signature, chain, rights, time${lists.length > 0 && !uncovered ? ', revocation list' : ''}${provenIn.length > 0 ? `, log of ${provenIn.at(-1)?.size} events` : ''}${recorded ? ', ledger' : ''}`,
        ],
        ['left to the product', left.length > 0 ? left.join(', ') : undefined],
      ],
    },
    ...(refused && { finding: finding(refused, at) }),
    notes: [
      ...(uncovered ? ['the revocation file holds no list for this license, so it says nothing of it'] : []),
      ...(held?.overdue(now) ?? []),
    ],
  }
}

/** One line of the license, judged. Times are ISO 8601; what a refused or unknown product has not is left out. */
interface LineVerdict extends Partial<Pick<GrantedLine, 'tier' | 'title' | 'seats' | 'devices' | 'activation'>> {
  readonly product: string
  readonly line?: number
  readonly ok: boolean
  readonly state?: 'active' | 'grace'
  readonly ends?: string | null
  readonly graceEnds?: string | null
  readonly code?: ErrorCode
  readonly reason?: string
  readonly at?: string | null
}

const lineVerdict = (license: GrantedLicense, product: string, verdict: ReturnType<typeof decide>): LineVerdict => {
  const found = [...license.lines.values()].find((each) => each.product === product)
  const line = found && {
    line: found.number,
    tier: found.tier,
    title: found.title,
    seats: found.seats,
    devices: found.devices,
    activation: found.activation,
  }
  if (!verdict.ok)
    return { product, ok: false, code: verdict.code, reason: verdict.reason, at: isoTime(verdict.at), ...line }
  const { state, ends, graceEnds } = verdict
  return { product, ok: true, state, ends: isoTime(ends), graceEnds: isoTime(graceEnds), ...line }
}

const lineText = ({ product, title, ok, reason }: LineVerdict): string =>
  `${product}${title === undefined ? '' : ` ${title}`}${ok ? '' : `: ${reason}`}`

const finding = (
  { code = 'UNEXPECTED', reason, hint }: Pick<LineVerdict, 'code' | 'reason'> & { readonly hint?: string },
  at?: string,
): Finding => ({
  code,
  ...(hint !== undefined && { hint }),
  message: `the license is genuine, but ${reason}`,
  ...(code === 'CLOCK_ROLLED_BACK' && at !== undefined && { hint: '--at lies before the license was signed' }),
})

/** What only the product on its host can check. */
const leftOf = (license: GrantedLicense): readonly string[] => {
  const lines = [...license.lines.values()]
  return [
    ...(lines.some(({ activation }) => activation === 'required') ? ['activation on its device'] : []),
    ...(lines.some(({ versions }) => versions) ? ['its version'] : []),
    ...(lines.some(({ maintenanceUntil }) => maintenanceUntil !== undefined) ? ['its build date'] : []),
    ...(lines.some(({ restrictions }) => restrictions) ? ['where it runs'] : []),
  ]
}
