import type { Life } from '../../contract/lifetime.ts'
import { schoolOf } from '../fleet-model/school.ts'
import { unseenFrom } from './clock.ts'
import { courseOf, type Question } from './course.ts'
import { delayOf } from './delay.ts'
import { positiveQuantile } from './normal.ts'
import { standingOf } from './standing.ts'

/** What other lives say of the way that is left. */
export interface FleetWay {
  /** The time from the last reading within which the limit is reached with a probability p, ms. */
  within(p: number): number
  /** ms */
  sd: number
  /** How many finished lives, looked back at when they were about as worn, tell so. */
  lives: number
}

/** Of a finished life about so much is seen at any one age; a single one nobody can look back at, and it counts too. */
const atAnyAge = 0.2

/** @returns undefined when the others did not go at least half of what is left */
export function fleetWayOf(
  own: Life,
  peers: readonly Life[],
  { limit, now }: Question,
): FleetWay | undefined {
  const course = courseOf(own, limit, now)
  const last = course.times.length - 1
  const school = schoolOf(peers, limit)
  const itself = own.unit === undefined ? -1 : peers.findIndex(({ unit }) => unit === own.unit)
  const without = itself < 0 ? undefined : itself
  const clock = school.clockFor(own.cohort, without)
  if (clock === undefined || last < 0) return undefined
  const { scale, noise, paces } = school.experience
  const pace = paces.slownessOf(own.cohort, without)
  const standing = standingOf(course, last, { clock, pace, noise, halfStep: scale.halfStep })
  const knowsAge = own.since !== undefined
  const delay = delayOf({ ...standing, knowsAge }, school.casesFor(own.cohort, without))
  const mean = 1 + delay.mean - standing.now
  const unseen = unseenFrom(clock, course.margins[last] ?? 0) / clock.lifeMs
  if (unseen > Math.max(0, mean) / 2) return undefined
  const sd = Math.hypot(delay.sd, unseen / 2)
  const lives = Math.max(delay.lives, atAnyAge * school.finished(without))
  const unitMs = pace * clock.lifeMs
  return { within: (p) => unitMs * positiveQuantile({ mean, sd }, p), sd: unitMs * sd, lives }
}
