import { ageAt, type Clock } from './clock.ts'
import type { Course } from './course.ts'

/** Where a part stands on a clock, in ms of that clock. */
export interface Standing {
  /** Its age; counted from its first reading where its beginning is not known. */
  now: number
  /** How much later than usual it came to its level: positive for one that lasts. */
  late: number
  /** How much later than usual it was in the longer past than now. */
  drift: number
}

export interface Ruler {
  clock: Clock
  /** How many times slower than the clock the part's cohort goes. */
  pace: number
  /** How far values lie beside their course. */
  noise: number
  /** Half of the finest step that values make. */
  halfStep: number
}

/** Shares of a life over which being late is remembered: for where it is now, and for where it was. */
const [shortMemory, longMemory] = [0.03, 0.15]
/** A level tells the age no better than to this share of a life: gauges have their whims. */
const finest = 0.04

/** Averages how late the part was over its last readings; a level that tells its age poorly counts less. */
export function standingOf({ times, margins, since }: Course, last: number, ruler: Ruler): Standing {
  const { clock, pace, noise, halfStep } = ruler
  const begin = since ?? times[0] ?? 0
  const now = ((times[last] ?? begin) - begin) / pace
  const [shortMs, longMs, least] = [shortMemory, longMemory, finest].map((share) => share * clock.lifeMs) as [
    number,
    number,
    number,
  ]
  const sums = { short: 0, shortWeight: 0, long: 0, longWeight: 0 }
  for (let index = last; index >= 0; index--) {
    const age = ((times[index] ?? begin) - begin) / pace
    if (now - age > 3 * longMs) break
    const margin = margins[index] ?? 0
    const usual = (ageAt(clock, margin + halfStep) + ageAt(clock, margin - halfStep)) / 2
    const blur = (ageAt(clock, margin - halfStep - noise) - ageAt(clock, margin + halfStep + noise)) / 2
    const trust = 1 / (blur * blur + least * least)
    const [short, long] = [trust * Math.exp((age - now) / shortMs), trust * Math.exp((age - now) / longMs)]
    sums.short += short * (age - usual)
    sums.shortWeight += short
    sums.long += long * (age - usual)
    sums.longWeight += long
  }
  const late = sums.short / sums.shortWeight
  return { now, late, drift: sums.long / sums.longWeight - late }
}
