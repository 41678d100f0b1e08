/** How much is tried: little in CI, the full numbers with SLOW=1. */

export const SLOW = process.env.SLOW === '1'
export const size = (ci: number, full: number): number => (SLOW ? full : ci)
