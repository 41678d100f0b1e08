/** `lic inspect`: what is inside any signed object or request, checked or not, and always marked which. Needs no ledger. */

import { recognise } from '../../core/codes/recognise.ts'
import { parseRequest } from '../../core/request.ts'
import type { Context } from '../context.ts'
import { type Against, type Described, described, describedRequest, pageOf } from '../described.ts'
import { objectIn, type Read, readGiven } from '../input.ts'
import type { Outcome } from '../outcome.ts'
import { rootsFrom } from '../roots.ts'

interface InspectOptions {
  readonly object: readonly string[]
  readonly root: string | undefined
}

export const inspect = async (context: Context, { object, root }: InspectOptions): Promise<Outcome> => {
  const read = await readGiven(context, object)
  const roots = root === undefined ? undefined : await rootsFrom(context, root)
  const objects = await inside(read, { roots, now: context.io.now() })
  return {
    schema: 'object',
    data: { objects },
    show: objects.flatMap(pageOf),
    ...(roots === undefined && { notes: ['nothing here was checked; add --root FILE to check it'] }),
  }
}

const inside = async (read: Read, against: Against): Promise<readonly Described[]> => {
  if ('text' in read.content) {
    const known = recognise(read.content.text)
    if (known?.form === 'code' && known.kind === 'request') return [describedRequest(parseRequest(read.content.text))]
  }
  return described(await objectIn(read), against)
}
