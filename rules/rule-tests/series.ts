import { parseDuration } from '../../lib/duration.ts'

/** Evenly spaced series of a test; a missing value is undefined. */
export interface TestSeries {
  fromMs: number
  everyMs: number
  values: readonly (number | undefined)[]
}

export const seriesHelp =
  'it must be a series such as "90-0.2x60 every 1d" or "1 2 _ 4x3~0.5 every 6h from 10d"'

/**
 * Parse `"<values> every <duration> [from <duration>]"`. Values are separated by blanks, in the notation of promtool:
 * `90-0.2x60` is 90 and 60 more values, each 0.2 less; `5x3` is four times 5; `_` is a missing value, `_x4` four. A suffix
 * `~0.5` adds noise, uniformly distributed within ±0.5 and the same in each run.
 * @returns undefined when it cannot be parsed
 */
export function parseSeries(text: string): TestSeries | undefined {
  const [, tokens = '', every = '', from = '0s'] =
    /^(.+?) every (\S+)(?: from (\S+))?$/.exec(text.trim()) ?? []
  const everyMs = parseDuration(every)
  const fromMs = parseDuration(from)
  if (everyMs === undefined || everyMs === 0 || fromMs === undefined) return undefined
  const noise = seededNoise(text)
  const values: (number | undefined)[] = []
  for (const token of tokens.trim().split(/\s+/)) {
    const run = parseToken(token)
    if (run === undefined) return undefined
    for (let i = 0; i < run.count; i++) {
      values.push(run.start === undefined ? undefined : run.start + i * run.step + run.noise * noise())
    }
  }
  return { fromMs, everyMs, values }
}

interface ValueRun {
  start: number | undefined
  step: number
  count: number
  noise: number
}

const missingPattern = /^_(?:x(\d+))?$/
const numberPattern = /^(-?\d+(?:\.\d+)?)(?:([+-]\d+(?:\.\d+)?)?x(\d+))?(?:~(\d+(?:\.\d+)?))?$/

function parseToken(token: string): ValueRun | undefined {
  const gap = missingPattern.exec(token)
  if (gap) return { start: undefined, step: 0, count: Number(gap[1] ?? 1), noise: 0 }
  const run = numberPattern.exec(token)
  if (!run) return undefined
  const [, start, step = 0, further = 0, noise = 0] = run
  return { start: Number(start), step: Number(step), count: Number(further) + 1, noise: Number(noise) }
}

/** Create a generator of numbers in −1 … 1 that depend on the text alone: FNV-1a for the seed, then mulberry32. */
function seededNoise(text: string): () => number {
  let state = 0x811c9dc5
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1
  }
}
