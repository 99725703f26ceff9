import { ageAt, type Clock } from './clock.ts'
import { type Course, lastRecovery } from './course.ts'

/** Where a part stands on a clock, in shares of the life that is usual there. */
export interface Standing {
  /** Its age; counted from its first reading where its beginning is not known. */
  now: number
  /** How much later than usual it came to its level: positive for one that lasts. */
  late: number
  /** How much later than usual it was in the longer past, less that. */
  drift: number
}

interface Ruler {
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

/**
 * Averages how late the part was over its readings up to one of them; a level that tells its age poorly counts less,
 * and what was before a great recovery not at all.
 */
export function standingOf({ times, margins, since }: Course, last: number, ruler: Ruler): Standing {
  const { clock, pace } = ruler
  const begin = since ?? times[0] ?? 0
  const ageOf = (index: number) => ((times[index] ?? begin) - begin) / pace / clock.lifeMs
  const now = ageOf(last)
  const [short, long] = [new Mean(), new Mean()]
  const first = lastRecovery(margins.slice(0, last + 1))
  for (let index = last; index >= first; index--) {
    const age = ageOf(index)
    if (now - age > 3 * longMemory) break
    const { usual, blur } = usualAge(margins[index] ?? 0, ruler)
    const trust = 1 / (blur * blur + finest * finest)
    short.add(age - usual, trust * Math.exp((age - now) / shortMemory))
    long.add(age - usual, trust * Math.exp((age - now) / longMemory))
  }
  return { now, late: short.value, drift: long.value - short.value }
}

/** The usual age at a margin, which stands for all within half a step, and how far noise moves it. */
function usualAge(margin: number, { clock, halfStep, noise }: Ruler): { usual: number; blur: number } {
  const at = (by: number) => ageAt(clock, margin + by) / clock.lifeMs
  return {
    usual: (at(halfStep) + at(-halfStep)) / 2,
    blur: (at(-halfStep - noise) - at(halfStep + noise)) / 2,
  }
}

class Mean {
  #sum = 0
  #weight = 0

  add(value: number, weight: number): void {
    this.#sum += value * weight
    this.#weight += weight
  }

  get value(): number {
    return this.#sum / this.#weight
  }
}

/** Younger than this a part has no pace. */
const leastAge = 0.05

/** What a delay is told from: how late, how late for a whole life at this pace, how that came, and a constant. */
export function featuresOf({ now, late, drift }: Standing): number[] {
  return [late, late / Math.max(leastAge, now - late), drift, 1]
}
