import { z } from 'zod'
import type { Crossing } from '../../../contract/finding.ts'
import { dayMs } from '../../../lib/time.ts'
import { duration } from '../../files/duration.ts'
import type { ConfigProblem } from '../../files/problem.ts'
import type { Detector, Judged, Verdict, Watch, WatchContext } from '../detector.ts'
import { addToHistory, emptyHistory, type History, type Point, pointsOf } from '../history.ts'
import { checkMetric } from '../limit.ts'
import { type Counter, count, noCounter, settled } from './counter.ts'

const leastMs = 7 * dayMs
const farMs = 20 * 365 * dayMs

/** Use per ms over the last times of all lengths, from a quarter of what is known on: slowest first. */
export function pacesOf(points: readonly Point[]): number[] {
  const [first, now] = [points[0], points.at(-1)]
  if (first === undefined || now === undefined || now[0] - first[0] < leastMs) return []
  const leastAgo = (now[0] - first[0]) / 4
  return points
    .filter(([ts]) => now[0] - ts >= leastAgo)
    .map(([ts, used]) => (now[1] - used) / (now[0] - ts))
    .sort((a, b) => a - b)
}

/** When a rest is used up at these paces; undefined while they are not known, or it lasts for ever. */
export function crossingAt(paces: readonly number[], rest: number, now: number): Crossing | undefined {
  const at = (share: number): number => {
    const pace = paces[Math.round(share * (paces.length - 1))] ?? 0
    return Math.round(now + Math.min(farMs, Math.max(0, rest) / Math.max(pace, Number.MIN_VALUE)))
  }
  const crossing = { p10: at(0.9), p50: at(0.5), p90: at(0.1) }
  return paces.length === 0 || crossing.p50 >= now + farMs ? undefined : crossing
}

const config = z.strictObject({
  /** A counter: hours, cycles, kilometres. */
  metric: z.string(),
  /** How much use a part is good for, in the counter's unit. */
  every: z.number().gt(0),
  /** So many percent before that it is due already… */
  ahead: z.number().min(0).max(90).default(0),
  /** …or so long before, at the pace it is used. */
  within: duration.optional(),
})

type UsageConfig = z.infer<typeof config>

interface Memory {
  counter: Counter
  /** Of the use since the part was built in. */
  history: History
}

const points = 30
const spanMs = 3 * dayMs

/** A part that has been used as much as it is good for, or soon will have been. */
export const usage: Detector<UsageConfig> = {
  name: 'usage',
  config,
  check,
  watch(config, { kind }): Watch<Memory> {
    const { metric, every } = config
    const unit = kind.metrics.get(metric)?.unit ?? ''
    return {
      metrics: [metric],
      remembers: `usage ${metric}`,
      start: () => ({ counter: noCounter, history: emptyHistory }),
      read(before, { ts, values }, { since }): Judged<Memory> {
        const value = values[metric]
        if (value === undefined) return { memory: before, verdict: verdictOf(before, config) }
        // The first part was new when the counter was at zero; any other when it was built in.
        const counter = count(before.counter, [ts, value], since === undefined ? value : 0)
        if (counter === before.counter) return { memory: before, verdict: verdictOf(before, config) }
        const known = counter.first === before.counter.first ? before.history : emptyHistory
        const { ts: at, used } = settled(counter) ?? { ts, used: 0 }
        const memory = { counter, history: addToHistory(known, [at, used], { spanMs, points }) }
        return { memory, verdict: verdictOf(memory, config) }
      },
      evidence(memory) {
        const crossing = crossingOf(memory, every)
        const pace = pacesOf(pointsOf(memory.history))
        const slope = pace[Math.round((pace.length - 1) / 2)]
        return {
          detector: 'usage',
          metric,
          unit,
          value: settled(memory.counter)?.used ?? 0,
          limit: every,
          ...(slope === undefined ? {} : { slopePerDay: slope * dayMs }),
          ...(crossing === undefined ? {} : { crossing }),
          points: pointsOf(memory.history).map(([ts, used]) => [ts, used]),
        }
      },
    }
  },
}

function check({ metric, every }: UsageConfig, { kind, path, clear }: WatchContext): ConfigProblem[] {
  const problems = checkMetric([...path, 'metric'], metric, kind)
  const most = kind.metrics.get(metric)?.range[1] ?? every
  if (every > most) {
    const message = `every: ${every} is more than ${metric} can be`
    problems.push({ path: [...path, 'every'], message, hint: `it must be at most ${most}` })
  }
  if (clear !== undefined) {
    const hint = 'it ends when the part is replaced'
    problems.push({ path: ['clear'], message: 'usage has no clear:', hint })
  }
  return problems
}

function verdictOf(memory: Memory, { every, ahead, within = 0 }: UsageConfig): Verdict {
  const reading = settled(memory.counter)
  if (reading === undefined) return { is: 'unknown' }
  const { ts, used } = reading
  const crossing = crossingOf(memory, every)
  const remainsMs = crossing === undefined ? Number.POSITIVE_INFINITY : crossing.p50 - ts
  if (used >= every * (1 - ahead / 100) || remainsMs <= within) {
    return { is: 'bad', ...(crossing === undefined ? {} : { crossesAt: crossing.p50 }) }
  }
  return { is: remainsMs <= 2 * within ? 'between' : 'good' }
}

function crossingOf({ counter, history }: Memory, every: number): Crossing | undefined {
  const reading = settled(counter)
  if (reading === undefined) return undefined
  return crossingAt(pacesOf(pointsOf(history)), every - reading.used, reading.ts)
}
