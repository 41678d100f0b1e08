/** The printable pages, from the templates of this installation: one file a language, such as `sheet.LANGUAGE.html`. */

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { HandedLicense } from '../authority/hand-over.ts'
import { LicError } from '../core/errors.ts'
import { listBrands } from '../ledger/brands.ts'
import { authorityName } from '../ledger/meta.ts'
import { listProducts } from '../ledger/products.ts'
import type { Reader } from '../ledger/schema.ts'

/** From the source tree and from the bundle, `templates` lies two folders up. */
const DIRECTORY = fileURLToPath(new URL('../../templates/', import.meta.url))

/** The language of `sheet.html` and `site.html`, which have none in their names. */
const FIRST = 'en'

/** The page of a license, the one of a site without network, and the one that a private key is kept on. */
const FILES = {
  sheet: /^sheet(?:\.([A-Za-z][A-Za-z-]*))?\.html$/,
  site: /^site(?:\.([A-Za-z][A-Za-z-]*))?\.html$/,
  backup: /^backup(?:\.([A-Za-z][A-Za-z-]*))?\.html$/,
} as const

/** @throws LicError UNREADABLE when the installation is not whole; USAGE naming the languages that there are */
export const sheetTemplate = (language: string | undefined): string => templateOf('sheet', language)
export const siteTemplate = (language: string | undefined): string => templateOf('site', language)
export const backupTemplate = (language: string | undefined): string => templateOf('backup', language)

const templateOf = (page: keyof typeof FILES, language: string | undefined): string => {
  try {
    const files = new Map(
      readdirSync(DIRECTORY).flatMap((name) => {
        const match = FILES[page].exec(name)
        return match === null ? [] : [[match[1] ?? FIRST, name] as const]
      }),
    )
    const file = files.get(language ?? FIRST)
    if (file !== undefined) return readFileSync(DIRECTORY + file, 'utf8')
    throw new LicError('USAGE', `there is no sheet in the language ${language}`, {
      hint: `one of: ${[...files.keys()].sort().join(', ')}; another is a file in ${DIRECTORY}`,
    })
  } catch (cause) {
    if (cause instanceof LicError) throw cause
    throw new LicError('UNREADABLE', 'the templates of this installation cannot be read', {
      hint: `reinstall lic; they belong in ${DIRECTORY}`,
      cause,
    })
  }
}

/** @param now unix seconds */
export const sheetOf = async (handed: HandedLicense, db: Reader, language: string | undefined, now: number) => {
  const { sheet } = await import('../render/sheet.ts')
  const { key, license, bytes } = handed
  const authority = (await authorityName(db)) ?? ''
  const products = await listProducts(db, null)
  const own = products.find(({ slug }) => [...license.lines.values()].some(({ product }) => product === slug))
  const brand = (await listBrands(db)).find(({ slug }) => slug === own?.brand)
  return sheet(sheetTemplate(language), {
    key,
    license,
    bytes,
    authority,
    brand: brand?.name ?? authority,
    products: new Map(products.map(({ slug, name }) => [slug, name])),
    now,
  })
}
