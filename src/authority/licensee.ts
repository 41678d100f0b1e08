/** The name that a license carries. */

import type { License } from '../core/license.ts'
import { checkName } from './checked.ts'

/** @throws LicError INVALID_INPUT */
export const licenseeOf = (name: string | null): License['licensee'] =>
  name === null ? undefined : { name: checkName('the name of the licensee', name) }
