import { type Course, neverRising } from './course.ts'

/** How long one life took from each level to the next. */
export interface Passage {
  /** Time between passing the level before and this one, ms; the first begins with the life. 0 where not seen. */
  times: Float64Array
  /** 1 where the level was passed, 0 where the record ends or begins within. */
  passed: Float64Array
  /** When the limit was crossed, ms. */
  crossedAt?: number
  /** How far margins lie beside the course that never gets better: the sum, and of how many. */
  noise: { sum: number; count: number }
}

/** Margins that divide the way to the limit, descending to 0, and half of the finest step that values make. */
export interface Scale {
  levels: readonly number[]
  halfStep: number
}

const mostLevels = 48
const samples = 32

/** Whole numbers are kept apart; of finer values there are as many levels as there was time between them. */
export function scaleOf(courses: readonly Course[]): Scale {
  const values = [...new Set(courses.flatMap(({ margins }) => margins.filter((margin) => margin >= 0)))]
  values.sort((a, b) => b - a)
  const steps = values.slice(1).map((value, index) => (values[index] ?? value) - value)
  const marks = values.length <= mostLevels ? values : marksOf(courses)
  return {
    levels: [...marks.slice(1).map((mark, index) => (mark + (marks[index] ?? mark)) / 2), 0],
    halfStep: steps.reduce((least, step) => Math.min(least, step), steps[0] ?? 0) / 2,
  }
}

/** Quantiles of the margins, each life with the same weight and each of its moments too. */
function marksOf(courses: readonly Course[]): number[] {
  const margins = courses.flatMap(marginsInTime).sort((a, b) => b - a)
  const marks = Array.from(
    { length: mostLevels },
    (_, k) => margins[Math.floor(((k + 0.5) / mostLevels) * margins.length)],
  )
  return [...new Set(marks)].filter((mark) => mark !== undefined)
}

function marginsInTime({ times, margins }: Course): number[] {
  const course = neverRising(margins)
  const crossed = course.findIndex((margin) => margin < 0)
  const last = crossed < 0 ? course.length - 1 : crossed
  const [from = 0, to = 0] = [times[0], times[last]]
  let index = 0
  return Array.from({ length: last > 0 ? samples : 0 }, (_, n) => {
    const ts = from + ((n + 0.5) / samples) * (to - from)
    while (index < last && (times[index] ?? ts) < ts) index++
    return course[index] ?? 0
  }).filter((margin) => margin > 0)
}

export function passageOf(course: Course, scale: Scale): Passage {
  const margins = neverRising(course.margins)
  const moments = momentsOf({ times: course.times, margins }, scale)
  const times = new Float64Array(moments.length)
  const passed = new Float64Array(moments.length)
  const entered = (k: number) => (k === 0 ? course.since : moments[k - 1])
  moments.forEach((moment, k) => {
    const from = entered(k)
    if (moment === undefined || from === undefined) return
    times[k] = moment - from
    passed[k] = 1
  })
  const open = moments.findLastIndex((moment) => moment !== undefined) + 1
  const [from, end] = [entered(open), course.times.at(-1)]
  const isWithin = open < moments.length && (margins[0] ?? 0) >= (scale.levels[open] ?? 0)
  if (isWithin && from !== undefined && end !== undefined) times[open] = end - from
  const crossedAt = moments.at(-1)
  return { times, passed, ...(crossedAt === undefined ? {} : { crossedAt }), noise: noiseOf(course, margins) }
}

/** When each level was passed; undefined for those above the first value, and for those not reached. */
function momentsOf(
  { times, margins }: Pick<Course, 'times' | 'margins'>,
  { levels, halfStep }: Scale,
): (number | undefined)[] {
  let at = 0
  return levels.map((level, k) => {
    if ((margins[0] ?? 0) < level) return undefined
    while (at < margins.length && (margins[at] ?? 0) >= level) at++
    // The limit itself is passed with the next step that a value makes.
    const sought = k === levels.length - 1 ? level - halfStep : level
    return at < margins.length ? momentOf({ times, margins, at }, sought) : undefined
  })
}

/** When a level was passed, on the straight way between two readings. */
function momentOf(
  { times, margins, at }: { times: readonly number[]; margins: readonly number[]; at: number },
  level: number,
): number {
  const [after = 0, to = 0] = [times[at], margins[at]]
  const [before = after, from = to] = [times[at - 1], margins[at - 1]]
  const share = from > to ? (from - level) / (from - to) : 1
  return before + (after - before) * Math.max(0, Math.min(1, share))
}

function noiseOf(course: Course, margins: readonly number[]): Passage['noise'] {
  const rests = margins.flatMap((margin, index) =>
    margin > 0 ? [Math.abs((course.margins[index] ?? margin) - margin)] : [],
  )
  return { sum: rests.reduce((sum, rest) => sum + rest, 0), count: rests.length }
}
