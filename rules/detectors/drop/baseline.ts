import { median, type Point } from '../history.ts'

/** What is usual at each load: learnt from a device's own first readings. Keys are loads, rounded down to a bin. */
export type Baseline = Readonly<Record<string, LearntBin>>

export interface LearntBin {
  /** Median of the first samples. */
  value: number
  /** These samples, until they are enough. */
  samples?: readonly Point[]
  /** Event time of the newest of them, once they are enough. */
  upTo?: number
}

const samplesToLearn = 15

/** Takes in a sample at a load; after its first 15 samples a bin stays what it is. */
export function learn(baseline: Baseline, bin: string, sample: Point): Baseline {
  const known = baseline[bin]
  if (known !== undefined && isLearnt(known)) return baseline
  const before = known?.samples ?? []
  if (before.some(([ts]) => ts === sample[0])) return baseline
  const samples = [...before, sample]
  const value = median(samples.map((each) => each[1]))
  if (samples.length < samplesToLearn) return { ...baseline, [bin]: { value, samples } }
  return { ...baseline, [bin]: { value, upTo: Math.max(...samples.map(([ts]) => ts)) } }
}

export function isLearnt({ samples }: LearntBin): boolean {
  return samples === undefined
}

/** A sample of the time in which the baseline was learnt tells nothing new when it comes again, or late. */
export function wasLearntFrom(known: LearntBin | undefined, ts: number): boolean {
  return known?.upTo !== undefined && ts <= known.upTo
}
