import { median, type Point } from '../history.ts'

/** What is usual at each load: learnt from a device's own first readings. Keys are loads, rounded down to a bin. */
export type Baseline = Readonly<Record<string, LearntBin>>

export interface LearntBin {
  /** The first samples, oldest first, while it is being learnt. */
  samples?: readonly Point[]
  /** What was learnt. */
  value?: number
}

const samplesToLearn = 15

/** Takes in a sample at a load; after its first 15 samples a bin stays what it is. */
export function learn(baseline: Baseline, bin: string, [ts, value]: Point): Baseline {
  const { samples = [], value: known } = baseline[bin] ?? {}
  if (known !== undefined || samples.some(([other]) => other === ts)) return baseline
  const enough = [...samples, [ts, value] as const]
  const learnt =
    enough.length < samplesToLearn
      ? { samples: enough }
      : { value: median(enough.map((sample) => sample[1])) }
  return { ...baseline, [bin]: learnt }
}
