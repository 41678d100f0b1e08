/** One line of the benchmark: a figure, what it is held against, and whether the goal is reached. Figures of one run only. */

export interface Row {
  readonly what: string
  readonly measured: string
  readonly limit: string
  /** measured / limit, or what else the goal speaks of. */
  readonly ratio: number
  readonly goal: string
  readonly ok: boolean
}

export const atLeast = (row: Omit<Row, 'goal' | 'ok'>, goal: number): Row => ({
  ...row,
  goal: `>= ${goal}x`,
  ok: row.ratio >= goal,
})
export const atMost = (row: Omit<Row, 'goal' | 'ok'>, goal: number): Row => ({
  ...row,
  goal: `<= ${goal}x`,
  ok: row.ratio <= goal,
})

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

const COLUMNS = ['what', 'measured', 'limit', 'ratio', 'goal', ''] as const

export const table = (rows: readonly Row[]): string => {
  const cells = rows.map(({ what, measured, limit, ratio, goal, ok }) => [
    what,
    measured,
    limit,
    `${ratio.toFixed(2)}x`,
    goal,
    ok ? 'ok' : 'over',
  ])
  const widths = COLUMNS.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 1 || i === 3 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  return [line(COLUMNS), ...cells.map(line)].join('\n')
}
