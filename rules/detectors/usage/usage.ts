import { z } from 'zod'
import type { CrossingForecast } from '../../../contract/finding.ts'
import { dayMs } from '../../../lib/time.ts'
import { durationSchema } from '../../files/duration.ts'
import type { ConfigProblem } from '../../files/rule-file-problem.ts'
import {
  addToBucketedSeries,
  type BucketedSeries,
  bucketedPoints,
  createBucketedSeries,
  medianOfColumn,
} from '../bucketed-series.ts'
import type { Assessment, ConfigContext, Detector, Evaluator } from '../detector.ts'
import { validateMetric } from '../limit.ts'
import { scaledBy } from '../stricter-values.ts'
import { addCounterReading, confirmedReading, emptyUsageCounter, type UsageCounter } from './counter.ts'

const minObservedMs = 7 * dayMs
const maxForecastMs = 20 * 365 * dayMs

/**
 * Return use per ms over recent periods of all lengths, from a quarter of the known time on: slowest first.
 * @returns a part of a shared array: it is valid until the next call
 */
export function usageRates({ points, openBucket }: BucketedSeries): Float64Array {
  const isOpen = openBucket.length > 0
  const [now = 0, used = 0] = isOpen
    ? [medianOfColumn(openBucket, 0), medianOfColumn(openBucket, 1)]
    : points.slice(-2)
  const observedMs = now - (points[0] ?? now)
  if (observedMs < minObservedMs) return rates.subarray(0, 0)
  let count = 0
  for (let index = 0; index < points.length; index += 2) {
    const ago = now - (points[index] ?? now)
    if (ago < observedMs / 4) break
    rates[count] = (used - (points[index + 1] ?? used)) / ago
    count += 1
  }
  return rates.subarray(0, count).sort()
}

/** Return when the rest is used up at these rates; undefined while they are unknown, or it is never used up. */
export function forecastExhaustion(
  rates: ArrayLike<number>,
  remaining: number,
  now: number,
): CrossingForecast | undefined {
  const at = (share: number): number => {
    const pace = rates[Math.round(share * (rates.length - 1))] ?? 0
    return Math.round(
      now + Math.min(maxForecastMs, Math.max(0, remaining) / Math.max(pace, Number.MIN_VALUE)),
    )
  }
  const crossing = { p10: at(0.9), p50: at(0.5), p90: at(0.1) }
  return rates.length === 0 || crossing.p50 >= now + maxForecastMs ? undefined : crossing
}

const config = z.strictObject({
  metric: z.string().describe('Counter of the device: hours, cycles, kilometres.'),
  every: z.number().gt(0).describe("Use that a part is good for, in the counter's unit."),
  ahead: z.number().min(0).max(90).default(0).describe('Due when this many percent of it are left.'),
  within: durationSchema.optional().describe('Due when the rest will last this long at the rate of use.'),
})

type UsageConfig = z.infer<typeof config>

interface UsageState {
  counter: UsageCounter
  /** Series of the use since the part was installed. */
  usedSeries: BucketedSeries
}

const maxPoints = 30
/** Rates being sorted. */
const rates = new Float64Array(maxPoints)
const bucketMs = 3 * dayMs

/** Part that has reached its rated use, or soon will. */
export const usage: Detector<UsageConfig> = {
  name: 'usage',
  config,
  validate: validateConfig,
  stricter: { ahead: scaledBy(1 / 2, 0), within: scaledBy(1 / 2) },
  indicatesFailure: ({ value, limit }) => value !== undefined && limit !== undefined && value >= limit,
  createEvaluator(config, { kind }): Evaluator<UsageState> {
    const { metric, every } = config
    const unit = kind.metrics.get(metric)?.unit ?? ''
    return {
      metrics: [metric],
      reads: [],
      stateKey: `usage ${metric}`,
      createMemory: () => ({ counter: emptyUsageCounter, usedSeries: createBucketedSeries() }),
      onSample(memory, { ts, values }, { installedAt }): Assessment {
        const value = values[metric]
        if (value === undefined) return assessUsage(memory, config)
        const before = memory.counter
        // The first part was new when the counter was at zero; any other when it was installed.
        const counter = addCounterReading(
          before,
          [ts, value],
          installedAt === undefined ? value : 0,
          kind.sensors.get(metric)?.maxPerMs,
        )
        if (counter !== before) {
          if (counter.first !== before.first) memory.usedSeries = createBucketedSeries()
          const { ts: at, used } = confirmedReading(counter) ?? { ts, used: 0 }
          memory.counter = counter
          addToBucketedSeries(memory.usedSeries, at, used, { bucketMs, maxPoints })
        }
        return assessUsage(memory, config)
      },
      evidence(memory) {
        const crossing = usageCrossing(memory, every)
        const pace = usageRates(memory.usedSeries)
        const slope = pace[Math.round((pace.length - 1) / 2)]
        return {
          detector: 'usage',
          metric,
          unit,
          value: confirmedReading(memory.counter)?.used ?? 0,
          limit: every,
          ...(slope === undefined ? {} : { slopePerDay: slope * dayMs }),
          ...(crossing === undefined ? {} : { crossing }),
          points: bucketedPoints(memory.usedSeries).map(([ts, used]) => [ts, used]),
        }
      },
    }
  },
}

function validateConfig(
  { metric, every }: UsageConfig,
  { kind, path, clear }: ConfigContext,
): ConfigProblem[] {
  const problems = validateMetric([...path, 'metric'], metric, kind)
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

function assessUsage(memory: UsageState, { every, ahead, within = 0 }: UsageConfig): Assessment {
  const reading = confirmedReading(memory.counter)
  if (reading === undefined) return { is: 'unknown' }
  const { ts, used } = reading
  const intervals = Math.floor(used / every)
  // Overdue, it is due again with each further interval, until a replacement is recorded.
  const remainsMs =
    within === 0 ? Number.POSITIVE_INFINITY : usageRemainsMs(memory, (intervals + 1) * every, ts)
  const isNextDue = used >= every * (intervals + 1 - ahead / 100) || remainsMs <= within
  const occurrence = intervals + (isNextDue ? 1 : 0)
  if (occurrence > 0) {
    const crossing = usageCrossing(memory, every)
    return { is: 'bad', occurrence, ...(crossing === undefined ? {} : { crossesAt: crossing.p50 }) }
  }
  return { is: remainsMs <= 2 * within ? 'between' : 'good' }
}

function usageRemainsMs(memory: UsageState, use: number, now: number): number {
  const crossing = usageCrossing(memory, use)
  return crossing === undefined ? Number.POSITIVE_INFINITY : crossing.p50 - now
}

/** Return when a use is reached. */
function usageCrossing({ counter, usedSeries }: UsageState, use: number): CrossingForecast | undefined {
  const reading = confirmedReading(counter)
  if (reading === undefined) return undefined
  return forecastExhaustion(usageRates(usedSeries), use - reading.used, reading.ts)
}
