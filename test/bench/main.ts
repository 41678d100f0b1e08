/** `npm run bench`: how fast and how small, as ratios within one run, each against the limit that it is named for. */

import { addCustomer, ephemeralAuthority, write } from '../../src/authority/index.ts'
import { bulkRows } from './bulk.ts'
import { commandRows } from './commands.ts'
import { emergencyRows } from './emergency.ts'
import { gateRows } from './gate.ts'
import { processRows } from './processes.ts'
import { table } from './row.ts'
import { doorRows, listRows, sizeRows } from './sizes.ts'
import { verifyRows } from './verify.ts'

export const run = async (root: string): Promise<void> => {
  const authority = await ephemeralAuthority({ products: ['editor'] })
  const { id } = await write(authority, (tx) =>
    addCustomer(tx, authority, { name: 'Acme Ltd', email: 'it@acme.example', brand: 'ephemeral' }),
  )
  const rows = [
    ...(await verifyRows(authority, id)),
    ...(await gateRows(authority, id)),
    ...emergencyRows(),
    ...commandRows(root),
    ...(await bulkRows()),
    ...(await processRows(root)),
    ...(await listRows(authority)),
    ...(await doorRows(root)),
    ...(await sizeRows(authority, id)),
  ]
  await authority.close()
  console.log(table(rows))
}
