import { parseDuration } from '../../lib/duration.ts'

/** Value of a test series with its noise; undefined where it is missing. */
type Value = { value: number; noise: number } | undefined

interface Run {
  count: number
  at(index: number): Value
}

/** Runs of at most so many readings are events, such as a spike, that last less than an interval at any pace. */
const eventReadings = 2
const tokenPattern = /^(-?\d+(?:\.\d+)?)(?:([+-]\d+(?:\.\d+)?)?x(\d+))?(?:~(\d+(?:\.\d+)?))?$/

/**
 * Return the test series that a device would send whose life is the same and whose readings come at another interval. Runs
 * keep their duration, slopes and noise; an event of one or two readings stays as many at a faster pace, and the first one is
 * one reading at a slower one; of several, those that happen when a reading is taken. A series of single values is a course, not a row of events.
 * @param text in the notation of rule tests, see `parseSeries`
 */
export function seriesAtPace(text: string, everyMs: number): string {
  const [, tokens = '', every = '', from] = /^(.+?) every (\S+)(?: from (\S+))?$/.exec(text.trim()) ?? []
  const ratio = everyMs / (parseDuration(every) ?? everyMs)
  const runs = tokens.trim().split(/\s+/).map(parseRun)
  const hasEvents = runs.some(({ count }) => count > 3)
  const values = ratio <= 1 ? faster(runs, ratio, hasEvents) : slower(runs, ratio, hasEvents)
  const start = from === undefined ? '' : ` from ${from}`
  return `${values.map(formatValue).join(' ')} every ${everyMs}ms${start}`
}

function parseRun(token: string): Run {
  const gap = /^_(?:x(\d+))?$/.exec(token)
  if (gap) return { count: Number(gap[1] ?? 1), at: () => undefined }
  const [, start = '', step = 0, further = 0, noise = 0] = tokenPattern.exec(token) ?? []
  return {
    count: Number(further) + 1,
    at: (index) => ({ value: Number(start) + index * Number(step), noise: Number(noise) }),
  }
}

function faster(runs: readonly Run[], ratio: number, hasEvents: boolean): Value[] {
  const values: Value[] = []
  for (const [index, run] of runs.entries()) {
    const length = Math.round(run.count / ratio)
    const isEvent = hasEvents && run.count <= eventReadings && index > 0 && run.at(0) !== undefined
    const usual = values.findLast((value) => value !== undefined)
    for (let at = 0; at < length; at++) {
      values.push(
        isEvent && at >= run.count ? usual : run.at(isEvent ? at : Math.min(at * ratio, run.count - 1)),
      )
    }
  }
  return values
}

function slower(runs: readonly Run[], ratio: number, hasEvents: boolean): Value[] {
  const total = runs.reduce((sum, { count }) => sum + count, 0)
  const values: Value[] = Array(Math.max(1, Math.ceil(total / ratio))).fill(undefined)
  const events: [index: number, value: Value][] = []
  let from = 0
  let usual: Value
  for (const [index, run] of runs.entries()) {
    const isEvent = hasEvents && run.count <= eventReadings && index > 0 && run.at(0) !== undefined
    for (let at = Math.ceil(from / ratio); at * ratio < from + run.count; at++) {
      values[at] = isEvent ? usual : run.at(at * ratio - from)
    }
    if (isEvent && (events.length === 0 || from % ratio === 0))
      events.push([Math.floor(from / ratio), run.at(0)])
    if (!isEvent) usual = run.at(run.count - 1) ?? usual
    from += run.count
  }
  for (const [index, value] of events) values[index] = value
  return values
}

function formatValue(value: Value): string {
  if (value === undefined) return '_'
  return `${Number(value.value.toFixed(6))}${value.noise === 0 ? '' : `~${value.noise}`}`
}
