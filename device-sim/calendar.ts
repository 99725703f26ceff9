import { dayMs, hourMs } from '../lib/time.ts'

/** Yield midnight (UTC) of each day from the one that contains `from`, without end. Simulated homes use UTC. */
export function* eachDayFrom(from: number): Generator<number> {
  for (let day = Math.floor(from / dayMs) * dayMs; ; day += dayMs) yield day
}

export function isWeekend(ts: number): boolean {
  const weekday = new Date(ts).getUTCDay()
  return weekday === 0 || weekday === 6
}

/** Return 1 in the middle of July, −1 in the middle of January: the simulated homes are in the northern hemisphere. */
export function seasonalFactor(ts: number): number {
  const yearMs = 365.25 * dayMs
  const midJuly = Date.UTC(2000, 6, 16)
  return Math.cos((2 * Math.PI * (ts - midJuly)) / yearMs)
}

/** Return 1 at 15:00 and −1 at 03:00 UTC. */
export function diurnalFactor(ts: number): number {
  return Math.cos((2 * Math.PI * (ts - 15 * hourMs)) / dayMs)
}
