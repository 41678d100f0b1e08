/** `lic usage export`: what was counted on this device, to be carried to the vendor as file, code or text. */

import { encodeParts } from '../../core/codes/text.ts'
import { LicError } from '../../core/errors.ts'
import { activationId } from '../../core/release.ts'
import { usageText as codeOf } from '../../core/usage.ts'
import { exportUsage } from '../../device/verbs/usage.ts'
import type { Context } from '../context.ts'
import { type DeviceFlags, deviceHere, maskedOf, matchOf, nameOf } from '../device.ts'
import { isoTime } from '../moment.ts'
import type { Outcome, ResultFile } from '../outcome.ts'
import type { Show } from '../show.ts'
import { figuresOf, usageData, usageTable } from '../usage.ts'

interface ExportOptions extends DeviceFlags {
  readonly key: string | undefined
  readonly product: string | undefined
  readonly usage: string | undefined
  readonly qr: string | undefined
  readonly out: string | undefined
  readonly force: boolean
}

export const usageExport = async (context: Context, options: ExportOptions): Promise<Outcome> => {
  const { io, dryRun } = context
  const { key, product, usage, qr, out, force, system } = options
  if (qr !== undefined && qr !== '-') endingOf(qr)
  if (qr !== undefined || out !== undefined) {
    const { checkBinary, checkOutputs } = await import('../output.ts')
    checkBinary(context, out)
    await checkOutputs(context, [qr === '-' ? undefined : qr, out], force)
  }
  const device = await deviceHere(context, options)
  const { held, line, report, bytes } = await exportUsage(device, {
    license: matchOf(key),
    product,
    usage: usage === undefined ? undefined : context.path(usage),
    shared: system,
  })
  const code = codeOf(bytes)
  const parts =
    qr === undefined ? [] : await partsOf(bytes, qr === '-' && io.stdout.isTTY ? io.stdout.columns : undefined)
  const files = [
    ...(out === undefined ? [] : [{ path: out, content: bytes }]),
    ...(qr === undefined || qr === '-' ? [] : await pictures(parts, qr)),
  ]
  const written = files.filter(({ path }) => path !== '-').map(({ path }) => path)
  const figures = figuresOf(report)
  return {
    schema: 'usage',
    data: {
      ...nameOf(held.license),
      product: line.product,
      line: line.number,
      activation: report.anchor ? activationId(report.anchor) : null,
      ...usageData(figures),
      ...(dryRun ? { dryRun: true } : { code }),
    },
    show: [
      {
        fields: [
          ['license', maskedOf(held)],
          ['product', line.product],
          ['report', String(figures.number)],
          ['counted', `${isoTime(figures.from)} to ${isoTime(figures.until)}`],
        ],
      },
      { text: '\n' },
      usageTable(figures),
      ...(qr === '-' ? shown(parts) : []),
      ...(dryRun || files.length > 0 || qr !== undefined ? [] : [{ text: '' }, { text: code }]),
    ],
    files: dryRun ? [] : files,
    force,
    notes: dryRun
      ? ['dry run: the report has no number yet, and nothing was written']
      : [
          ...(written.length > 0 ? [`wrote ${written.join(' and ')}`] : []),
          'the vendor takes it in with: lic usage import',
        ],
  }
}

const endingOf = (path: string): 'png' | 'svg' => {
  const ending = /\.(png|svg)$/i.exec(path)?.[1]?.toLowerCase()
  if (ending === 'png' || ending === 'svg') return ending
  throw new LicError('USAGE', `--qr takes a name that ends in .png or .svg, or - for the terminal, not ${path}`)
}

const partsOf = async (bytes: Uint8Array, columns: number | undefined): Promise<readonly string[]> => {
  const { longestText } = await import('../../render/qr.ts')
  return encodeParts(bytes, longestText(columns))
}

/** One picture, or one a part, numbered before the ending. */
const pictures = async (parts: readonly string[], path: string): Promise<readonly ResultFile[]> => {
  const { qrCode } = await import('../../render/qr.ts')
  const ending = endingOf(path)
  return Promise.all(
    parts.map(async (text, i) => {
      const code = await qrCode(text)
      const name = parts.length === 1 ? path : path.replace(/(\.\w+)$/, `.${i + 1}$1`)
      return { path: name, content: ending === 'png' ? await code.png() : code.svg() }
    }),
  )
}

const shown = (parts: readonly string[]): readonly Show[] =>
  parts.flatMap((text, i): readonly Show[] => [
    ...(parts.length === 1 ? [] : [{ text: `\npart ${i + 1} of ${parts.length}: scan all of them, in any order` }]),
    { qr: text },
  ])
