/** `lic ledger verify`: the whole book against itself, its root keys and the checkpoints that were kept elsewhere. */

import { isDefinition } from '../../authority/audit/damage.ts'
import { type Damage, type Verified, verifyLedger } from '../../authority/verify-ledger.ts'
import { encodeBase64 } from '../../core/base64.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { readNote } from '../note-input.ts'
import type { Outcome } from '../outcome.ts'
import { rootsFrom } from '../roots.ts'

interface VerifyOptions {
  readonly checkpoint: readonly string[]
  readonly root: string | undefined
  readonly quick: boolean
  readonly all: boolean
}

/** Rows that are wrong and worth printing; a table that was rewritten has as many as it has rows. */
const MOST = 1000

export const ledgerVerify = async (context: Context, options: VerifyOptions): Promise<Outcome> => {
  const { checkpoint, root, quick, all } = options
  const checkpoints: string[] = []
  for (const file of checkpoint) checkpoints.push(await readNote(context, file))
  const roots = root === undefined ? undefined : await rootsFrom(context, root)
  return withAuthority(context, { brand: null }, async ({ ledger }) => {
    const progress = context.voice.progress('rows read')
    const verified = await verifyLedger(ledger, {
      ...{ checkpoints, roots, quick },
      most: all ? MOST : 1,
      onStep: async (_, count) => {
        await progress.step(count)
        // Ctrl-C is heard between two steps.
        await new Promise((listen) => setImmediate(listen))
        context.io.signal.throwIfAborted()
      },
    }).finally(() => progress.end())
    return outcomeOf(verified, options)
  })
}

export const damageData = ({ table, row, what }: Damage) => ({ table, row, what })
export const damageText = ({ table, row, what }: Damage): string => `${table} ${row}: ${what}`

const outcomeOf = (verified: Verified, { quick, all, checkpoint }: VerifyOptions): Outcome => {
  const { events, root, objects, checkpoints, tables, damages, more } = verified
  const [first] = damages
  const whole = first === undefined
  return {
    schema: 'ledger',
    data: {
      ok: whole,
      events,
      root: whole ? encodeBase64(root) : null,
      objects,
      checkpoints,
      tables,
      quick,
      damages: damages.map(damageData),
      more,
    },
    show: whole
      ? {
          fields: [
            ['verdict', { text: 'whole', tone: 'good' }],
            ['events', String(events)],
            ['root', encodeBase64(root)],
            ['signed', `${objects} objects${quick ? ', by their hashes alone' : ', every signature'}`],
            ['checkpoints', `${checkpoints.stored} in the ledger, ${checkpoints.given} from elsewhere`],
            ['tables', tables ? 'every row is what the events say' : 'not compared, as --quick asks'],
          ],
        }
      : {
          table: {
            columns: [{ title: 'table' }, { title: 'row', flexible: true }, { title: 'what is wrong', flexible: true }],
            rows: damages.map(({ table, row, what }) => [table, row, what]),
          },
        },
    ...(first && {
      finding: {
        code: 'LEDGER_DAMAGED',
        message: `${damageText(first)}${damages.length > 1 ? `; and ${damages.length - 1} more` : ''}`,
        hint: hintOf(first, all),
      },
    }),
    notes: whole
      ? checkpoint.length > 0
        ? []
        : ['held against itself alone; a checkpoint that was kept elsewhere shows more: --checkpoint FILE']
      : [
          ...(more ? [`more than ${MOST} rows are wrong`] : []),
          ...(tables || quick ? [] : ['the tables were not compared']),
        ],
  }
}

/** Tables and tree can be made again from events; events cannot. */
const hintOf = (first: Damage, all: boolean): string => {
  const more = all ? '' : '; all that is wrong: lic ledger verify --all'
  if (isDefinition(first))
    return `find out who changed it, then make the ledger anew: lic ledger copy --to PLACE${more}`
  const lost = ['events', 'private_texts', 'signed_objects', 'file', 'schema'].includes(first.table)
  return lost
    ? `stop issuing, keep this file for whoever looks into it, and restore a good copy: lic ledger restore FILE${more}`
    : `stop issuing; find out who wrote there, then make the tables anew: lic ledger rebuild${more}`
}
