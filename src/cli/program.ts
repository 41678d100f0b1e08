/**
 * The whole command surface, in the order of `lic help`: one entry a command, declared in surface/: how it is written,
 * what it does, its flags, examples, and the file that carries it out, loaded only when the command runs. Scripts rely on
 * what stands there: flags are added freely, never renamed or taken away. A command without `run` is not offered.
 */

import type { Command } from './declare.ts'
import { ACTIVATION } from './surface/activation.ts'
import { ANYONE } from './surface/anyone.ts'
import { AUTHORITY, INIT } from './surface/authority.ts'
import { CATALOG } from './surface/catalog.ts'
import { CI } from './surface/ci.ts'
import { CUSTOMER } from './surface/customer.ts'
import { KEY_FILES } from './surface/key-files.ts'
import { KEYS } from './surface/keys.ts'
import { LEDGER } from './surface/ledger.ts'
import { LICENSES } from './surface/licenses.ts'
import { SEARCH } from './surface/search.ts'

export const COMMANDS: readonly Command[] = [
  INIT,
  ...LICENSES,
  ...ACTIVATION,
  ...SEARCH,
  ...CATALOG,
  ...KEYS,
  ...AUTHORITY,
  ...KEY_FILES,
  ...LEDGER,
  ...CUSTOMER,
  ...CI,
  ...ANYONE,
]

/** The commands that exist. */
export const OFFERED = COMMANDS.filter(({ run }) => run !== undefined)
