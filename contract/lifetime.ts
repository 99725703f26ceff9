/** A moment and a value: ms since 1970, and the metric's unit. */
export type Point = readonly [ts: number, value: number]

/** How one part's metric went over its life, as far as it was seen. */
export interface Lifetime {
  /** Which part of which device it is: a life never teaches itself. */
  partId?: string
  /** What makes parts comparable: model, firmware, dose, particle size… The more is equal, the more one teaches another. */
  cohort: Readonly<Record<string, string | number>>
  /** When the part began its life, ms; absent when that is not known. */
  startedAt?: number
  /** Oldest first. Of a life that never went beyond the limit it is known only that it lasted so long (censored). */
  points: readonly Point[]
}
