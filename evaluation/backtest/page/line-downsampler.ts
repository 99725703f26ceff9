/** The values of a metric in one interval; `ts` is the time of the first. */
export interface Bucket {
  ts: number
  min: number
  max: number
  mean: number
}

const maxBuckets = 240

/** Reduces a metric to at most 240 intervals of equal width. */
export class LineDownsampler {
  readonly #from: number
  readonly #widthMs: number
  readonly #buckets = new Map<number, Bucket & { count: number }>()

  constructor({ from, to }: { from: number; to: number }) {
    this.#from = from
    this.#widthMs = Math.max(1, (to - from) / maxBuckets)
  }

  add(ts: number, value: number): void {
    const index = Math.floor((ts - this.#from) / this.#widthMs)
    const bucket = this.#buckets.get(index)
    if (bucket === undefined) {
      this.#buckets.set(index, { ts, min: value, max: value, mean: value, count: 1 })
      return
    }
    bucket.count += 1
    bucket.min = Math.min(bucket.min, value)
    bucket.max = Math.max(bucket.max, value)
    bucket.mean += (value - bucket.mean) / bucket.count
  }

  /** Return the buckets in the order of time. */
  buckets(): Bucket[] {
    return [...this.#buckets.values()].map(({ ts, min, max, mean }) => ({ ts, min, max, mean }))
  }
}
