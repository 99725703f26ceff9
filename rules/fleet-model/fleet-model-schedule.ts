import { dayMs, hourMs } from '../../lib/time.ts'

/**
 * Return the time of the next fleet model, ms: the start of the next day (UTC), or an hour after the fleet contributed
 * nothing. So a live run and a replay of its history build their models at the same event times.
 * @param gatheredAt event time at which the contributions were gathered last, ms
 */
export function nextFleetModelAt(gatheredAt: number, hadContributions: boolean): number {
  return hadContributions ? (Math.floor(gatheredAt / dayMs) + 1) * dayMs : gatheredAt + hourMs
}
