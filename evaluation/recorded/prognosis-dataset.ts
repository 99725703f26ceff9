import type { Lifetime } from '../../contract/lifetime.ts'
import { dayMs } from '../../lib/time.ts'
import type { Limit } from '../../rules/detectors/limit.ts'
import type { BaselineOptions } from './baselines/baselines.ts'

/** The recorded lifetime of one part, with its true event. */
export interface RecordedLifetime {
  unit: string
  lifetime: Lifetime
  /** Crossing of the limit, ms on the axis of the points; absent where the record ends before it (censored). */
  event?: number
  /** Times at which forecasts are made, ms, oldest first; all before the event. */
  forecastTimes: readonly number[]
  /** Further times before the event, for the figures by remaining time only. */
  furtherForecastTimes?: readonly number[]
}

/** The lifetimes of a dataset under one limit. */
export interface PrognosisTask {
  limit: Limit
  lifetimes: readonly RecordedLifetime[]
  /** Records that are not lifetimes (aborted, cold, short): never training data, and no forecast may call them failed. */
  invalidRecords?: readonly RecordedLifetime[]
}

/** The time unit of a dataset. */
export interface TimeUnit {
  /** Suffix of metric names: `medianAbsErrorDays`. */
  name: 'Days' | 'Hours' | 'Seconds' | 'Discharges' | 'Cycles'
  ms: number
}

/** A folder of recorded lifetimes, and the schedule of their forecasts. */
export interface PrognosisDataset {
  name: string
  /** Title for people. */
  title: string
  time: TimeUnit
  /** The lifetimes are on one calendar, in use by owners: what was known of others at a date counts. */
  isOnCalendar: boolean
  baselines: BaselineOptions
  /** Read a folder. @throws FieldDataError when a required file is missing or malformed */
  read(folder: string): Promise<PrognosisTask[]>
}

export const dayUnit: TimeUnit = { name: 'Days', ms: dayMs }
