import { type DegradationPath, monotoneFit } from '../degradation-path.ts'

/** First passages: how long one lifetime took from each level to the next. */
export interface FirstPassages {
  /** Time between passing the level before and this one, ms; the first begins with the lifetime. 0 where not seen. */
  dwellTimes: Float64Array
  /** 1 where the level was passed, 0 where the record ends or begins within. */
  passed: Float64Array
  /** When the limit was crossed, ms. */
  crossedAt?: number
  /** Deviation of the margins from the path that never rises: the sum, and the number of margins. */
  noise: { sum: number; count: number }
}

/** Margin levels, descending to 0 (the limit), and half of the finest step between values. */
export interface LevelGrid {
  levels: readonly number[]
  halfStep: number
}

const maxLevels = 48
const samplesPerLifetime = 32

/** Divide the margins into levels: one for each whole number; for finer values, dense where much time passes. */
export function buildLevelGrid(courses: readonly DegradationPath[]): LevelGrid {
  const values = [...new Set(courses.flatMap(({ margins }) => margins.filter((margin) => margin >= 0)))]
  values.sort((a, b) => b - a)
  const steps = values.slice(1).map((value, index) => (values[index] ?? value) - value)
  const marks = downToLimit(values.length <= maxLevels ? values : quantileLevels(courses))
  return {
    levels: [...marks.slice(1).map((mark, index) => (mark + (marks[index] ?? mark)) / 2), 0],
    halfStep: steps.reduce((least, step) => Math.min(least, step), steps[0] ?? 0) / 2,
  }
}

/** Most levels that are added where no lifetime has been yet. */
const maxUnseenLevels = 24

/** Continue the marks to the limit, about as densely as they are: what no lifetime has passed is not one level. */
function downToLimit(marks: readonly number[]): readonly number[] {
  const [highest = 0, lowest = 0] = [marks[0], marks.at(-1)]
  const step = Math.max((highest - lowest) / Math.max(1, marks.length - 1), lowest / maxUnseenLevels)
  const unseen: number[] = []
  for (let mark = lowest - step; mark > step / 2; mark -= step) unseen.push(mark)
  return [...marks, ...unseen]
}

/** Return quantiles of the margins; each lifetime has the same weight, and so has each of its moments. */
function quantileLevels(courses: readonly DegradationPath[]): number[] {
  const margins = courses.flatMap(sampleMarginsOverTime).sort((a, b) => b - a)
  const marks = Array.from(
    { length: maxLevels },
    (_, k) => margins[Math.floor(((k + 0.5) / maxLevels) * margins.length)],
  )
  return [...new Set(marks)].filter((mark) => mark !== undefined)
}

function sampleMarginsOverTime({ times, margins }: DegradationPath): number[] {
  const course = monotoneFit(margins)
  const crossed = course.findIndex((margin) => margin < 0)
  const last = crossed < 0 ? course.length - 1 : crossed
  const [from = 0, to = 0] = [times[0], times[last]]
  let index = 0
  return Array.from({ length: last > 0 ? samplesPerLifetime : 0 }, (_, n) => {
    const ts = from + ((n + 0.5) / samplesPerLifetime) * (to - from)
    while (index < last && (times[index] ?? ts) < ts) index++
    return course[index] ?? 0
  }).filter((margin) => margin > 0)
}

export function firstPassagesOf(course: DegradationPath, scale: LevelGrid): FirstPassages {
  const margins = monotoneFit(course.margins)
  const moments = passageTimes({ times: course.times, margins }, scale)
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
  return {
    dwellTimes: times,
    passed,
    ...(crossedAt === undefined ? {} : { crossedAt }),
    noise: residualsOf(course, margins),
  }
}

/** Return when each level was passed, ms; undefined for levels above the first value and for those not reached. */
function passageTimes(
  { times, margins }: Pick<DegradationPath, 'times' | 'margins'>,
  { levels, halfStep }: LevelGrid,
): (number | undefined)[] {
  let at = 0
  return levels.map((level, k) => {
    if ((margins[0] ?? 0) < level) return undefined
    while (at < margins.length && (margins[at] ?? 0) >= level) at++
    // The limit itself counts as passed at the next step of the value.
    const sought = k === levels.length - 1 ? level - halfStep : level
    return at < margins.length ? interpolatePassageTime({ times, margins, at }, sought) : undefined
  })
}

/** Return when a level was passed, interpolated linearly between two readings, ms. */
function interpolatePassageTime(
  { times, margins, at }: { times: readonly number[]; margins: readonly number[]; at: number },
  level: number,
): number {
  const [after = 0, to = 0] = [times[at], margins[at]]
  const [before = after, from = to] = [times[at - 1], margins[at - 1]]
  const share = from > to ? (from - level) / (from - to) : 1
  return before + (after - before) * Math.max(0, Math.min(1, share))
}

function residualsOf(course: DegradationPath, margins: readonly number[]): FirstPassages['noise'] {
  const rests = margins.flatMap((margin, index) =>
    margin > 0 ? [Math.abs((course.margins[index] ?? margin) - margin)] : [],
  )
  return { sum: rests.reduce((sum, rest) => sum + rest, 0), count: rests.length }
}
