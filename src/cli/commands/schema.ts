/** `lic schema [name]`: what --json prints, as JSON Schema. */

import { notFound } from '../../ledger/close-matches.ts'
import type { Context } from '../context.ts'
import type { Outcome } from '../outcome.ts'
import { jsonSchema, PUBLISHED } from '../schemas/published.ts'

interface SchemaOptions {
  readonly name: string | undefined
}

export const schema = async (_context: Context, { name: asked }: SchemaOptions): Promise<Outcome> => {
  if (asked === undefined) return listed
  const found = PUBLISHED.find(({ name }) => name === asked || shortOf(name) === asked.replace(/^lic\./, ''))
  if (found === undefined) {
    throw notFound(
      'schema',
      asked,
      PUBLISHED.map(({ name }) => (asked.startsWith('lic.') ? name : shortOf(name))),
    )
  }
  const document = jsonSchema(found)
  return {
    schema: 'schema',
    data: { name: found.name, schema: document },
    show: { text: JSON.stringify(document, null, 2) },
  }
}

/** `lic.license/1` is `license` for short. */
const shortOf = (name: string): string => name.replace(/^lic\.(.*)\/\d+$/, '$1')

const listed: Outcome = {
  schema: 'schemas',
  data: { schemas: PUBLISHED.map(({ name, stream, description }) => ({ name, stream, description })) },
  show: {
    table: {
      columns: [{ title: 'schema' }, { title: 'stream' }, { title: 'what it holds', flexible: true }],
      rows: PUBLISHED.map(({ name, stream, description }) => [name, stream, description]),
    },
  },
}
