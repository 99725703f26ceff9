import type { Life } from '../../contract/lifetime.ts'
import type { Clock } from './clock.ts'
import type { Course } from './course.ts'
import { clockFor, type Experience } from './experience.ts'
import { type Passage, passageOf } from './passage.ts'
import { featuresOf, standingOf } from './standing.ts'

/** A moment of a finished life: where it stood then on the clock of others, and how late its end was. */
export interface Case {
  life: Life
  /** The usual age of its level, as a share of a life. */
  age: number
  features: readonly number[]
  /** How much later than usual it reached the limit, in shares of a life. */
  end: number
}

/** In how many moments of each finished life it is looked back. */
export const looksBack = 12
const leastReadings = 3

/** Looks back at each finished life with what all the others let expect of it. */
export function casesAmong(experience: Experience): Case[] {
  return experience.lives.flatMap((life, index) => {
    const [course, passage] = [experience.courses[index], experience.passages[index]]
    if (course === undefined || passage === undefined) return []
    const clock = clockFor(experience, life.cohort, index)
    const pace = experience.paces.slownessOf(life.cohort, index)
    return clock === undefined ? [] : casesOf({ life, course, passage }, { ...experience, clock, pace })
  })
}

/** Looks back at finished lives with what lives of other cohorts let expect of them. */
export function casesOfStrangers(strangers: Experience, experience: Experience): Case[] {
  return strangers.lives.flatMap((life, index) => {
    const course = strangers.courses[index]
    const clock = clockFor(experience, life.cohort)
    if (course === undefined || clock === undefined) return []
    const passage = passageOf(course, experience.scale)
    const pace = experience.paces.slownessOf(life.cohort)
    return casesOf({ life, course, passage }, { ...experience, clock, pace })
  })
}

function casesOf(
  { life, course, passage: { crossedAt } }: { life: Life; course: Course; passage: Passage },
  { clock, pace, noise, scale }: Pick<Experience, 'noise' | 'scale'> & { clock: Clock; pace: number },
): Case[] {
  const begin = course.since ?? course.times[0]
  if (begin === undefined || crossedAt === undefined) return []
  const end = (crossedAt - begin) / pace / clock.lifeMs - 1
  const ruler = { clock, pace, noise, halfStep: scale.halfStep }
  return Array.from(
    { length: looksBack },
    (_, n) => begin + ((crossedAt - begin) * (n + 1)) / (looksBack + 1),
  )
    .map((moment) => course.times.findLastIndex((ts) => ts <= moment))
    .filter((last) => last >= leastReadings - 1)
    .map((last) => {
      const standing = standingOf(course, last, ruler)
      return { life, age: standing.now - standing.late, features: featuresOf(standing), end }
    })
}
