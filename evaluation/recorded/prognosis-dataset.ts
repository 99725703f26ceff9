import type { Lifetime } from '../../contract/lifetime.ts'
import { dayMs } from '../../lib/time.ts'
import type { Limit } from '../../rules/detectors/limit.ts'
import type { BaselineOptions } from './baselines/baselines.ts'

/** One part's life as it was recorded, with its truth. */
export interface RecordedLifetime {
  unit: string
  lifetime: Lifetime
  /** When the limit was crossed, ms on the axis of the points; absent where it was not seen to be (censored). */
  event?: number
  /** When a forecast is asked for, oldest first; all before the event. */
  forecastTimes: readonly number[]
}

/** The lives of a set under one limit. */
export interface PrognosisTask {
  limit: Limit
  lifetimes: readonly RecordedLifetime[]
  /** Records that are no lives: aborted, cold, short. They teach nobody; they must not fool the forecast. */
  invalidRecords?: readonly RecordedLifetime[]
}

/** What a set counts its time in. */
export interface TimeUnit {
  /** Ends the names of the figures: `medianAbsErrorDays`. */
  name: 'Days' | 'Hours' | 'Seconds' | 'Discharges' | 'Cycles'
  ms: number
}

/** A folder of recorded lives, and how forecasts of them are asked for. */
export interface PrognosisDataset {
  name: string
  /** In words, for people. */
  title: string
  time: TimeUnit
  baselines: BaselineOptions
  /** @throws FieldDataError where a file is not what it should be */
  read(folder: string): Promise<PrognosisTask[]>
}

export const dayUnit: TimeUnit = { name: 'Days', ms: dayMs }
