/** A vendor for whoever only wants to look: an authority, a product and a license, made once by the real `lic` of this repository. */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface StandIn {
  /** The file of public root keys. */
  readonly root: string
  /** What to do with it. */
  readonly says: readonly string[]
}

/** Built, this lies in dist/example. */
const LIC = fileURLToPath(new URL('../../bin/lic.js', import.meta.url))

const STORY: readonly (readonly string[])[] = [
  ['init', '--name', 'Stockroom Software', '--no-passphrase'],
  ['product', 'add', 'stockroom', '--name', 'Stockroom', '--prefix', 'STOCK'],
  ['customer', 'add', '--id', 'globex', '--name', 'Globex GmbH'],
  [
    ...['issue', '--customer', 'globex', '--product', 'stockroom', '--tier', 'basic', '--expires', '1y'],
    ...['--activation', 'required', '--kind', 'named-user', '--seats', '2', '--devices', '1'],
    ...['--limit', 'max_api_requests_per_hour=5/hour', '--out', 'globex.lic'],
  ],
  ['trust', 'export', '--out', 'root.pub'],
]

export const standInVendor = (dir: string, node: string): StandIn => {
  const root = join(dir, 'root.pub')
  const home = join(dir, 'home')
  if (!existsSync(root)) {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    for (const words of STORY) {
      execFileSync(node, [LIC, ...words, '--home', home, '--no-input'], {
        cwd: dir,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
    }
  }
  return {
    root,
    says: [
      '',
      `Its vendor lies in ${dir}, made for trying out.`,
      `  the license      ${join(dir, 'globex.lic')}`,
      `  a request        node bin/lic.js respond REQUEST --home ${home}`,
      `  another tier     node bin/lic.js change KEY --tier professional --home ${home} --out ${join(dir, 'globex.lic')} --force`,
      `  only here        node bin/lic.js change KEY --restrict domain=127.0.0.1 --yes --home ${home} --out ${join(dir, 'globex.lic')} --force`,
      `  the end of it    node bin/lic.js revoke KEY --reason R --yes --home ${home}, then revocations publish --out FILE`,
      'What it prints or writes goes into the activation page. Ctrl-C stops.',
    ],
  }
}
