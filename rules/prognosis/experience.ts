import type { Limit } from '../detectors/limit.ts'
import { type Clock, clockOf } from './clock.ts'
import { likeness, Paces } from './cohort.ts'
import { type Course, courseOf } from './course.ts'
import type { Life } from './outlook.ts'
import { type Passage, passageOf, type Scale, scaleOf } from './passage.ts'
import { type Standing, standingOf } from './standing.ts'

/** A look back at a finished life: where it stood then on the clock of the others, and how late its end was. */
export interface Case extends Standing {
  /** The life's place among the peers. */
  life: number
  /** Whether its beginning is known. */
  knowsAge: boolean
  /** How much later than usual it reached the limit. */
  end: number
  /** What was not known of its cohort's pace. */
  paceVariance: number
}

/** What a set of lives teaches about one limit. Shares of a life where nothing else is said. */
export interface Experience {
  peers: readonly Life[]
  scale: Scale
  /** How far values lie beside their course, in the metric's unit. */
  noise: number
  passages: readonly Passage[]
  paces: Paces
  /** How many times slower than the clock each peer's cohort goes. */
  slowness: readonly number[]
  cases: readonly Case[]
  /** Clocks that were asked for. */
  clocks: Map<string, Clock | undefined>
}

/** In how many moments of each finished life it is looked back. */
export const looksBack = 12
/** Paces and the clock need each other: so often each is made anew from the other. */
const rounds = 3
/** A pace seen over less than this share of a life is drawn to the usual one. */
const leastSeen = 0.02
/** Values keep some distance from their course that is of one piece, so that averaging does not take it out. */
const lasting = 3

const known = new WeakMap<readonly Life[], Map<string, Experience>>()

/** Learns once from each list of peers; the list must not change afterwards. */
export function experienceOf(peers: readonly Life[], limit: Limit): Experience {
  const limits = known.get(peers) ?? new Map<string, Experience>()
  known.set(peers, limits)
  const key = `${limit.worse} ${limit.value}`
  const experience = limits.get(key) ?? learn(peers, limit)
  limits.set(key, experience)
  return experience
}

type Lived = Omit<Experience, 'cases' | 'clocks'>

/**
 * The clock for a cohort: who is more alike teaches more.
 * @param without the place of a life that must not teach now, −1 for none
 */
export function clockFor(experience: Experience, cohort: Life['cohort'], without: number): Clock | undefined {
  const key = JSON.stringify([cohort, without])
  const { clocks } = experience
  if (!clocks.has(key)) clocks.set(key, makeClock(experience, cohort, without))
  return clocks.get(key)
}

function makeClock({ peers, scale, passages, slowness }: Lived, cohort: Life['cohort'], without: number) {
  const teachers = passages.flatMap((passage, index) => {
    const life = peers[index]
    if (life === undefined || index === without) return []
    return [{ passage, weight: likeness(life.cohort, cohort), pace: slowness[index] ?? 1 }]
  })
  return clockOf(scale.levels, teachers)
}

function learn(peers: readonly Life[], limit: Limit): Experience {
  const courses = peers.map((life) => courseOf(life, limit))
  const scale = scaleOf(courses)
  const passages = courses.map((course) => passageOf(course, scale))
  const sum = passages.reduce((all, { noise }) => all + noise.sum, 0)
  const count = passages.reduce((all, { noise }) => all + noise.count, 0)
  const noise = (lasting * sum) / Math.max(1, count)
  let paces = new Paces([])
  let slowness = peers.map(() => 1)
  for (let round = 0; round < rounds; round++) {
    paces = pacesOf({ peers, scale, passages, slowness }) ?? paces
    slowness = peers.map(({ cohort }) => Math.exp(paces.of(cohort).log))
  }
  const experience = { peers, scale, noise, passages, paces, slowness }
  const cases = courses.flatMap((course, life) => casesOf(experience, course, life))
  return { ...experience, cases, clocks: new Map() }
}

/** How fast each life went, against a clock that all made alike; undefined when none passed any level. */
function pacesOf({
  peers,
  scale,
  passages,
  slowness,
}: Pick<Experience, 'peers' | 'scale' | 'passages' | 'slowness'>): Paces | undefined {
  const clock = clockOf(
    scale.levels,
    passages.map((passage, index) => ({ passage, weight: 1, pace: slowness[index] ?? 1 })),
  )
  if (clock === undefined) return undefined
  const least = leastSeen * clock.lifeMs
  return new Paces(
    peers.map(({ cohort }, index) => {
      let [took, usual] = [0, 0]
      passages[index]?.times.forEach((time, k) => {
        const stay = (clock.ages[k] ?? 0) - (clock.ages[k - 1] ?? 0)
        took += time
        usual += passages[index]?.passed[k] === 1 ? stay : Math.min(stay, time)
      })
      return { cohort, pace: Math.log((took + least) / (usual + least)), seen: usual / clock.lifeMs }
    }),
  )
}

function casesOf(experience: Lived, course: Course, life: number): Case[] {
  const { peers, passages, paces, scale, noise } = experience
  const { times, since } = course
  const [begin, cohort] = [since ?? times[0], peers[life]?.cohort]
  const crossedAt = passages[life]?.crossedAt
  if (begin === undefined || crossedAt === undefined || cohort === undefined) return []
  const clock = makeClock(experience, cohort, life)
  if (clock === undefined) return []
  const { log, variance } = paces.of(cohort, life)
  const pace = Math.exp(log)
  const end = (crossedAt - begin) / pace / clock.lifeMs - 1
  return momentsOf(times, begin, crossedAt).map((last) => ({
    ...standingOf(course, last, { clock, pace, noise, halfStep: scale.halfStep }),
    life,
    knowsAge: since !== undefined,
    end,
    paceVariance: variance,
  }))
}

/** The places of the last readings before moments at equal distance between two times. */
function momentsOf(times: readonly number[], from: number, to: number): number[] {
  const moments = Array.from(
    { length: looksBack },
    (_, n) => from + ((to - from) * (n + 1)) / (looksBack + 1),
  )
  return moments.map((moment) => times.findLastIndex((ts) => ts <= moment)).filter((index) => index >= 2)
}
