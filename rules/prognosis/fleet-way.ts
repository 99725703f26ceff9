import { unseenFrom } from './clock.ts'
import { courseOf } from './course.ts'
import { delayOf } from './delay.ts'
import { clockFor, experienceOf } from './experience.ts'
import { positiveQuantile } from './normal.ts'
import type { Life, Question } from './outlook.ts'
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

/** @returns undefined when the others did not go at least half of what is left */
export function fleetWayOf(
  own: Life,
  peers: readonly Life[],
  { limit, now }: Question,
): FleetWay | undefined {
  const course = courseOf(own, limit, now)
  const experience = experienceOf(peers, limit)
  const itself = own.unit === undefined ? -1 : peers.findIndex(({ unit }) => unit === own.unit)
  const clock = clockFor(experience, own.cohort, itself)
  const last = course.times.length - 1
  if (clock === undefined || last < 0) return undefined
  const { scale, noise, paces, cases } = experience
  const { log, variance } = paces.of(own.cohort, itself)
  const pace = Math.exp(log)
  const standing = standingOf(course, last, { clock, pace, noise, halfStep: scale.halfStep })
  const others = itself < 0 ? cases : cases.filter(({ life }) => life !== itself)
  const delay = delayOf({ ...standing, knowsAge: own.since !== undefined }, others)
  const mean = 1 + delay.mean - standing.now
  const unseen = unseenFrom(clock, course.margins[last] ?? 0) / clock.lifeMs
  if (unseen > Math.max(0, mean) / 2) return undefined
  const sd = Math.hypot(delay.sd, unseen / 2, Math.sqrt(Math.max(0, variance - delay.paceVariance)) * mean)
  const unitMs = pace * clock.lifeMs
  return { within: (p) => unitMs * positiveQuantile({ mean, sd }, p), sd: unitMs * sd, lives: delay.lives }
}
