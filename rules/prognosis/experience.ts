import type { Life } from '../../contract/lifetime.ts'
import type { Limit } from '../detectors/limit.ts'
import { type Clock, clockOf } from './clock.ts'
import { likeness, Paces } from './cohort.ts'
import { type Course, courseOf } from './course.ts'
import { type Passage, passageOf, type Scale, scaleOf } from './passage.ts'

/** What lives let one expect of others, for one limit. */
export interface Experience {
  lives: readonly Life[]
  courses: readonly Course[]
  scale: Scale
  /** How far values lie beside their course, in the metric's unit. */
  noise: number
  passages: readonly Passage[]
  paces: Paces
  /** How many times slower than the clock the cohort of each life goes. */
  slowness: readonly number[]
}

/** Paces and the clock need each other: so often each is made anew from the other. */
const rounds = 3
/** A pace seen over less than this share of a life is drawn to the usual one. */
const leastSeen = 0.02
/** Values keep some distance from their course that is of one piece, so that averaging does not take it out. */
const lasting = 3

export function experienceOf(lives: readonly Life[], limit: Limit): Experience {
  const courses = lives.map((life) => courseOf(life, limit))
  const scale = scaleOf(courses)
  const passages = courses.map((course) => passageOf(course, scale))
  const sum = passages.reduce((all, { noise }) => all + noise.sum, 0)
  const count = passages.reduce((all, { noise }) => all + noise.count, 0)
  const start = { lives, courses, scale, noise: (lasting * sum) / Math.max(1, count), passages }
  let experience = { ...start, paces: new Paces([]), slowness: lives.map(() => 1) }
  for (let round = 0; round < rounds; round++) {
    const paces = pacesOf(experience)
    experience = { ...start, paces, slowness: lives.map(({ cohort }) => paces.slownessOf(cohort)) }
  }
  return experience
}

/**
 * The clock for a cohort: who is more alike teaches more.
 * @param without the place of a life that must not teach now
 */
export function clockFor(
  { lives, scale, passages, slowness }: Experience,
  cohort: Life['cohort'],
  without?: number,
): Clock | undefined {
  const teachers = passages.flatMap((passage, index) => {
    const life = lives[index]
    if (life === undefined || index === without) return []
    return [{ passage, weight: likeness(life.cohort, cohort), pace: slowness[index] ?? 1 }]
  })
  return clockOf(scale.levels, teachers)
}

/** How fast each life went, against a clock that all made alike. */
function pacesOf({ lives, scale, passages, slowness, paces }: Experience): Paces {
  const teachers = passages.map((passage, index) => ({ passage, weight: 1, pace: slowness[index] ?? 1 }))
  const clock = clockOf(scale.levels, teachers)
  if (clock === undefined) return paces
  const least = leastSeen * clock.lifeMs
  return new Paces(
    passages.map(({ times, passed }, index) => {
      let [took, usual] = [0, 0]
      times.forEach((time, k) => {
        const stay = (clock.ages[k] ?? 0) - (clock.ages[k - 1] ?? 0)
        took += time
        usual += passed[k] === 1 ? stay : Math.min(stay, time)
      })
      const pace = Math.log((took + least) / (usual + least))
      return { cohort: lives[index]?.cohort ?? {}, pace, seen: usual / clock.lifeMs }
    }),
  )
}
