/** The license vectors through the door that scripts use: `lic verify --json`, its exit status, code and stage. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { main } from '../src/cli/main.ts'
import { concat, fromHex } from '../src/core/bytes.ts'
import { ERRORS } from '../src/core/error-table.ts'
import type { ErrorCode } from '../src/core/errors.ts'
import { publicKeyToPem } from '../src/core/keys.ts'
import type { LicenseVector } from './harness/vectors.ts'
import { seeded, worldIo } from './harness/world.ts'

type Named = LicenseVector & { readonly name: string }

const all: readonly Named[] = JSON.parse(
  readFileSync(new URL('./vectors/licenses.json', import.meta.url), 'utf8'),
).vectors

/** What only the product on its device knows, or what the command line has no word for. */
const NO_FLAG = ['installedAt', 'firstActivatedAt', 'version', 'buildDate', 'floor'] as const
const beyond = ({ facts, trust, expect: wanted }: Named): boolean =>
  NO_FLAG.some((fact) => facts[fact] !== undefined) ||
  // Certificates come with the license or from the own ledger.
  (trust.certificates ?? []).length > 0 ||
  // The command is not the product: what depends on its version, build and activation it leaves to it.
  ['VERSION_NOT_COVERED', 'ACTIVATION_REQUIRED'].includes(String(wanted.code)) ||
  (facts.revocations ?? []).length > 1

/** These bytes are text, or nothing: the command line looks for a code in them, and finds none (exit 2). */
const NO_OBJECT: Readonly<Record<string, string>> = {
  'envelope: no bytes': 'INVALID_INPUT',
  'envelope: empty array': 'INVALID_INPUT',
  'envelope: cut to 2 of 303 bytes': 'INVALID_INPUT',
  'envelope: cut to 3 of 303 bytes': 'INVALID_INPUT',
  'envelope: as hexadecimal text': 'INVALID_INPUT',
  /** Cut short, as the vector has it: a whole one would be taken. */
  'envelope: as code text': 'CODE_MISTYPED',
  'chain: no trusted root at all': 'INVALID_INPUT',
}

const vectors = all.filter((vector) => !beyond(vector))

interface Answer {
  readonly data?: {
    readonly ok: boolean
    readonly code?: string
    readonly lines: readonly { readonly state?: string }[]
  }
  readonly error?: { readonly code: string; readonly stage?: string }
}

describe('lic verify', () => {
  let work = ''
  beforeAll(() => {
    work = mkdtempSync(join(tmpdir(), 'lic-'))
  })
  afterAll(() => rmSync(work, { recursive: true, force: true }))

  const verify = async ({ input, trust, facts }: Named): Promise<{ status: number; answer: Answer; out: string }> => {
    writeFileSync(join(work, 'given.lic'), fromHex(input))
    writeFileSync(join(work, 'root.pub'), trust.roots.map((root) => publicKeyToPem(fromHex(root))).join(''))
    const lists = (facts.revocations ?? []).map(fromHex)
    writeFileSync(join(work, 'lists'), concat(...lists))
    const played = worldIo({ cwd: work, env: {}, now: facts.now, random: seeded('vectors') })
    const status = await main(
      [
        ...['verify', 'given.lic', '--root', 'root.pub', '--json', '--product', facts.product],
        ...(lists.length > 0 ? ['--revocations', 'lists'] : []),
        ...(facts.allowTest ? ['--allow-test'] : []),
      ],
      played.io,
    )
    const out = played.stdout.text
    return { status, out, answer: JSON.parse(out === '' ? played.stderr.text : out) }
  }

  it('has most of the vectors to judge', () => {
    expect(all.length).toBeGreaterThan(1000)
    expect(all.length - vectors.length).toBeLessThan(90)
  })

  it.each(vectors)('$name', async (vector) => {
    const { ok, state, code, throws, stage } = vector.expect
    const { status, answer, out } = await verify(vector)
    const noObject = NO_OBJECT[vector.name]
    if (noObject !== undefined) {
      expect({ out, status, code: answer.error?.code }).toEqual({ out: '', status: 2, code: noObject })
    } else if (throws !== undefined) {
      expect(out).toBe('')
      expect(answer.error?.code).toBe(throws)
      if (stage !== undefined) expect(answer.error?.stage).toBe(stage)
      expect(status).toBe(7)
    } else if (ok === true) {
      expect(answer.data).toMatchObject({ ok: true, lines: [{ state }] })
      expect(status).toBe(0)
    } else {
      expect(answer.data).toMatchObject({ ok: false, code })
      expect(status).toBe(ERRORS[code as ErrorCode].exit)
    }
  })
})
