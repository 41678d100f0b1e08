/** How long the loop was kept by some work, milliseconds: the longest time between two of its turns. */
export const longestBlock = async (work: () => Promise<unknown>): Promise<number> => {
  let longest = 0
  let last = performance.now()
  let goesOn = true
  const turn = (): void => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (goesOn) setImmediate(turn)
  }
  setImmediate(turn)
  await work()
  goesOn = false
  await new Promise((resolve) => setImmediate(resolve))
  return longest
}
