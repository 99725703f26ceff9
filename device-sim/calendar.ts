import { dayMs, hourMs } from '../lib/time.ts'

/** Midnight of each day from the one that holds `from`, for ever. Simulated homes live in UTC. */
export function* eachDayFrom(from: number): Generator<number> {
  for (let day = Math.floor(from / dayMs) * dayMs; ; day += dayMs) yield day
}

export function isWeekend(ts: number): boolean {
  const weekday = new Date(ts).getUTCDay()
  return weekday === 0 || weekday === 6
}

/** 1 in the middle of July, −1 in the middle of January (the simulated homes are in the north). */
export function seasonalFactor(ts: number): number {
  const yearMs = 365.25 * dayMs
  const midJuly = Date.UTC(2000, 6, 16)
  return Math.cos((2 * Math.PI * (ts - midJuly)) / yearMs)
}

/** 1 at 15:00, −1 at 03:00. */
export function diurnalFactor(ts: number): number {
  return Math.cos((2 * Math.PI * (ts - 15 * hourMs)) / dayMs)
}
