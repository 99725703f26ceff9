import { dayMs, minuteMs } from '../../lib/time.ts'
import type { Random } from '../random.ts'

/** How a repair was for its owner. */
export interface ServiceExperience {
  ticket: string
  /** How long after the agreed time somebody came; 0 when he was in time or none was agreed. */
  lateMs: number
  /** How often somebody had to come, or should have come and did not. */
  visits: number
  /** From the first notice until it was done. */
  resolutionTimeMs: number
  /** Whether it works. */
  fixed: boolean
}

/** What takes a star away, in the order of what makes customers leave; the amounts are our choice. */
const lateThresholdMs = 20 * minuteMs
const veryLateThresholdMs = 120 * minuteMs
const slowThresholdMs = 7 * dayMs

/** Stars from 1 to 5: five for a repair as promised, less for each thing that was not. */
export function satisfactionScore(
  { lateMs: late, visits, resolutionTimeMs: tookMs, fixed }: ServiceExperience,
  random: Random,
): number {
  const trouble = [
    late > lateThresholdMs ? 1 : 0,
    late > veryLateThresholdMs ? 1 : 0,
    Math.min(2, visits - 1),
    tookMs > slowThresholdMs ? 1 : 0,
    fixed ? 0 : 2,
  ]
  // Some never give five, some forgive.
  const mood = random.pick([0, 0, 0, 0, 0, 0, 0, 1, -0.6])
  const stars = 5 - trouble.reduce((sum, one) => sum + one, 0) * random.between(0.6, 1.1) - mood
  return Math.max(1, Math.min(5, Math.round(stars)))
}
