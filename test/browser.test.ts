/**
 * The verifier where no Node is: bundled as a product's web page would bundle it, run with what a browser has and nothing
 * else, through every license and revocation vector. And its size, which a page pays for.
 */

import { readFileSync } from 'node:fs'
import { createContext, runInContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { type BuildOptions, build } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import type { LicenseVector, RevocationVector } from './harness/vectors.ts'

const ROOT = new URL('..', import.meta.url).pathname

const bundled = async (entry: string, format: BuildOptions['format'] = 'esm'): Promise<string> => {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    minify: true,
    format,
    globalName: 'lic',
    platform: 'browser',
    target: 'es2022',
    conditions: ['source'],
    write: false,
  })
  return outputFiles[0]?.text ?? ''
}
const gzip = (text: string): number => gzipSync(text, { level: 9 }).length

const load = <T>(name: string): readonly (T & { readonly name: string })[] =>
  JSON.parse(readFileSync(`${ROOT}test/vectors/${name}.json`, 'utf8')).vectors

/** Arrays are made inside the context: its Uint8Array is another than Node's. */
const BROWSER = `
  globalThis.TextEncoder = class { encode(text) { return Uint8Array.from(host.encode(text)) } }
  globalThis.TextDecoder = class {
    constructor(label, options) { this.fatal = options?.fatal === true }
    decode(bytes) { return host.decode(bytes ?? new Uint8Array(), this.fatal) }
  }
  globalThis.atob = (text) => host.atob(text)
  globalThis.btoa = (text) => host.btoa(text)
`
const host = {
  encode: (text: string) => new TextEncoder().encode(text),
  decode: (bytes: Uint8Array, fatal: boolean) => new TextDecoder('utf-8', { fatal }).decode(bytes),
  atob: (text: string) => atob(text),
  btoa: (text: string) => btoa(text),
}

describe('in a browser', () => {
  const licenses = load<LicenseVector>('licenses')
  const revocations = load<RevocationVector>('revocations')
  let found: { licenses: Record<string, unknown>[]; revocations: Record<string, unknown>[] }

  beforeAll(async () => {
    const code = await bundled("export { judgeAll } from './test/harness/browser-entry.ts'", 'iife')
    const context = createContext({ host })
    runInContext(BROWSER, context)
    expect(runInContext('typeof Buffer + typeof process + typeof require + typeof crypto', context)).toBe(
      'undefined'.repeat(4),
    )
    runInContext(code, context)
    context.given = [JSON.stringify(licenses), JSON.stringify(revocations)]
    found = JSON.parse(runInContext('lic.judgeAll(...given)', context))
  }, 300_000)

  it('there are vectors', () => {
    expect(licenses.length).toBeGreaterThan(1000)
    expect(revocations.length).toBeGreaterThan(100)
  })

  it('every license is judged as everywhere', () => {
    const wrong = licenses.filter(({ expect: wanted }, i) => !agrees(found.licenses[i], wanted))
    expect(wrong.map(({ name }) => [name, found.licenses[licenses.findIndex((each) => each.name === name)]])).toEqual(
      [],
    )
  })

  it('every revocation list is read as everywhere', () => {
    const wrong = revocations.flatMap(({ name, expect: wanted }, i) => {
      const { sub, number, iat, statuses, throws, refused } = wanted
      const expected =
        refused === undefined
          ? throws === undefined
            ? { sub, number, iat, statuses }
            : { throws }
          : { throws: refused }
      return agrees(found.revocations[i], expected) ? [] : [{ name, found: found.revocations[i], expected }]
    })
    expect(wrong).toEqual([])
  })
})

const agrees = (found: unknown, wanted: Readonly<Record<string, unknown>>): boolean => {
  try {
    expect(found).toMatchObject(JSON.parse(JSON.stringify(wanted)))
    return true
  } catch {
    return false
  }
}

describe('the size of the door', () => {
  it('is at most 25 kB, compressed', async () => {
    const all = gzip(await bundled("export * from './src/index.ts'"))
    const alone = gzip(await bundled("export * from '@noble/ed25519'"))
    console.log(`the door: ${all} bytes, @noble/ed25519 alone: ${alone}`)
    expect(all, `${all} bytes in all, @noble/ed25519 alone ${alone}`).toBeLessThanOrEqual(25_000)
  })

  it('is at most 3 kB for the page of a product', async () => {
    const page = await bundled("export * from './src/gate/client.ts'")
    console.log(`the client of the gate: ${gzip(page)} bytes`)
    expect(gzip(page)).toBeLessThanOrEqual(3_000)
    expect(page.match(/node:|\brequire\(|\beval\(/g)).toBeNull()
  })

  it('what a product does not use of the gate, it does not load', async () => {
    const claim = await bundled("export { licenseClaim } from './src/gate/http/claim.ts'")
    const fetch = await bundled("export * from './src/gate/fetch.ts'")
    expect(gzip(claim)).toBeLessThan(500)
    expect(gzip(fetch)).toBeLessThan(12_000)
  })

  it('holds nothing of Node, and no code made at run time', async () => {
    const text = await bundled("export * from './src/index.ts'")
    expect(text.match(/node:|\brequire\(|createPrivateKey|\beval\(/g)).toBeNull()
  })
})
