/** Every migration, in order. Forward only: none is edited once released, the next one is added. */

import type { Migrations } from '../migrate.ts'
import { first } from './0001-first.ts'
import { desk } from './0002-desk.ts'
import { places } from './0003-places.ts'
import { trials } from './0004-trials.ts'
import { keys } from './0005-keys.ts'
import { tree } from './0006-tree.ts'
import { usage } from './0007-usage.ts'
import { placeNumbers } from './0008-place-numbers.ts'

export const MIGRATIONS: Migrations = {
  '0001-first': first,
  '0002-desk': desk,
  '0003-places': places,
  '0004-trials': trials,
  '0005-keys': keys,
  '0006-tree': tree,
  '0007-usage': usage,
  '0008-place-numbers': placeNumbers,
}
