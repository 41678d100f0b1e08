/** `lic install`: takes a license in, and names whose it is. The root is named once and remembered with the license. */

import { encodeBase64 } from '../../core/base64.ts'
import { LicError } from '../../core/errors.ts'
import { judge } from '../../device/judge.ts'
import { type InstallResult, install as installIn } from '../../device/verbs/install.ts'
import type { Thing } from '../belongs.ts'
import type { Context } from '../context.ts'
import {
  begunOf,
  bundleData,
  type DeviceFlags,
  deviceHere,
  leftAside,
  listData,
  maskedOf,
  nameOf,
  objectsIn,
} from '../device.ts'
import { readObject } from '../input.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'
import type { ProofFlags } from '../proven.ts'
import { checkDue } from '../things.ts'

interface InstallOptions extends DeviceFlags, ProofFlags {
  readonly license: readonly string[]
  readonly root: string | undefined
}

export const install = async (context: Context, options: InstallOptions): Promise<Outcome> => {
  const { proof, checkpoint } = options
  const shown =
    proof.length + checkpoint.length > 0 ? await (await import('../proven.ts')).readProofs(context, options) : undefined
  const objects = await (options.license.length > 0
    ? objectsFrom(context, options.license)
    : fromVariable(context, shown !== undefined))
  const roots = options.root === undefined ? [] : await (await import('../roots.ts')).rootsFrom(context, options.root)
  const device = await deviceHere(context, options)
  const result = await installIn(device, { objects, roots: roots.map((key) => key.bytes), ...shown })
  return result.held === undefined ? listsOutcome(context, result) : licenseOutcome(context, result, result.held)
}

/** An answer may carry a list, which is not what it was sent for. */
const OTHERS: ReadonlySet<Thing> = new Set(['request', 'usage', 'activation', 'extension'])

const objectsFrom = async (context: Context, given: string | readonly string[]): Promise<readonly Uint8Array[]> => {
  const { bytes } = await readObject(context, given)
  await checkDue({ bytes }, 'a license, list or trust bundle', (thing) => !OTHERS.has(thing))
  return objectsIn(bytes)
}

const VARIABLES = ['LIC_LICENSE', 'LIC_LICENSE_FILE'] as const

/** The variable is named: nothing of it stands on the command line. @param proven whether a proof came, which may come alone */
const fromVariable = async (context: Context, proven: boolean): Promise<readonly Uint8Array[]> => {
  const name = VARIABLES.find((each) => context.io.env[each])
  const value = name && context.io.env[name]
  if (name === undefined || value === undefined) {
    if (proven) return []
    throw new LicError('USAGE', 'no license was given', {
      hint: 'name a file or a code, or set LIC_LICENSE or LIC_LICENSE_FILE',
    })
  }
  try {
    return await objectsFrom(context, value)
  } catch (error) {
    if (!(error instanceof LicError)) throw error
    const { code, message, hint, data, stage } = error
    const set = 'set LIC_LICENSE to the text of a license, or LIC_LICENSE_FILE to its path'
    const own = code === 'UNREADABLE' || code === 'INVALID_INPUT' ? set : hint
    throw new LicError(code, `${name}: ${message}`, {
      ...(own !== undefined && { hint: own }),
      ...(data && { data }),
      ...(stage && { stage }),
      cause: error,
    })
  }
}

const listsOutcome = ({ dryRun }: Context, result: InstallResult): Outcome => {
  const { lists, bundles } = result
  return {
    schema: 'installed',
    data: {
      key: null,
      id: null,
      licensee: null,
      change: lists.length + bundles.length > 0 ? 'installed' : 'unchanged',
      ...takenData(result, dryRun),
    },
    show: {
      fields: [
        ...lists.map((list) => ['revocation list', `${list.list}, of ${isoTime(list.number)}`] as const),
        ...bundles.map(({ version }) => ['trust bundle', `version ${version}`] as const),
      ],
    },
    notes: [...leftAside(result), ...(dryRun ? ['dry run: nothing was written'] : [])],
  }
}

const takenData = ({ lists, bundles, left, provenIn }: InstallResult, dryRun: boolean) => ({
  lists: lists.map(listData),
  bundles: bundles.map(bundleData),
  left,
  proven: provenIn.map(({ size, root }) => ({ size, root: encodeBase64(root) })),
  ...(dryRun && { dryRun }),
})

const licenseOutcome = (
  { dryRun }: Context,
  result: InstallResult,
  held: NonNullable<InstallResult['held']>,
): Outcome => {
  const { change, lists, bundles, left, provenIn, situation } = result
  const { license } = held
  const lines = [...license.lines.values()].map((line) => ({ line, judgement: judge(held, line, situation.around) }))
  const asked = lines.find(({ judgement }) => !judgement.ok && judgement.code === 'ACTIVATION_REQUIRED')
  const refused = lines.find(({ judgement }) => !judgement.ok && judgement.code !== 'ACTIVATION_REQUIRED')?.judgement
  return {
    schema: 'installed',
    data: {
      ...nameOf(license),
      change,
      revision: license.revision,
      expires: isoTime(license.expires),
      lines: lines.map(({ line, judgement }) => ({
        line: line.number,
        product: line.product,
        tier: line.tier,
        title: line.title,
        activation: line.activation,
        ok: judgement.ok,
        ...(!judgement.ok && { code: judgement.code, reason: judgement.reason }),
      })),
      ...takenData(result, dryRun),
    },
    show: {
      fields: [
        [change, maskedOf(held)],
        ['licensee', license.licensee?.name],
        ...lines.map(({ line }): [string, string] => ['product', `${line.product} ${line.title}`]),
        ['revision', license.revision === 1 ? undefined : String(license.revision)],
        ['expires', isoTime(license.expires) ?? 'never'],
        ...lists.map((list): [string, string] => ['revocation list', `${list.list}, of ${isoTime(list.number)}`]),
        ...bundles.map(({ version }): [string, string] => ['trust bundle', `version ${version}`]),
        ['proven', provenIn.length > 0 ? `in the vendor's log of ${provenIn.at(-1)?.size} events` : undefined],
      ],
    },
    notes: [
      ...leftAside(result),
      ...left.map((type) => `left aside: ${type}; an answer is taken in with: lic activate`),
      ...(refused && !refused.ok ? [`it does not stand: ${refused.reason} (${refused.code})`] : []),
      ...(asked ? [`it must be activated on this device: lic request ${begunOf(held)}`] : []),
      ...(dryRun ? ['dry run: nothing was written'] : []),
    ],
  }
}
