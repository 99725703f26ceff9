import type { Limit } from '../detectors/limit.ts'
import type { Crossing } from '../finding.ts'
import { delayOf } from './carry.ts'
import { unseenFrom } from './clock.ts'
import { courseOf } from './course.ts'
import { clockFor, experienceOf } from './experience.ts'
import { positiveQuantile } from './normal.ts'
import { standingOf } from './standing.ts'

/** A moment and a value: ms since 1970, and the metric's unit. */
type Point = readonly [ts: number, value: number]

/** How one part's metric went over its life, as far as it was seen. */
export interface Life {
  /** Which part of which device it is: a life never teaches itself. */
  unit?: string
  /** What makes parts comparable: model, firmware, dose, particle size… The more is equal, the more one teaches another. */
  cohort: Readonly<Record<string, string | number>>
  /** When the part began its life, ms; absent when that is not known. */
  since?: number
  /** Oldest first. Of a life that never went beyond the limit it is known only that it lasted so long (censored). */
  points: readonly Point[]
}

export interface Question {
  limit: Limit
  /** The moment of the forecast, ms; nothing later in the own life is looked at. */
  now: number
}

/** When a metric will cross its limit, as far as that can be told. */
export type Outlook =
  | {
      is: 'known'
      crossing: Crossing
      /** Where the metric stands now, noise taken out. */
      level: number
      /** Of the own recent course; absent where it has none. */
      slopePerDay?: number
      /** How much of the answer comes from other lives, 0 … 1. */
      fromPeers: number
    }
  | { is: 'unknown'; why: 'too_few_readings' | 'too_little_wear' | 'too_uncertain' }

/** The limit of each life, of which finished ones teach how sure one can be. */
export function outlookOf(own: Life, peers: readonly Life[], { limit, now }: Question): Outlook {
  const course = courseOf(own, limit, now)
  const last = course.times.length - 1
  const experience = experienceOf(peers, limit)
  const isOwn = (index: number) => own.unit !== undefined && peers[index]?.unit === own.unit
  const clock = clockFor(experience, own.cohort, isOwn)
  if (last < 0 || clock === undefined) return { is: 'unknown', why: 'too_few_readings' }
  const { log } = experience.paces.of(own.cohort, isOwn)
  const pace = Math.exp(log)
  const s = standingOf(course, last, {
    clock,
    pace,
    noise: experience.noise,
    halfStep: experience.scale.halfStep,
  })
  const share = (ms: number) => ms / clock.lifeMs
  const st = {
    now: share(s.now),
    late: share(s.late),
    drift: share(s.drift),
    knowsAge: own.since !== undefined,
  }
  const delay = delayOf(
    st,
    experience.cases.filter(({ life }) => !isOwn(life)),
  )
  const mean = 1 + delay.mean - st.now
  const un = share(unseenFrom(clock, course.margins[last] ?? 0)) / 2
  const left = { mean, sd: Math.hypot(delay.sd, un) }
  const at = (p: number) => now + pace * clock.lifeMs * positiveQuantile(left, p)
  return {
    is: 'known',
    level: limit.fromMargin(course.margins[last] ?? 0),
    fromPeers: 1,
    crossing: { p10: at(0.1), p50: at(0.5), p90: at(0.9) },
  }
}
