/** Return times at equal distance from `from` (included) to `until` (excluded), ms. */
export function equallySpacedTimes(
  stepMs: number,
  { from, until }: { from: number; until: number },
): number[] {
  const count = Math.max(0, Math.ceil((until - from) / stepMs))
  return Array.from({ length: count }, (_, n) => from + n * stepMs)
}
