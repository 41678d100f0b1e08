/** `lic suspend`, `reinstate`, `revoke`, `cancel`. Taking something away from a customer asks first. */

import { foreseeMove, type Move, type Moved, move } from '../../authority/move.ts'
import { isAnswered } from '../../authority/repeat.ts'
import { formatDay, relativeText } from '../../authority/term.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'

interface MoveOptions {
  readonly key: string
  readonly reason: string | undefined
  readonly idempotencyKey: string | undefined
  readonly clockOk: boolean
}

/** Those that a person confirms, with what the question says of them. */
const SEVERE: Partial<Record<Move, string>> = {
  revoke: 'it stops working wherever the next revocation list arrives, and elsewhere when it ends',
  cancel: 'a cancelled license never comes back',
}

export const moveBy =
  (verb: Move) =>
  async (context: Context, options: MoveOptions): Promise<Outcome> => {
    const { ask, dryRun } = context
    const { key, idempotencyKey } = options
    const reason = await ask.need(options.reason, '--reason', `Why ${verb}`)
    return withAuthority(context, options, async (authority) => {
      const warning = SEVERE[verb]
      if (warning !== undefined) await confirmed(context, authority, verb, key, idempotencyKey, warning)
      return outcome(await move(authority, verb, { key, reason, idempotencyKey }), dryRun)
    })
  }

const confirmed = async (
  { ask, io, voice }: Context,
  authority: Parameters<typeof foreseeMove>[0],
  verb: Move,
  key: string,
  idempotencyKey: string | undefined,
  warning: string,
): Promise<void> => {
  // A repetition of an answered request is only shown again.
  if (await isAnswered(authority.ledger.db, idempotencyKey)) return
  const { masked, expires } = await foreseeMove(authority, verb, key)
  const end = expires === null ? 'never ends' : `ends ${formatDay(expires)}, ${relativeText(expires, io.now())}`
  await voice.note(`it ${end}; ${warning}`)
  await ask.confirm(`${verb} ${masked}?`)
}

const outcome = (moved: Moved, dryRun: boolean): Outcome => ({
  schema: 'move',
  data: {
    key: moved.key,
    id: moved.id,
    from: moved.from,
    state: moved.state,
    expires: isoTime(moved.expires),
    ...(dryRun && { dryRun: true }),
  },
  show: {
    fields: [
      ['key', moved.masked],
      ['state', moved.state],
      ['before', moved.from],
    ],
  },
  notes: dryRun
    ? ['dry run: nothing was recorded']
    : [`${moved.masked} is ${moved.state}; devices learn of it from the next list: lic revocations publish --out FILE`],
})
