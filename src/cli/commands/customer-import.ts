/** `lic customer import`: a customer for every row of a file. */

import { brandForNew } from '../../authority/add-product.ts'
import { checkCountry, checkCustomerId, checkForm, checkName } from '../../authority/checked.ts'
import { type ImportInput, importCustomers } from '../../authority/import-customers.ts'
import { checkTags } from '../../authority/remarks.ts'
import { LicError } from '../../core/errors.ts'
import { columnOf, columnsOf } from '../batch/columns.ts'
import type { BatchFlags, Done, Given } from '../batch/run.ts'
import { batchStream } from '../batch/with-ledger.ts'
import type { Context } from '../context.ts'
import type { Stream } from '../outcome.ts'

interface ImportFlags extends BatchFlags {
  readonly file: string
}

export const COLUMNS = columnsOf({
  name: { kind: 'text', also: ['customer_name'], check: (value: string) => checkName('the name', value) },
  email: {
    kind: 'text',
    also: ['e_mail', 'mail'],
    check: (value: string) => checkForm('email', 'the e-mail address', value),
  },
  id: { kind: 'text', also: ['customer'], check: checkCustomerId },
  company: { kind: 'text', check: (value: string) => checkName('the company', value) },
  country: { kind: 'text', check: checkCountry },
  tag: { kind: 'list', also: ['tags'], check: checkTags },
  notes: { kind: 'text', also: ['note'] },
})

/** Rows a transaction. */
const MOST = 256

export const customerImport = async (context: Context, { file, ...flags }: ImportFlags): Promise<Stream> =>
  batchStream(context, file, flags, {
    schema: 'imported',
    command: 'customer import',
    names: 'id',
    done: 'imported',
    columns: COLUMNS,
    most: MOST,
    again: 'the same command goes on where it was',
    begin: async (authority) => {
      const brand = await authority.ledger.snapshot((tx) => brandForNew(tx, authority))
      return async (rows) => {
        const inputs = rows.map(inputOf)
        const good = inputs.flatMap((each) => (each instanceof LicError ? [] : [each]))
        const answers = (await importCustomers(authority, brand, good)).values()
        return inputs.map((input): Done => {
          if (input instanceof LicError) return { error: input }
          const answer = answers.next().value
          if (answer === undefined) return { error: new LicError('UNEXPECTED', 'nothing became of the row') }
          if (!answer.ok) return { error: answer.error }
          const { id, repeated, sharing } = answer
          const { name, email = null } = input
          return {
            fields: { id, name, email, ...(sharing.length > 0 && { sharing }) },
            show: [id, name, email ?? ''],
            repeated,
          }
        })
      }
    },
  })

const inputOf = ({ cells }: Given): ImportInput | LicError => {
  const text = (name: string): string | undefined => cells.get(name) as string | undefined
  const name = text('name')
  if (name === undefined) return new LicError('INVALID_INPUT', 'the row has no name', { data: columnOf('name') })
  return {
    name,
    email: text('email'),
    id: text('id'),
    company: text('company'),
    country: text('country'),
    tags: cells.get('tag') as readonly string[] | undefined,
    notes: text('notes'),
  }
}
