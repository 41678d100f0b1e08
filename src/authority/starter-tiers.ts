/** The tiers that every new brand begins with, read from `templates/tiers`: data, which a vendor may edit and add again. */

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { LicError } from '../core/errors.ts'
import type { TierDefinition } from './tier.ts'
import { parseTier } from './tier-file.ts'

/** From the source tree, from the compiled library and from the bundle, `templates` lies two folders up. */
const DIRECTORY = fileURLToPath(new URL('../../templates/tiers/', import.meta.url))

/** Low to high, the trial last. @throws LicError UNREADABLE when the installation is not whole */
export const starterTiers = async (): Promise<readonly TierDefinition[]> => {
  try {
    const names = readdirSync(DIRECTORY).filter((name) => name.endsWith('.toml'))
    const tiers = await Promise.all(
      names.map((name) => parseTier(readFileSync(DIRECTORY + name), `templates/tiers/${name}`)),
    )
    return tiers.sort((a, b) => (a.rank ?? 1000) - (b.rank ?? 1000))
  } catch (cause) {
    if (cause instanceof LicError) throw cause
    throw new LicError('UNREADABLE', 'the starter tiers of this installation cannot be read', {
      hint: `reinstall lic; they belong in ${DIRECTORY}`,
      cause,
    })
  }
}
