import { z } from 'zod'
import type { Crossing, Evidence } from '../../contract/finding.ts'
import type { Life } from '../../contract/lifetime.ts'
import { dayMs } from '../../lib/time.ts'
import { duration } from '../files/duration.ts'
import { chanceBefore } from '../prognosis/chance.ts'
import type { Question } from '../prognosis/course.ts'
import type { Outlook } from '../prognosis/outlook.ts'
import { addToCourse, type Course, emptyCourse, pointsOfCourse } from './course.ts'
import type { Verdict } from './detector.ts'
import { median, type Point } from './history.ts'
import type { Limit } from './limit.ts'

/** Keys of every detector that looks ahead. */
export const prognosisKeys = {
  /** How much of the past the own pace is taken from. */
  window: duration.default(180 * dayMs),
  /** How likely the crossing must be. Below one half there would be no date to tell. */
  confidence: z.number().min(0.5).max(1).default(0.8),
}

export interface PrognosisOptions {
  limit: Limit
  /** From where on it is good again; the limit itself when absent. */
  clear: number | undefined
  /** How far it looks ahead; 0 where only a limit that is crossed counts. */
  withinMs: number
  windowMs: number
  confidence: number
  /** Who is asked for the date. */
  ask(own: Life, peers: readonly Life[], question: Question): Outlook
}

/** The part whose course it is, and the lives that teach. */
export interface Teaching {
  part: Omit<Life, 'points'>
  lives: readonly Life[]
}

/** What is kept of a series, and what was concluded from it. */
export interface Prognosis {
  course: Course
  verdict: Verdict
  level?: number
  slopePerDay?: number
  crossing?: Crossing
}

const recentPoints = 48
const olderPoints = 11
const readingsBeyond = 3

export const noPrognosis: Prognosis = { course: emptyCourse, verdict: { is: 'unknown' } }

/** Takes in a sample. It is judged anew once in each 48th of the window; else the conclusion stands. */
export function prognose(
  before: Prognosis,
  sample: Point,
  options: PrognosisOptions & { teaching: Teaching },
): Prognosis {
  const size = { spanMs: options.windowMs / recentPoints, points: recentPoints, older: olderPoints }
  const course = addToCourse(before.course, sample, size)
  const isSameSpan = course.recent.points === before.course.recent.points
  if (isSameSpan && before.course.recent.open.length > 0) return { ...before, course }
  return { course, ...conclude(pointsOfCourse(course), options) }
}

type Conclusion = Omit<Prognosis, 'course'>

function conclude(points: readonly Point[], options: PrognosisOptions & { teaching: Teaching }): Conclusion {
  const { limit, windowMs, teaching } = options
  const now = points.at(-1)?.[0] ?? 0
  const outlook = options.ask({ ...teaching.part, points }, teaching.lives, { limit, now, windowMs })
  const level = outlook.level
  if (level === undefined) return concludeFromFew(points, limit)
  const crossing = outlook.is === 'known' ? outlook.crossing : undefined
  return {
    verdict: verdictOf({ now, margin: limit.margin(level), crossing }, options),
    level,
    ...(outlook.slopePerDay === undefined ? {} : { slopePerDay: outlook.slopePerDay }),
    ...(crossing === undefined ? {} : { crossing }),
  }
}

/** Readings beyond the limit need no prognosis. */
function concludeFromFew(points: readonly Point[], limit: Limit): Conclusion {
  const last = points.slice(-readingsBeyond)
  const level = median(last.map(([, value]) => value))
  const now = last.at(-1)?.[0]
  if (now === undefined || last.length < readingsBeyond || limit.margin(level) >= 0) {
    return { verdict: { is: 'unknown' } }
  }
  return { verdict: { is: 'bad', crossesAt: now }, level, crossing: { p10: now, p50: now, p90: now } }
}

function verdictOf(
  { now, margin, crossing }: { now: number; margin: number; crossing: Crossing | undefined },
  { limit, clear, withinMs, confidence }: PrognosisOptions,
): Verdict {
  const crossesAt = crossing === undefined ? {} : { crossesAt: crossing.p50 }
  if (margin < 0) return { is: 'bad', ...crossesAt }
  if (crossing !== undefined && chanceBefore(crossing, now + withinMs) >= confidence) {
    return { is: 'bad', ...crossesAt }
  }
  const healthyMargin = clear === undefined ? 0 : limit.margin(clear)
  const isFar = crossing === undefined || crossing.p50 > now + 2 * withinMs
  return { is: isFar && margin >= healthyMargin ? 'good' : 'between' }
}

/** The part of the evidence that a prognosis gives; `scale` turns its values into the metric's unit. */
export function prognosisEvidence({ course, level, slopePerDay, crossing }: Prognosis, scale = 1) {
  const points = pointsOfCourse(course).map(([ts, value]): [number, number] => [ts, value * scale])
  return {
    points,
    ...(level === undefined ? {} : { value: level * scale }),
    ...(slopePerDay === undefined ? {} : { slopePerDay: slopePerDay * scale }),
    ...(crossing === undefined ? {} : { crossing }),
  } satisfies Partial<Evidence>
}
