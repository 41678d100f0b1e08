/**
 * Two brands in one ledger, asked for at random: whatever one brand's staff type, also with names, keys, cursors and
 * idempotency keys of the other, nothing of the other comes out. And of no brand is a whole key printed by the way.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { seeded, worldIo } from '../harness/world.ts'

const ATTEMPTS = 1_000

const cwd = mkdtempSync(join(tmpdir(), 'lic-brands-'))
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const random = seeded('brands')
const env = { LIC_HOME: join(cwd, 'home'), LIC_ACTOR: 'tester' }

const lic = async (...argv: readonly string[]) => {
  const { io, stdout, stderr } = worldIo({ cwd, env, now: 1_780_000_000, random })
  const status = await main(argv, io)
  return { status, stdout: stdout.text, stderr: stderr.text }
}

const done = async (...argv: readonly string[]): Promise<string> => {
  const { status, stdout, stderr } = await lic(...argv)
  if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
  return stdout
}

const BRANDS = ['acme', 'umbra'] as const
type Brand = (typeof BRANDS)[number]

/** What only this brand has: found in an answer, it came from its rows. */
const MARKS: Readonly<Record<Brand, readonly string[]>> = {
  acme: ['Aurora', 'aurora', 'Anvil', 'anvil', 'ACMX'],
  umbra: ['Umbriel', 'umbriel', 'Ultra', 'ultra', 'UMBX'],
}
const TEXTS: Readonly<Record<Brand, { customer: string; product: string; prefix: string; bundle: string }>> = {
  acme: { customer: 'aurora', product: 'anvil', prefix: 'ACMX', bundle: 'anvil-kit' },
  umbra: { customer: 'umbriel', product: 'ultra', prefix: 'UMBX', bundle: 'ultra-kit' },
}
const SHARED = 'it@shared.example'

const keys: Record<Brand, string[]> = { acme: [], umbra: [] }
const cursors: Record<Brand, string[]> = { acme: [], umbra: [] }

beforeAll(async () => {
  await done('init', '--name', 'Acme', '--prefix', 'ACMX', '--no-passphrase')
  await done('brand', 'add', 'umbra', '--name', 'Umbriel Brand', '--prefix', 'UMBX')
  const tier = await done('tier', 'show', 'basic', '--brand', 'acme', '--toml')
  const { io } = worldIo({ cwd, env, now: 1_780_000_000, random, stdin: new TextEncoder().encode(tier) })
  expect(await main(['tier', 'add', '-', '--brand', 'umbra'], io)).toBe(0)
  for (const brand of BRANDS) {
    const { customer, product, bundle } = TEXTS[brand]
    const name = customer.replace(/^./, (letter) => letter.toUpperCase())
    await done('product', 'add', product, '--name', `${product} Pro`, '--brand', brand)
    await done('bundle', 'add', bundle, '--name', `${product} kit`, '--product', product, '--brand', brand)
    for (const n of ['', '-2']) {
      const own = ['--id', `${customer}${n}`, '--name', `${name} GmbH${n}`, '--notes', `${name} pays late`]
      await done('customer', 'add', '--brand', brand, '--email', SHARED, ...own)
      for (const i of [1, 2]) {
        const terms = ['--product', product, '--tier', 'basic', '--expires', '1y', '--tag', 'vip', '--order', `A-${i}`]
        const words = ['--label', `${name} site`, '--idempotency-key', `${brand}${n}-${i}`, '--json']
        const issued = JSON.parse(await done('issue', '--customer', `${customer}${n}`, ...terms, ...words))
        keys[brand].push(issued.data.key)
      }
    }
    await done('suspend', keys[brand][0] ?? '', '--reason', `${name} owes`, '--idempotency-key', `${brand}-suspend`)
    for (const list of [['list'], ['log'], ['find', 'gmbh'], ['customer', 'list']]) {
      const { data } = JSON.parse(await done(...list, '--brand', brand, '--limit', '1', '--json'))
      cursors[brand].push(data.next)
    }
  }
})

const pick = <T>(from: readonly T[]): T => {
  const [a = 0, b = 0] = random(2)
  return from[(a * 256 + b) % from.length] as T
}

type Words = () => readonly string[]

/** A command line about things of either brand; `--brand` is added behind it. */
const asked = (brand: Brand): readonly Words[] => {
  const it = TEXTS[brand]
  const key = () => pick(keys[brand])
  const part = () => key().slice(0, pick([6, 8, 10, 14, 29]))
  const masked = () =>
    key()
      .replace(/-.{5}-.{5}-/, '-…-')
      .replace(/^(\w+)-…/, `$1-${key().split('-')[1]}-…`)
  const filters: readonly Words[] = [
    () => ['--customer', pick([it.customer, `${it.customer}-2`, SHARED])],
    () => ['--limit', pick(['1', '3', '50'])],
    () => ['--cursor', pick(cursors[brand])],
  ]
  const more = (own: readonly Words[]): readonly string[] => pick([[], pick(own)(), pick(own)().concat(pick(own)())])
  const lists: readonly Words[] = [
    ...filters,
    () => ['--email', SHARED],
    () => ['--product', it.product],
    () => ['--tier', 'basic'],
    () => ['--tag', 'vip'],
    () => ['--status', pick(['active', 'suspended', 'expired'])],
    () => ['--expiring', '2y'],
  ]
  const logs: readonly Words[] = [
    ...filters,
    () => ['--key', pick([key(), part()])],
    () => ['--actor', 'tester'],
    () => ['--type', pick(['license', 'customer', 'brand', 'product', 'bundle', 'tier', 'key', 'license.issued'])],
    () => ['--since', '1d'],
  ]
  const texts = [it.customer, it.product, 'gmbh', 'late', 'vip', 'a', 'a-1', 'site', SHARED, 'it', 'pays late', 'u']
  return [
    () => ['list', ...more(lists)],
    () => ['log', ...more(logs)],
    () => ['find', pick([...texts, part(), key(), masked()]), ...more(filters.slice(1))],
    () => ['show', pick([key(), part(), masked()])],
    () => ['show', key(), '--out', '-', '--compact'],
    () => ['customer', 'list', ...more([...filters.slice(1), () => ['--email', SHARED]])],
    () => ['customer', 'show', pick([it.customer, `${it.customer}-2`, it.customer.slice(0, 4), SHARED])],
    () => ['product', pick(['show', 'show']), pick([it.product, it.product.slice(0, 4)])],
    () => ['bundle', 'show', pick([it.bundle, it.product])],
    () => [pick(['product', 'bundle', 'tier']), 'list'],
    () => ['tier', 'show', pick(['basic', 'professional', 'basik'])],
  ]
}

/** Words with a comma or a dash between count as typed: an answer may repeat them. */
const leaked = (argv: readonly string[], output: string, brand: Brand): readonly string[] => {
  const typed = argv.join(' ').toLowerCase()
  const own = [...MARKS[brand], ...keys[brand], ...keys[brand].map((key) => key.slice(-11))]
  return own.filter((mark) => output.includes(mark) && !typed.includes(mark.toLowerCase()))
}

describe('a brand', () => {
  test(`finds no row of another in ${ATTEMPTS} attempts`, async () => {
    const found = { own: 0, without: 0 }
    for (let i = 0; i < ATTEMPTS; i++) {
      const about = pick(BRANDS)
      const words = pick(asked(about))()
      const form = pick([[], ['--json'], ['--csv']]).filter(
        (flag) =>
          flag !== '--csv' || ['list', 'log', 'find'].includes(words[0] ?? '') || words.join(' ') === 'customer list',
      )
      const argv = [...words, ...form]
      const { stdout, stderr } = await lic(...argv, '--brand', 'acme')
      expect(leaked(argv, stdout + stderr, 'umbra'), argv.join(' ')).toEqual([])
      // What was typed may be repeated by an error, and by nothing else.
      if (about === 'umbra')
        expect(
          MARKS.umbra.filter((mark) => stdout.includes(mark)),
          argv.join(' '),
        ).toEqual([])
      if (leaked([], stdout, 'acme').length > 0) found.own++
      if (i % 10 === 0 && leaked([], (await lic(...argv)).stdout, 'umbra').length > 0) found.without++
    }
    // The attempts would find something if the filter let them.
    expect(found.own).toBeGreaterThan(ATTEMPTS / 10)
    expect(found.without).toBeGreaterThan(ATTEMPTS / 100)
  })

  test('LIC_BRAND narrows like --brand, but for the licenses of an address', async () => {
    const as = async (...argv: readonly string[]): Promise<string> => {
      const { io, stdout } = worldIo({ cwd, env: { ...env, LIC_BRAND: 'acme' }, now: 1_780_000_000, random })
      await main(argv, io)
      return stdout.text
    }
    for (const argv of [['list'], ['log'], ['find', 'gmbh'], ['customer', 'list'], ['product', 'list']]) {
      const output = await as(...argv)
      expect(output, argv.join(' ')).not.toBe('')
      expect(leaked([], output, 'umbra'), argv.join(' ')).toEqual([])
    }
    expect(leaked([], await as('list', '--email', SHARED, '--json'), 'umbra')).toContain(keys.umbra[0])
    expect(leaked([], await as('list', '--email', SHARED, '--brand', 'acme', '--json'), 'umbra')).toEqual([])
  })

  test('does not get the answer to a request of another by its idempotency key', async () => {
    const key = keys.umbra[0] ?? ''
    const again = ['suspend', key, '--reason', 'Umbriel owes', '--idempotency-key', 'umbra-suspend', '--json']
    expect((await lic(...again)).status).toBe(0)
    const { io, stdout, stderr } = worldIo({ cwd, env: { ...env, LIC_BRAND: 'acme' }, now: 1_780_000_000, random })
    expect(await main(again, io)).not.toBe(0)
    expect(stdout.text).toBe('')
    expect(leaked(again, stderr.text, 'umbra')).toEqual([])
  })
})

describe('a whole key', () => {
  const WHOLE = /\b(ACMX|UMBX)(-[0-9A-Z]{5}){4}\b/

  test('stands in no list, log or error', async () => {
    const key = keys.acme[0] ?? ''
    const [prefix = '', group = ''] = key.split('-')
    const asks = [
      ...[['list'], ['list', '--status', 'suspended'], ['log'], ['log', '--key', key], ['log', '--limit', '2']],
      ...[
        ['find', 'gmbh'],
        ['find', key],
        ['find', 'vip'],
        ['find', `${prefix}-${group}`],
      ],
      ...[
        ['customer', 'show', 'aurora'],
        ['customer', 'list'],
        ['show', prefix],
        ['show', `${prefix}-`],
      ],
      ...[
        ['suspend', key, '--reason', 'again'],
        ['reinstate', keys.acme[1] ?? '', '--reason', 'x'],
      ],
      ...[
        ['show', key, '--brand', 'umbra'],
        ['renew', key],
        ['revoke', key, '--reason', 'x', '--no-input'],
      ],
      ...[
        ['show', `${prefix}-${group}-00000`],
        ['list', '--customer', key],
        ['log', '--customer', key],
      ],
    ]
    let spoken = 0
    for (const argv of asks) {
      const { stdout, stderr } = await lic(...argv)
      if (stdout + stderr !== '') spoken++
      expect(stdout, argv.join(' ')).not.toMatch(WHOLE)
      // What was typed as something else than a key may be repeated.
      if (!argv.includes('--customer')) expect(stderr, argv.join(' ')).not.toMatch(WHOLE)
    }
    expect(spoken).toBe(asks.length)
    for (const argv of [
      ['list', '--json'],
      ['list', '--csv'],
      ['find', 'gmbh', '--csv'],
      ['log', '--csv'],
      ['show', key],
    ])
      expect((await lic(...argv)).stdout, argv.join(' ')).toMatch(WHOLE)
  })
})
