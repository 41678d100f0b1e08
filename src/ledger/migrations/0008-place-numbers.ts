/** Version 8: the number of a place among those of its line, as the device tells it: "place 3 of 5". */

import type { Kysely, Migration } from 'kysely'

export const placeNumbers: Migration = {
  up: async (db: Kysely<unknown>) => {
    await db.schema.alterTable('activations').addColumn('place_number', 'integer').execute()
  },
}
