import { dayMs, minuteMs } from '../../lib/time.ts'
import type { Random } from '../random.ts'

/** A repair as its owner experienced it. */
export interface ServiceExperience {
  ticket: string
  /** Delay after the agreed time, ms; 0 when on time or without an agreed time. */
  lateMs: number
  /** Number of visits, including missed ones. */
  visits: number
  /** From the first notice to completion, ms. */
  resolutionTimeMs: number
  /** Whether it works. */
  fixed: boolean
}

/** Thresholds that cost a star, in the order of what makes customers leave; the amounts are our choice. */
const lateThresholdMs = 20 * minuteMs
const veryLateThresholdMs = 120 * minuteMs
const slowThresholdMs = 7 * dayMs

/** Return stars from 1 to 5: five for a repair as promised, fewer for each deviation. */
export function satisfactionScore(
  { lateMs: late, visits, resolutionTimeMs, fixed }: ServiceExperience,
  random: Random,
): number {
  const deductions = [
    late > lateThresholdMs ? 1 : 0,
    late > veryLateThresholdMs ? 1 : 0,
    Math.min(2, visits - 1),
    resolutionTimeMs > slowThresholdMs ? 1 : 0,
    fixed ? 0 : 2,
  ]
  // Some people never give five stars, some are lenient.
  const mood = random.pick([0, 0, 0, 0, 0, 0, 0, 1, -0.6])
  const stars = 5 - deductions.reduce((sum, one) => sum + one, 0) * random.between(0.6, 1.1) - mood
  return Math.max(1, Math.min(5, Math.round(stars)))
}
