/** Points in time as the command line writes and reads them. */

import { formatTime } from '../authority/term.ts'

/** ISO 8601 in UTC; null for a time that there is not. */
export const isoTime = (seconds: number | null | undefined): string | null =>
  seconds === null || seconds === undefined ? null : formatTime(seconds)
