/**
 * The log as a page to print: one table, whose heading comes again on every sheet. Made piece by piece, so that a log of any
 * length goes through little memory. Invariant: every text is made safe and escaped; the page loads nothing and runs nothing.
 */

import { escaped } from './template.ts'

export interface ReportHead {
  readonly authority: string
  /** When it was made, ISO 8601. */
  readonly made: string
  /** What it is narrowed to, in words; empty: nothing. */
  readonly filters: readonly string[]
  readonly head: { readonly events: number; readonly root: string }
  /** The newest signed head. */
  readonly checkpoint: { readonly events: number; readonly signed: string } | null
}

export interface ReportRow {
  readonly place: number | null
  readonly time: string
  readonly type: string
  /** What it is about: a license key, a customer, a slug. */
  readonly about: string
  readonly who: string
  readonly reason: string
  /** kid of the key that signed. */
  readonly signer: string
  /** Size of the first checkpoint that holds it; null: none does yet. */
  readonly checkpoint: number | null
  readonly leaf: string
}

const STYLE = `
@page { size: A4 landscape; margin: 14mm 12mm 16mm; @bottom-right { content: counter(page) " / " counter(pages); font: 7.5pt Helvetica, Arial, "Liberation Sans", sans-serif; color: #555; } }
* { box-sizing: border-box; }
html { font-size: 8pt; }
body { margin: 0 auto; max-width: 273mm; padding: 8mm; color: #000; background: #fff; font: 1rem/1.35 "Helvetica Neue", Helvetica, Arial, "Liberation Sans", "Noto Sans", sans-serif; }
@media print { body { padding: 0; } }
h1 { font-size: 1.7rem; font-weight: 600; margin: 0 0 1mm; }
p { margin: 0 0 .8mm; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .4mm 5mm; margin: 3mm 0 4mm; }
dt { color: #555; }
dd { margin: 0; overflow-wrap: anywhere; }
code, .mono { font-family: "DejaVu Sans Mono", "Liberation Mono", Menlo, Consolas, monospace; font-size: .88em; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th { text-align: left; font-weight: 600; border-bottom: .6pt solid #000; padding: .8mm 1.5mm .8mm 0; }
td { vertical-align: top; border-bottom: .25pt solid #bbb; padding: .8mm 1.5mm .8mm 0; overflow-wrap: anywhere; }
.n { text-align: right; padding-right: 3mm; }
.none { color: #8a4b00; }
footer { margin-top: 4mm; color: #555; }
`

const COLUMNS: readonly (readonly [title: string, width: string, kind?: string])[] = [
  ['Event', '5%', 'n'],
  ['Time (UTC)', '11%'],
  ['What', '12%'],
  ['About', '18%'],
  ['Who', '12%'],
  ['Reason', '15%'],
  ['Signed by', '10%'],
  ['In checkpoint', '7%', 'n'],
  ['Leaf (begin)', '10%'],
]

/** The whole page, piece by piece. */
export async function* report(head: ReportHead, rows: AsyncIterable<ReportRow>): AsyncGenerator<string> {
  yield pageHead(head)
  let count = 0
  for await (const row of rows) {
    count++
    yield tableRow(row)
  }
  yield `</tbody></table><footer>${count} events. A leaf is the SHA-256 of 0x00 and the bytes of its event (RFC 6962); ` +
    'the root of a checkpoint follows from all leaves up to its size. Names of customers are not part of the log.</footer></body></html>\n'
}

const pageHead = ({ authority, made, filters, head, checkpoint }: ReportHead): string => {
  const facts: readonly (readonly [string, string])[] = [
    ['Made', escaped(made)],
    ['Shows', filters.length === 0 ? 'every event' : filters.map(escaped).join('; ')],
    ['Log', `${head.events} events, root <code>${escaped(head.root)}</code>`],
    [
      'Newest checkpoint',
      checkpoint === null
        ? '<span class="none">none was signed yet</span>'
        : `${checkpoint.events} events, signed ${escaped(checkpoint.signed)}`,
    ],
  ]
  const title = `${escaped(authority)}: what the ledger recorded`
  return [
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="robots" content="noindex">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${STYLE}</style></head><body>`,
    `<h1>${title}</h1><dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join('')}</dl>`,
    `<table><colgroup>${COLUMNS.map(([, width]) => `<col style="width:${width}">`).join('')}</colgroup>`,
    `<thead><tr>${COLUMNS.map(([name, , kind]) => `<th scope="col"${kind ? ` class="${kind}"` : ''}>${name}</th>`).join('')}</tr></thead><tbody>\n`,
  ].join('')
}

const tableRow = (row: ReportRow): string => {
  const { place, time, type, about, who, reason, signer, checkpoint, leaf } = row
  const cells = [
    `<td class="n">${place ?? ''}</td>`,
    `<td>${escaped(time.replace('T', ' ').replace('Z', ''))}</td>`,
    `<td>${escaped(type)}</td>`,
    `<td>${escaped(about)}</td>`,
    `<td>${escaped(who)}</td>`,
    `<td>${escaped(reason)}</td>`,
    `<td class="mono">${escaped(signer)}</td>`,
    `<td class="n">${checkpoint === null ? '<span class="none">not yet</span>' : checkpoint}</td>`,
    `<td class="mono">${escaped(leaf.slice(0, 12))}</td>`,
  ]
  return `<tr>${cells.join('')}</tr>\n`
}
