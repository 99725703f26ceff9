import type { Lifetime } from '../../../contract/lifetime.ts'
import type { Point } from '../../../rules/detectors/bucketed-series.ts'
import type { Limit } from '../../../rules/detectors/limit.ts'
import type { RecordedLifetime, TimeUnit } from '../prognosis-dataset.ts'
import { equallySpacedTimes } from './equally-spaced-times.ts'

export const secondUnit: TimeUnit = { name: 'Seconds', ms: 1_000 }

const forecastEveryMs = 5 * secondUnit.ms
const firstForecastAtShare = 0.25

export interface FilterRun {
  unit: string
  cohort: Readonly<Record<string, string | number>>
  points: readonly Point[]
  /** Time of clogging, ms; undefined where the record ends before. */
  event: number | undefined
  limit: Limit
}

/**
 * Create the lifetime of a filter from new to clogged. Forecasts are made every five seconds from a quarter of the life on.
 * The record is cut at the event, which is between two samples and gets its own point.
 */
export function createFilterLifetime({ unit, cohort, points, event, limit }: FilterRun): RecordedLifetime {
  const lifetime: Omit<Lifetime, 'points'> = { cohort, startedAt: 0 }
  if (event === undefined) {
    const until = points.at(-1)?.[0] ?? 0
    return { unit, lifetime: { ...lifetime, points }, forecastTimes: forecastTimes(until) }
  }
  const seen = points.filter(([ts]) => ts < event)
  const beyond = limit.fromMargin(-Math.abs(limit.value) * Number.EPSILON * 4)
  return {
    unit,
    lifetime: { ...lifetime, points: [...seen, [event, beyond]] },
    event,
    forecastTimes: forecastTimes(event),
  }
}

function forecastTimes(until: number): number[] {
  const from = Math.ceil((firstForecastAtShare * until) / forecastEveryMs) * forecastEveryMs
  return equallySpacedTimes(forecastEveryMs, { from, until })
}
