import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TierDefinition } from '../../src/authority/tier.ts'
import { parseTier, type TierFault } from '../../src/authority/tier-file.ts'
import type { LicError } from '../../src/core/errors.ts'

const template = (name: string): string =>
  readFileSync(new URL(`../../templates/tiers/${name}.toml`, import.meta.url), 'utf8')

const least = 'code = "x"\ntitle = "X"\n'
const refusal = async (source: string | Uint8Array): Promise<LicError> => {
  const error = await parseTier(source, 'x.toml').then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toMatchObject({ name: 'LicError', code: 'INVALID_INPUT' })
  return error as LicError
}

describe('the starter tiers', () => {
  const lower = ['api_access', 'sales_module']
  const basic = [...lower, 'hr_module', 'inventory_module', 'purchasing_module', 'accounting_module', 'real_time_sync']
  const upper = [...basic, 'manufacturing_module', 'advanced_reporting', 'webhook_support', 'allows_custom_modules']
  const expected = {
    free: { users: 1, requests: 100, connections: 1, month: 0, features: lower, emergency: false },
    basic: { users: 5, requests: 1000, connections: 3, month: 2900, features: basic, emergency: false },
    professional: { users: 50, requests: 5000, connections: 10, month: 9900, features: upper, emergency: true },
    enterprise: { users: 0, requests: 0, connections: 0, month: 19900, features: upper, emergency: true },
    trial: { users: 50, requests: 5000, connections: 10, month: undefined, features: upper, emergency: false },
  }

  it('are these five', () => {
    const files = readdirSync(new URL('../../templates/tiers', import.meta.url))
    expect(files.sort()).toEqual(
      Object.keys(expected)
        .map((name) => `${name}.toml`)
        .sort(),
    )
  })

  for (const [name, want] of Object.entries(expected)) {
    it(`${name} grants what it should`, async () => {
      const tier = await parseTier(template(name), `${name}.toml`)
      const plain = { period: 'none', type: 'count' }
      expect(tier.code).toBe(name)
      expect([...tier.features.keys()].sort()).toEqual([...want.features].sort())
      for (const feature of tier.features.values()) expect(feature).toEqual({ ...plain, value: undefined })
      expect(Object.fromEntries(tier.limits)).toEqual({
        max_users: { ...plain, value: want.users },
        max_api_requests_per_hour: { ...plain, value: want.requests, period: 'hour' },
        max_concurrent_connections: { ...plain, value: want.connections, period: 'concurrent' },
        max_companies: { ...plain, value: 1 },
        max_databases: { ...plain, value: 1 },
      })
      expect([...tier.featureTitles.keys()]).toEqual([...tier.features.keys()])
      expect(tier.prices?.month).toBe(want.month)
      expect(tier.prices?.year).toBe(want.month === undefined ? undefined : want.month * 10)
      expect(tier).toMatchObject({ emergency: want.emergency, activation: 'none', active: true, seats: want.users })
      expect(tier.devices).toBeUndefined()
    })
  }

  it('stand in this order, the trial outside it', async () => {
    const tiers: TierDefinition[] = []
    for (const name of Object.keys(expected)) tiers.push(await parseTier(template(name), name))
    const ranked = tiers.filter((tier) => tier.rank !== undefined).sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
    expect(ranked.map((tier) => tier.code)).toEqual(['free', 'basic', 'professional', 'enterprise'])
    const trial = tiers.find((tier) => tier.code === 'trial')
    expect(trial).toMatchObject({
      kind: 'trial',
      term: '14d',
      graceHours: 0,
      trial: { days: 14, perCustomer: 1, convertsTo: 'professional' },
    })
    expect(trial?.rank).toBeUndefined()
    expect(trial?.ladder).toBeUndefined()
    const withLadder = await parseTier(template('trial').replace('# ladder', 'ladder'), 'trial.toml')
    expect(withLadder.ladder).toEqual(['free', 'basic', 'professional'])
  })
})

describe('a tier file', () => {
  it('has defaults that widen nothing', async () => {
    expect(await parseTier(least, 'x.toml')).toEqual({
      code: 'x',
      title: 'X',
      active: true,
      popular: false,
      kind: 'subscription',
      metric: 'seat',
      graceHours: 48,
      seats: 1,
      activation: 'none',
      autoRenew: false,
      emergency: false,
      features: new Map(),
      limits: new Map(),
      featureTitles: new Map(),
    })
    expect((await parseTier(`${least}kind = "trial"`, 'x.toml')).graceHours).toBe(0)
  })

  it('may spell values in each way that TOML has', async () => {
    const tier = await parseTier(
      `\ufeff${least}
seats = 1_000
ladder = [
  "free", # the first
  'basic',
]
prices.currency = "EUR"
prices.month = 0x10
limits.storage = { value = 9007199254740991, type = "size" }
[features]
"reports.v2" = true
old = false
seats_here.value = 5
seats_here.period = "concurrent"
[limits.rate]
value = 0
period = "hour"
type = "bandwidth"
`,
      'x.toml',
    )
    expect(tier).toMatchObject({ seats: 1000, ladder: ['free', 'basic'], prices: { currency: 'EUR', month: 16 } })
    expect(Object.fromEntries(tier.features)).toEqual({
      'reports.v2': { value: undefined, period: 'none', type: 'count' },
      seats_here: { value: 5, period: 'concurrent', type: 'count' },
    })
    expect(Object.fromEntries(tier.limits)).toEqual({
      storage: { value: Number.MAX_SAFE_INTEGER, period: 'none', type: 'size' },
      rate: { value: 0, period: 'hour', type: 'bandwidth' },
    })
  })

  it('may come as bytes', async () => {
    expect((await parseTier(Buffer.from(template('free')), 'free.toml')).code).toBe('free')
  })

  const refused: [name: string, source: string, place: string, says: RegExp][] = [
    ['a syntax error', `${least}seats = \n`, '3:9', /not TOML/],
    ['a key twice', `${least}code = "y"\n`, '3:', /not TOML/],
    ['an unknown key', `${least}\nsaets = 5\n`, '4:1', /saets is not known here, did you mean seats$/],
    ['an unknown key without likeness', `${least}colour_of_hair = 5\n`, '3:1', /is not known here$/],
    ['an unknown table', `${least}[limit]\na = 1\n`, '3:2', /did you mean limits$/],
    ['an unknown key in a table', `${least}[prices]\ncurrency="EUR"\nmonht = 5\n`, '5:1', /did you mean month$/],
    ['an unknown key in an inline table', `${least}limits = { a = { valeu = 1 } }\n`, '3:18', /did you mean value$/],
    ['an unknown key in a limit', `${least}[limits]\na = 1\n[limits.b]\nvalue = 1\nperoid = "day"\n`, '7:1', /period$/],
    ['a missing code', 'title = "X"\n', '1:1', /code is missing$/],
    ['a missing value', `${least}[limits]\na = { period = "hour" }\n`, '4:1', /limits\.a\.value is missing$/],
    ['a missing currency', `${least}prices.month = 1\n`, '3:1', /prices\.currency is missing$/],
    ['another type', `${least}seats = "5"\n`, '3:1', /seats must be a whole number from 0 to/],
    ['a negative', `${least}[limits]\n  max_users = -1\n`, '4:3', /limits\.max_users must be/],
    ['a fraction', `${least}seats = 5.0\n`, '3:1', /seats must not be a fraction$/],
    ['infinity', `${least}seats = inf\n`, '3:1', /fraction/],
    ['2^53', `${least}seats = 9007199254740992\n`, '3:1', /2\^53 - 1$/],
    ['2^63', `${least}seats = 9223372036854775807\n`, '3:1', /2\^53 - 1$/],
    ['a date', `${least}term = 2027-01-01\n`, '3:1', /term must be a term/],
    ['a bare m', `${least}term = "6m"\n`, '3:1', /term must be a term/],
    ['an unknown kind', `${least}kind = "lease"\n`, '3:1', /kind must be "subscription", .* or "named-user"$/],
    [
      'an unknown period',
      `${least}[limits]\na = { value = 1, period = "hours" }\n`,
      '4:18',
      /a\.period must be "none"/,
    ],
    ['a code in capitals', 'title = "X"\ncode = "X"\n', '2:1', /code must be 1 to 32/],
    ['a code too long', `title = "X"\ncode = "${'x'.repeat(33)}"\n`, '2:1', /code/],
    ['a key of control characters', `${least}"a\\u001b[2J\\n" = 1\n`, '3:1', /^[ -~]*$/],
    ['a key without end', `${least}${'a'.repeat(5000)} = 1\n`, '3:1', /^.{100,200}$/],
    ['a name with a blank', `${least}[features]\n"a b" = true\n`, '4:1', /is no name/],
    ['a name too long', `${least}[features]\n${'a'.repeat(65)} = true\n`, '4:1', /is no name/],
    ['a limit that is on', `${least}[limits]\na = true\n`, '4:1', /must be a whole number/],
    ['a feature as text', `${least}[features]\na = "yes"\n`, '4:1', /must be true, false/],
    ['a table for a value', `${least}[title]\n`, '3:', /not TOML/],
    ['a value for a table', `${least}features = 3\n`, '3:1', /features must be a table$/],
    ['a list of tables', `${least}[[limits]]\na = 1\n`, '3:3', /limits must be a table$/],
    ['a list for a table', `${least}limits = [1, 2]\n`, '3:1', /limits must be a table$/],
    ['an empty list for a table', `${least}features = []\n`, '3:1', /features must be a table$/],
    ['a date for a table', `${least}limits = 2027-01-01\n`, '3:1', /limits must be a table$/],
    ['a list of prices', `${least}prices = []\n`, '3:1', /prices/],
    ['a date for a limit', `${least}limits.a = 2027-01-01\n`, '3:8', /limits\.a/],
    ['a ladder that is no list', `${least}ladder = "free"\n`, '3:1', /ladder must be a list/],
    ['a bad rung', `${least}ladder = [\n "free",\n 7]\n`, '5:2', /ladder\.1 must be 1 to 32/],
    ['its own code as rung', `${least}ladder = ["a", "x"]\n`, '3:16', /names the tier itself$/],
    ['a rung twice', `${least}ladder = ["a", "a"]\n`, '3:16', /names a twice$/],
    ['seventeen rungs', `${least}ladder = ["${[...'abcdefghijklmnopq'].join('","')}"]\n`, '3:1', /more than 16/],
    ['rank and ladder', `${least}rank = 1\nladder = ["a"]\n`, '4:1', /one of the two$/],
    ['a trial without end', `${least}kind = "trial"\nterm = "never"\n`, '4:1', /must have an end/],
    ['a stray title', `${least}[features]\nab_c = true\n[feature_titles]\nabc = "A"\n`, '6:1', /did you mean ab_c$/],
    ['a title of two lines', 'code = "x"\ntitle = "a\\nb"\n', '2:1', /on one line$/],
    ['an empty title', 'code = "x"\ntitle = ""\n', '2:1', /title must be text/],
    ['a title too long', `code = "x"\ntitle = "${'ä'.repeat(65)}"\n`, '2:1', /128 bytes/],
    ['an escape sequence', 'code = "x"\ntitle = "\\u001b[2J"\n', '2:1', /title must be text/],
    ['a trial of no days', `${least}trial.days = 0\n`, '3:7', /trial\.days must be a whole number from 1/],
    ['a currency in words', `${least}prices.currency = "euro"\n`, '3:8', /ISO 4217/],
    ['__proto__', `${least}[features]\n__proto__ = true\n`, '4:1', /reserved/],
    ['constructor', `${least}limits.constructor = 1\n`, '3:8', /reserved/],
    ['prototype', `${least}[features]\nprototype = true\n`, '4:1', /reserved/],
    ['a long file', `${least}#${'x'.repeat(65_536)}\n`, '1:1', /larger than 64 KiB/],
    ['deep nesting', `${least}a = ${'['.repeat(500)}${']'.repeat(500)}\n`, '3:', /not TOML/],
  ]
  for (const [name, source, place, says] of refused) {
    it(`is refused with its line: ${name}`, async () => {
      const { message } = await refusal(source)
      expect(message).toMatch(says)
      expect(message.startsWith(`x.toml:${place}`), message).toBe(true)
      expect(message).not.toContain('\n')
    })
  }

  it('is refused when it is not UTF-8', async () => {
    expect((await refusal(Uint8Array.of(0x61, 0xff))).message).toContain('UTF-8')
  })

  it('has all its faults told, in the order of the file', async () => {
    const { message, data } = await refusal(`code = "x"\nseats = -1\nkind = "y"\n[features]\na = 1.5e3\n`)
    expect(message).toMatch(/^x\.toml:5:1: features\.a must not be a fraction$/)
    expect(data).toMatchObject({ file: 'x.toml' })
    const second = await refusal(`kind = "y"\nseats = -1\ncode = "x"\n[features]\na = "b"\n`)
    expect(second.message).toMatch(/^x\.toml:1:1: .*\(and 3 more\)$/)
    const faults = second.data?.faults as TierFault[]
    expect(faults.map(({ key, line }) => `${key}@${line}`)).toEqual(['title@1', 'kind@1', 'seats@2', 'features.a@5'])
  })

  it('is answered soon, whatever its size', async () => {
    const many = (count: number, line: (i: number) => string): string =>
      Array.from({ length: count }, (_, i) => line(i)).join('\n')
    const large: Record<string, string> = {
      'blank lines': `${least}${'\n'.repeat(60_000)}x = 1`,
      comments: `${least}${'#\n'.repeat(30_000)}x = 1`,
      'long text': `${least}description = "${'a'.repeat(60_000)}"\nx = 1`,
      'long text of many lines': `${least}description = """${'\\\n'.repeat(30_000)}"""\nx = 1`,
      'text without end': `${least}x = "${'a'.repeat(60_000)}`,
      'many items': `${least}ladder = [${'1,'.repeat(30_000)}]`,
      'many keys': `${least}${many(6000, (i) => `f${i} = 1`)}`,
      'many bad names': `${least}[features]\n${many(6000, (i) => `F${i} = 1`)}`,
      'many stray titles': `${least}[features]\n${many(250, (i) => `${'a'.repeat(56)}${i} = true`)}
[feature_titles]\n${many(250, (i) => `${'b'.repeat(56)}${i} = "x"`)}`,
      'a deep key': `${least}${'a.'.repeat(30_000)}b = 1`,
    }
    for (const source of Object.values(large)) await refusal(source)
  }, 20_000)

  it('is a tier or INVALID_INPUT, whatever is changed in it', async () => {
    const source = template('trial')
    const edit = fc.tuple(fc.nat(source.length), fc.nat(3), fc.string({ unit: 'binary', maxLength: 3 }))
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
        let text = source
        for (const [from, length, insert] of edits) text = text.slice(0, from) + insert + text.slice(from + length)
        try {
          expect((await parseTier(text, 'x.toml')).code).toMatch(/^[a-z0-9]/)
        } catch (error) {
          expect(error).toMatchObject({ name: 'LicError', code: 'INVALID_INPUT' })
        }
      }),
      { numRuns: 1000 },
    )
  })
})
