import type { Crossing } from '../../contract/finding.ts'
import { shareBelow } from './normal.ts'

/** How many standard deviations lie between the middle of a normal distribution and its 10th or 90th percentile. */
const deviations = 1.2816

/** How likely a limit is crossed before a moment, by a normal distribution on each side of the middle. */
export function chanceBefore({ p10, p50, p90 }: Crossing, moment: number): number {
  const sd = (moment < p50 ? p50 - p10 : p90 - p50) / deviations
  if (sd === 0) return moment < p50 ? 0 : 1
  return shareBelow((moment - p50) / sd)
}
