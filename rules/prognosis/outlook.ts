import type { Limit } from '../detectors/limit.ts'
import type { Crossing } from '../finding.ts'

/** A moment and a value: ms since 1970, and the metric's unit. */
type Point = readonly [ts: number, value: number]

/** How one part's metric went over its life, as far as it was seen. */
export interface Life {
  /** Which part of which device it is: a life never teaches itself. */
  unit?: string
  /** What makes parts comparable: model, firmware, dose, particle size… The more is equal, the more one teaches another. */
  cohort: Readonly<Record<string, string | number>>
  /** When the part began its life, ms; absent when that is not known. */
  since?: number
  /** Oldest first. Of a life that never went beyond the limit it is known only that it lasted so long (censored). */
  points: readonly Point[]
}

export interface Question {
  limit: Limit
  /** The moment of the forecast, ms; nothing later in the own life is looked at. */
  now: number
}

/** When a metric will cross its limit, as far as that can be told. */
export type Outlook =
  | {
      is: 'known'
      crossing: Crossing
      /** Where the metric stands now, noise taken out. */
      level: number
      /** Of the own recent course; absent where it has none. */
      slopePerDay?: number
      /** How much of the answer comes from other lives, 0 … 1. */
      fromPeers: number
    }
  | { is: 'unknown'; why: 'too_few_readings' | 'too_little_wear' | 'too_uncertain' }
