import type { CrossingForecast } from '../../contract/finding.ts'
import { normalCdf } from './normal-distribution.ts'

/** How many standard deviations lie between the middle of a normal distribution and its 10th or 90th percentile. */
const sdToP10 = 1.2816

/** How likely a limit is crossed before a moment, by a normal distribution on each side of the middle. */
export function crossingProbability({ p10, p50, p90 }: CrossingForecast, moment: number): number {
  const sd = (moment < p50 ? p50 - p10 : p90 - p50) / sdToP10
  if (sd === 0) return moment < p50 ? 0 : 1
  return normalCdf((moment - p50) / sd)
}
