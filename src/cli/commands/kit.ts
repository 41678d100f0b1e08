/**
 * `lic kit`: a directory with all that a sealed machine needs: the customer's commands in one file, the root keys, licenses, and
 * pages to print. Invariant: a directory that holds something is not touched without --force.
 */

import { mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { kitFor } from '../../authority/kit.ts'
import { toHex } from '../../core/bytes.ts'
import { keyBeginning } from '../../core/codes/license-key.ts'
import { LicError } from '../../core/errors.ts'
import { publicKeyToPem } from '../../core/keys.ts'
import { siteSheet } from '../../render/site-sheet.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { programFile } from '../kit-program.ts'
import type { Outcome, ResultFile } from '../outcome.ts'
import { checkOutputs } from '../output.ts'
import { sheetOf, sheetTemplate, siteTemplate } from '../sheet.ts'

interface KitOptions {
  readonly product: string | undefined
  readonly out: string | undefined
  readonly key: string | undefined
  readonly customer: string | undefined
  readonly contact: string | undefined
  readonly language: string | undefined
  readonly force: boolean
  readonly brand: string | undefined
}

const NAMES = { program: 'lic.cjs', roots: 'root.pub', site: 'site.html' } as const

export const kit = async (context: Context, options: KitOptions): Promise<Outcome> => {
  const { product, out, key, customer, language, force } = options
  if (product === undefined) throw new LicError('USAGE', '--product is missing', { hint: 'lic product list' })
  if (out === undefined) throw new LicError('USAGE', '--out is missing', { hint: 'name a new directory: --out DIR' })
  if (key !== undefined && customer !== undefined)
    throw new LicError('USAGE', '--key and --customer exclude each other')
  sheetTemplate(language)
  const template = siteTemplate(language)
  const program = await programFile()
  const there = await checkDirectory(context, out, force)
  return withAuthority(context, options, async (authority) => {
    const { io, dryRun } = context
    const made = await kitFor(authority, { product, key, customer })
    const licenses = await Promise.all(
      made.licenses.map(async ({ handed, state }) => {
        const begun = keyBeginning(handed.key)
        const page = await sheetOf(handed, authority.ledger.db, language, io.now())
        return { handed, state, begun, file: `${begun}.lic`, sheet: `${begun}.html`, page }
      }),
    )
    const site = siteSheet(template, {
      brand: made.brand,
      authority: made.authority,
      product: made.product.name,
      contact: options.contact ?? '',
      program: NAMES.program,
      roots: NAMES.roots,
      licenses: licenses.map(({ begun, file }) => ({ file, begun })),
      now: io.now(),
    })
    const files: readonly ResultFile[] = [
      { path: NAMES.program, content: program, mode: 0o755 },
      { path: NAMES.roots, content: made.roots.map(({ publicKey }) => publicKeyToPem(publicKey)).join('') },
      { path: NAMES.site, content: site },
      ...licenses.flatMap(({ handed, file, sheet, page }) => [
        { path: file, content: handed.bytes },
        { path: sheet, content: page },
      ]),
    ]
    if (!dryRun && !there) await makeDirectory(context, out)
    const stopped = licenses.filter(({ state }) => state !== 'active')
    return {
      schema: 'kit',
      data: {
        product,
        directory: out,
        files: files.map(({ path }) => path),
        roots: made.roots.map(({ kid }) => toHex(kid)),
        licenses: licenses.map(({ handed, file, sheet }) => ({ key: handed.key, file, sheet })),
        ...(dryRun && { dryRun: true }),
      },
      show: {
        fields: [
          ['product', `${made.product.name} (${product})`],
          ...licenses.map(({ handed }): [string, string] => ['license', handed.masked]),
          ...files.map(({ path }, i): [string, string] => [i === 0 ? 'files' : '', path]),
        ],
      },
      files: dryRun ? [] : files.map((each) => ({ ...each, path: join(out, each.path) })),
      force,
      notes: [
        ...stopped.map(({ handed, state }) => `${handed.masked} is ${state}: the newest revocation list says so`),
        dryRun
          ? 'dry run: nothing was written'
          : `wrote ${out}; print ${NAMES.site}, and take all of it to the machine`,
      ],
    }
  })
}

/** @returns whether it is there. @throws LicError FILE_EXISTS when it holds something, UNWRITABLE */
const checkDirectory = async (context: Context, out: string, force: boolean): Promise<boolean> => {
  const found = await stat(context.path(out)).catch(() => undefined)
  if (found === undefined) {
    // What can be said of a file there can be said of the directory: nothing is in its place, and its parent takes it.
    await checkOutputs(context, [out], false)
    return false
  }
  if (!found.isDirectory()) throw new LicError('UNWRITABLE', `${out} is no directory`)
  const holds = await readdir(context.path(out)).catch((cause: unknown) => {
    throw new LicError('UNWRITABLE', `cannot look into the directory ${out}`, { cause })
  })
  if (holds.length === 0 || force) return true
  throw new LicError('FILE_EXISTS', `the directory ${out} is not empty`, { hint: 'name a new one, or add --force' })
}

const makeDirectory = async (context: Context, out: string): Promise<void> => {
  try {
    await mkdir(context.path(out))
  } catch (cause) {
    throw new LicError('UNWRITABLE', `cannot make the directory ${out}`, { cause })
  }
}
