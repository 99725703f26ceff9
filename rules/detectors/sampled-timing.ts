import type { Measurements } from '../../contract/measurements.ts'
import type { Evaluator } from './detector.ts'

/**
 * One call in this number is timed: two clock readings and an observation cost about 1 µs, a call 1 to 10 µs, so this is
 * below 1 % of a step. A prime, so that it does not fall in step with the order of devices and rules.
 */
const callsPerSample = 127

/** Return an evaluator that measures a sample of its calls for samples, the first of them included, as `name`. */
export function withSampledTiming<M>(
  evaluator: Evaluator<M>,
  name: string,
  { detectorCalled }: Pick<Measurements, 'detectorCalled'>,
): Evaluator<M> {
  let callsToSkip = 0
  return {
    ...evaluator,
    onSample(memory, sample, context) {
      if (callsToSkip > 0) {
        callsToSkip -= 1
        return evaluator.onSample(memory, sample, context)
      }
      callsToSkip = callsPerSample - 1
      const startedAt = performance.now()
      const assessment = evaluator.onSample(memory, sample, context)
      detectorCalled(name, performance.now() - startedAt)
      return assessment
    },
  }
}
