/** Moments at equal distance, from `from` on and before `until`. */
export function equallySpacedTimes(
  stepMs: number,
  { from, until }: { from: number; until: number },
): number[] {
  const count = Math.max(0, Math.ceil((until - from) / stepMs))
  return Array.from({ length: count }, (_, n) => from + n * stepMs)
}
