import { median, type Point } from '../history.ts'

/** What is usual at each load: learnt from a device's own first readings. Keys are loads, rounded down to a bin. */
export type Baseline = Readonly<Record<string, LearntBin>>

export interface LearntBin {
  /** Median of the first samples. */
  value: number
  /** These samples, until they are enough. */
  samples?: readonly Point[]
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
  return { ...baseline, [bin]: samples.length < samplesToLearn ? { value, samples } : { value } }
}

export function isLearnt({ samples }: LearntBin): boolean {
  return samples === undefined
}
