/** A ledger on a PostgreSQL server: what the server is, whether it keeps what it said it kept, and who can listen. */

import { type Examined, serverFacts } from '../../ledger/health.ts'
import { type Check, fail, ok, warn } from './check.ts'

/** @throws LicError as the ledger does */
export const serverChecks = async ({ db }: Examined): Promise<readonly Check[]> => {
  const facts = await serverFacts(db)
  return [
    ok('server', `PostgreSQL ${facts.version}, database ${facts.database}, schema ${facts.schema}, as ${facts.user}`),
    connection(facts),
    durability(facts),
    rights(facts),
  ]
}

type Facts = Awaited<ReturnType<typeof serverFacts>>

const connection = ({ encrypted, address }: Facts): Check => {
  if (encrypted) return ok('connection', 'encrypted')
  if (address === null) return ok('connection', 'a socket of this machine')
  if (/^(127\.|::1)/.test(address)) return ok('connection', 'within this machine')
  return warn(
    'connection',
    `others on the network can read along: no TLS to ${address}`,
    'add ?sslmode=verify-full to LIC_LEDGER',
  )
}

const durability = ({ fsync, fullPageWrites, synchronousCommit }: Facts): Check => {
  const off = [
    ...(fsync === 'on' ? [] : [`fsync = ${fsync}`]),
    ...(fullPageWrites === 'on' ? [] : [`full_page_writes = ${fullPageWrites}`]),
    ...(synchronousCommit === 'off' ? ['synchronous_commit = off'] : []),
  ]
  if (off.length === 0)
    return ok('durability', `every commit waits for the disk (synchronous_commit = ${synchronousCommit})`)
  const [setting = ''] = off
  return fail(
    'durability',
    `a crash of the server may lose licenses that were handed out: ${off.join(', ')}`,
    `as superuser: alter system set ${setting.split(' ')[0]} = on; select pg_reload_conf()`,
  )
}

const rights = ({ user, isSuperuser }: Facts): Check =>
  isSuperuser
    ? warn(
        'rights',
        `${user} is superuser of the server, and may change history past the ledger's triggers`,
        `create a user of its own for lic: createuser --no-superuser lic`,
      )
    : ok('rights', `${user} is no superuser`)
