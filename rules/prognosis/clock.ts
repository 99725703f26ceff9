import type { Passage } from './passage.ts'

/** Which age is usual at which level: it makes wear of any shape a straight line (a time-scale transformation). */
export interface Clock {
  /** Margins, descending to 0. */
  levels: readonly number[]
  /** The usual age when each is passed, ms of the clock. */
  ages: Float64Array
  /** The usual age at the limit. */
  lifeMs: number
  /** How much of it, after each level, no teacher went through, ms. */
  unseen: Float64Array
}

/** A teacher with its weight, and how many times slower than the clock it goes. */
interface Teacher {
  passage: Passage
  weight: number
  pace: number
}

/** How much the level before is believed where nobody passed a level. */
const belief = 0.05

/**
 * The mean time from level to level. A stay that was not over when the record ended counts once it is longer than
 * usual: a shorter one says nothing, a longer one not less.
 * @returns undefined when nobody passed any level
 */
export function clockOf(levels: readonly number[], teachers: readonly Teacher[]): Clock | undefined {
  const size = levels.length
  const [times, passed] = [new Float64Array(size), new Float64Array(size)]
  for (const { passage, weight, pace } of teachers) {
    for (let k = 0; k < size; k++) {
      const share = weight * (passage.passed[k] ?? 0)
      times[k] = (times[k] ?? 0) + (share * (passage.times[k] ?? 0)) / pace
      passed[k] = (passed[k] ?? 0) + share
    }
  }
  addLongStays(teachers, times, passed)
  const all = passed.reduce((sum, one) => sum + one, 0)
  if (all === 0) return undefined
  const most = teachers.reduce((max, { weight }) => Math.max(max, weight), 0)
  let before = times.reduce((sum, one) => sum + one, 0) / all
  const stays = times.map((time, k) => {
    before = (time + belief * most * before) / ((passed[k] ?? 0) + belief * most)
    return before
  })
  return { levels, ...summed(stays, passed) }
}

function addLongStays(teachers: readonly Teacher[], times: Float64Array, passed: Float64Array): void {
  for (const { passage, weight, pace } of teachers) {
    passage.times.forEach((time, k) => {
      const [sum = 0, count = 0] = [times[k], passed[k]]
      const stay = time / pace
      if (passage.passed[k] !== 0 || stay === 0 || stay * count <= sum) return
      times[k] = sum + weight * stay
      passed[k] = count + weight
    })
  }
}

function summed(stays: Float64Array, passed: Float64Array): Omit<Clock, 'levels'> {
  let lifeMs = 0
  const ages = stays.map((stay) => {
    lifeMs += stay
    return lifeMs
  })
  let left = 0
  const unseen = new Float64Array(stays.length)
  for (let k = stays.length - 1; k >= 0; k--) {
    unseen[k] = left
    if (passed[k] === 0) left += stays[k] ?? 0
  }
  return { ages, lifeMs, unseen }
}

/** How many levels a margin has reached. */
function placeOf(levels: readonly number[], margin: number): number {
  let [low, high] = [0, levels.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (margin <= (levels[middle] ?? 0)) low = middle + 1
    else high = middle
  }
  return low
}

/** The usual age at a margin; above the first level 0, beyond the limit the whole life. */
export function ageAt({ levels, ages, lifeMs }: Clock, margin: number): number {
  const place = placeOf(levels, margin)
  if (place === 0) return 0
  if (place === levels.length) return lifeMs
  const [above = 0, below = 0] = [levels[place - 1], levels[place]]
  const [from = 0, to = 0] = [ages[place - 1], ages[place]]
  return from + ((to - from) * (above - margin)) / (above - below)
}

/** How much of the way that is left from a margin on no teacher went, ms of the clock. */
export function unseenFrom({ levels, unseen }: Clock, margin: number): number {
  return unseen[Math.max(0, Math.min(levels.length, placeOf(levels, margin)) - 1)] ?? 0
}
