/** Bytes: what travels to customers, and what a web page loads. */

import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { type EphemeralAuthority, handOver, issue } from '../../src/authority/index.ts'
import { pack } from '../../src/authority/publish-revocations.ts'
import { openSigningKey, untagged } from '../../src/authority/sealing.ts'
import { Secret } from '../../src/authority/secret.ts'
import { seal } from '../../src/authority/sign-object.ts'
import { fileSigner } from '../../src/authority/signer.ts'
import { writeCertificate } from '../../src/core/certificate.ts'
import { encodeText } from '../../src/core/codes/text.ts'
import { type License, writeLicense } from '../../src/core/license.ts'
import { readRevocationList, writeRevocationList } from '../../src/core/revocation.ts'
import { PLACES } from '../../src/core/status.ts'
import { verify } from '../../src/core/verify.ts'
import { qrCode } from '../../src/render/qr.ts'
import { atMost, type Row } from './row.ts'

const TIERS: Readonly<Record<string, number>> = {
  free: 310,
  basic: 400,
  trial: 475,
  professional: 525,
  enterprise: 535,
}
const CERTIFICATE = 170
const QR_BARE = 19
const QR_CHAINED = 22
const CI_TRIAL = 800
const QR_GRANTS = 25
const DOOR = 25_000

const bytesRow = (what: string, measured: number, limit: number): Row =>
  atMost({ what, measured: `${measured} B`, limit: `${limit} B`, ratio: measured / limit }, 1)

const qrRow = async (what: string, bytes: Uint8Array, limit: number): Promise<Row> => {
  const { version } = await qrCode(encodeText(bytes))
  return atMost({ what, measured: `version ${version}`, limit: `version ${limit}`, ratio: version / limit }, 1)
}

/** Product, tier, end and no more. */
const minimal = (now: number): number => {
  const license: License = {
    issuedAt: now,
    expires: now + 365 * 86_400,
    cti: new Uint8Array(10).fill(0x5a),
    prefix: 'EDIT',
    lines: new Map([
      [0, { product: 'editor', tier: 'pro', kind: 'subscription', metric: 'seat', activation: 'none', deviceRule: 15 }],
    ]),
    revision: 1,
    grace: 48,
  }
  const payload = writeLicense(license).length
  // Tag and array, protected header in its byte string, empty map, payload in its byte string, signature in its.
  return 2 + 14 + 1 + (payload < 24 ? 1 : payload < 256 ? 2 : 3) + payload + 66
}

/** What a CI runner will make: a trial that names a grant, with the delegated certificate and the issuing one behind it. */
const ciTrial = async (authority: EphemeralAuthority, trial: License): Promise<Uint8Array> => {
  const now = authority.now()
  const issuing = await openSigningKey(authority, 'issuing')
  const runner = fileSigner(new Secret(new Uint8Array(32).fill(4)))
  const [line] = trial.lines.values()
  if (!line) throw new Error('a trial without a line')
  const grant = { line: { ...line, statusIndex: undefined }, term: 14 * 24, grace: 0 }
  const certificate = writeCertificate({
    starts: now,
    expires: now + 90 * 86_400,
    publicKey: runner.publicKey,
    types: [1],
    grants: new Map([[0, grant]]),
  })
  const delegated = await seal('certificate', certificate, issuing.signer, issuing.chain)
  const named = { grant: 0, kind: 'subscription', metric: 'seat', activation: 'none', deviceRule: 15 } as const
  const license: License = {
    issuedAt: now,
    expires: now + 14 * 86_400,
    cti: new Uint8Array(10).fill(0x5a),
    prefix: 'EDIT',
    lines: new Map([[0, named]]),
    revision: 1,
    grace: 48,
  }
  const { bytes } = await seal('license', writeLicense(license), runner, untagged(delegated.bytes))
  const verdict = verify(bytes, { roots: authority.roots, product: 'editor', now })
  if (!verdict.ok || verdict.line.seats !== 50) throw new Error('the trial does not stand')
  return bytes
}

export const sizeRows = async (authority: EphemeralAuthority, customer: string): Promise<Row[]> => {
  const rows = [bytesRow('license, minimal', minimal(authority.now()), 145)]
  let largest = new Uint8Array()
  let certificate = 0
  let trial: Uint8Array = new Uint8Array()
  for (const [tier, limit] of Object.entries(TIERS)) {
    const handed = await issue(authority, {
      customer,
      lines: [{ product: 'editor', tier }],
      expires: tier === 'trial' ? undefined : '1y',
    })
    const { bytes } = handOver(handed.bytes, { compact: true })
    certificate = handed.bytes.length - bytes.length
    if (tier === 'trial') trial = await ciTrial(authority, handed.license)
    if (handed.bytes.length > largest.length) largest = new Uint8Array(handed.bytes)
    rows.push(bytesRow(`license, ${tier}`, bytes.length, limit))
  }
  const bare = handOver(largest, { compact: true }).bytes
  return [
    ...rows,
    bytesRow('issuing certificate in it', certificate, CERTIFICATE),
    await qrRow('QR of the largest, bare', bare, QR_BARE),
    await qrRow('QR of the largest, with chain', largest, QR_CHAINED),
    bytesRow('CI trial with its whole chain', trial.length, CI_TRIAL),
    await qrRow('QR of it', trial, QR_GRANTS),
  ]
}

const ENTRIES = 1_000_000
const REVOKED = 10_000
/** Bits that it takes to say which of so many, in bytes. */
const entropy = (entries: number, named: number): number => {
  const p = named / entries
  return (-entries * (p * Math.log2(p) + (1 - p) * Math.log2(1 - p))) / 8
}

/** A million entries, a hundredth of them revoked, as they lie in a list: at random. A look-up is held against a millisecond. */
export const listRows = async (authority: EphemeralAuthority): Promise<Row[]> => {
  const now = authority.now()
  const key = await openSigningKey(authority, 'list')
  let seed = 1
  const next = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return seed >>> 12
  }
  const signed = async (revoked: number): Promise<Uint8Array> => {
    const places = new Set<number>()
    while (places.size < revoked) places.add(next())
    const zlib = pack([...places].sort((a, b) => a - b).map((place) => ({ place, status: 1 })))
    const none = { compromised: [], anchors: [], deadEpochs: [] }
    const payload = writeRevocationList({ list: 0, number: now, issuedAt: now, zlib, ...none })
    return (await seal('revocationList', payload, key.signer, key.chain)).bytes
  }
  const bytes = await signed(REVOKED)
  // As it is published: a list opens when the one before is three quarters full.
  const full = (PLACES * 3) / 4 / ENTRIES
  const both = (await signed(REVOKED * full)).length + (await signed(REVOKED * (1 - full))).length
  const least = entropy(ENTRIES, REVOKED)
  const list = readRevocationList(bytes, { roots: authority.roots, now })
  const looks = 200_000
  const began = performance.now()
  let found = 0
  for (let i = 0; i < looks; i++) if (list.statusAt(next()) === 'revoked') found += 1
  const each = (performance.now() - began) / looks
  if (found === 0) throw new Error('the list says nothing')
  const limit = `entropy ${Math.round(least)} B`
  return [
    atMost(
      { what: 'revocation list, 1 M entries', measured: `${bytes.length} B`, limit, ratio: bytes.length / least },
      1.5,
    ),
    { what: 'the same in two lists', measured: `${both} B`, limit, ratio: both / least, goal: '', ok: true },
    atMost({ what: 'look-up in it', measured: `${(each * 1000).toFixed(2)} us`, limit: '1000 us', ratio: each }, 1),
  ]
}

const gzipped = async (contents: string, root: string): Promise<number> => {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['source'],
    write: false,
  })
  return gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).length
}

export const doorRows = async (root: string): Promise<Row[]> => {
  const door = await gzipped("export * from './src/index.ts'", root)
  const alone = await gzipped("export * from '@noble/ed25519'", root)
  const measured = `${door} B`
  return [
    atMost({ what: 'verifier for browsers, gzip', measured, limit: `${DOOR} B`, ratio: door / DOOR }, 1),
    { what: '', measured, limit: `@noble/ed25519 ${alone} B`, ratio: door / alone, goal: '', ok: true },
  ]
}
