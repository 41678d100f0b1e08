/** `lic ledger restore`: from a backup to a home that works. */

import { existsSync } from 'node:fs'
import { type Restored, restore } from '../../authority/backup/restore.ts'
import { ledgerFile } from '../../authority/ledger-place.ts'
import { encodeBase64 } from '../../core/base64.ts'
import { LicError } from '../../core/errors.ts'
import { shown } from '../../ledger/place.ts'
import type { Context } from '../context.ts'
import { identitiesIn } from '../identities.ts'
import { ledgerOf } from '../ledger-place.ts'
import { readNote } from '../note-input.ts'
import type { Outcome } from '../outcome.ts'
import { givenPassphrase } from '../passphrase.ts'
import { rootsFrom } from '../roots.ts'

interface RestoreOptions {
  readonly file: string
  readonly identity: string | undefined
  readonly passphraseFile: string | undefined
  readonly passphraseFd: string | undefined
  readonly checkpoint: readonly string[]
  readonly root: string | undefined
  readonly replace: boolean
  readonly clockOk: boolean
}

export const ledgerRestore = async (context: Context, options: RestoreOptions): Promise<Outcome> => {
  const { home, io, ask, dryRun, actor } = context
  const { replace, identity, checkpoint, root } = options
  const place = ledgerOf(io, home)
  if (place !== ledgerFile(home)) {
    throw new LicError(
      'USAGE',
      `the ledger of this home lies at ${shown(place)}, and a backup is restored into a home`,
      {
        hint: 'restore it into another: --home DIR (without LIC_LEDGER); from there: lic ledger copy --to PLACE',
      },
    )
  }
  if (replace && existsSync(ledgerFile(home))) {
    await ask.confirm(`Take the ledger in ${home} out of its place, and put the backup there?`)
  }
  const checkpoints: string[] = []
  for (const file of checkpoint) checkpoints.push(await readNote(context, file))
  const progress = context.voice.progress('pieces')
  const restored = await restore(
    {
      now: io.now,
      random: io.random,
      actor,
      host: io.hostname,
      source: 'cli',
      dryRun,
      ...(options.clockOk && { confirmClock: async () => {} }),
    },
    {
      file: context.path(options.file),
      home,
      replace,
      checkpoints,
      ...(root !== undefined && { roots: await rootsFrom(context, root) }),
      unlock: {
        identities: identity === undefined ? undefined : identitiesIn(context, identity),
        passphrase: async () =>
          (await givenPassphrase(context, options)) ??
          (ask.interactive ? await ask.secret('Passphrase of the backup') : undefined),
      },
      ...(io.busyTimeout !== undefined && { busyTimeout: io.busyTimeout }),
      onStep: async (count) => {
        await progress.step(count)
        await new Promise((listen) => setImmediate(listen))
        if (io.signal.aborted) throw new LicError('INTERRUPTED', 'interrupted')
      },
    },
  ).finally(() => progress.end())
  return outcome(restored, home, dryRun)
}

const outcome = (restored: Restored, home: string, dryRun: boolean): Outcome => {
  const { authority, manifest, size, root, keys, missing, aside, unrecorded } = restored
  return {
    schema: 'ledger-restored',
    data: {
      home,
      authority,
      made: manifest?.made ?? null,
      events: size,
      root: encodeBase64(root),
      keys,
      missing,
      aside,
      recorded: unrecorded === null && !dryRun,
      ...(dryRun && { dryRun: true }),
    },
    show: {
      fields: [
        ['home', home],
        ['authority', authority ?? undefined],
        ['made', manifest?.made],
        ['events', String(size)],
        ['root', encodeBase64(root)],
        ['keys', keys.length === 0 ? 'none were in it' : keys.join(', ')],
        ['missing', missing.length === 0 ? undefined : { text: missing.join(', '), tone: 'warn' }],
        ['replaced', aside ?? undefined],
      ],
    },
    notes: [
      ...(dryRun ? ['dry run: nothing was changed'] : ['every row was looked through; it is whole']),
      ...(missing.length > 0 ? ['put the key files that are missing in their places: lic key list'] : []),
      ...(unrecorded === null ? [] : [`that it was restored is not recorded: ${unrecorded.message}`]),
      'what was issued after the backup was made is not in it: look for it with lic ledger audit FILES',
    ],
  }
}
