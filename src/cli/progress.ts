/**
 * How far a long piece of work has come, on stderr: done, rate and the time left. A terminal gets one line that
 * repaints itself, anything else a line every ten seconds. Work that ends sooner says nothing.
 */

import { safe } from '../render/safe.ts'
import type { Io } from './io.ts'

export interface Progress {
  /**
   * `count` more pieces are done. Cheap enough to call for every piece.
   * @param share how much of the whole that is, 0 to 1, where the number of pieces is not known
   */
  step(count?: number, share?: number): Promise<void>
  /** Takes the line away. Call it in `finally`. */
  end(): Promise<void>
}

const nothing = async (): Promise<void> => {}
export const SILENT: Progress = { step: nothing, end: nothing }

const FIRST = 1_000
const EVERY_TTY = 100
const EVERY_LINE = 10_000
const CLEAR = '\r\u001b[K'

const duration = (milliseconds: number): string => {
  const seconds = Math.ceil(milliseconds / 1000)
  return seconds < 120 ? `${seconds}s` : `${Math.ceil(seconds / 60)}min`
}

export const progressOn = (io: Io, label: string, total?: number, plain = false): Progress => {
  const started = io.elapsed()
  const tty = io.stderr.isTTY && io.env.TERM !== 'dumb' && !plain
  const interval = tty ? EVERY_TTY : EVERY_LINE
  let due = started + (tty ? FIRST : EVERY_LINE)
  let done = 0
  let painted = false
  return {
    step: async (count = 1, share = total === undefined ? undefined : (done + count) / total) => {
      done += count
      const now = io.elapsed()
      if (now < due) return
      due = now + interval
      const took = now - started
      const left = share === undefined || share <= 0 ? '' : `  eta ${duration((took * (1 - share)) / share)}`
      const whole = total !== undefined ? `/${total}` : share === undefined ? '' : `  ${Math.floor(share * 100)}%`
      const line = `lic: ${safe(label)} ${done}${whole}  ${Math.round(done / (took / 1000))}/s${left}`
      painted = tty
      await io.stderr.write(tty ? `${CLEAR}${line}` : `${line}\n`)
    },
    end: async () => {
      if (painted) await io.stderr.write(CLEAR)
    },
  }
}
