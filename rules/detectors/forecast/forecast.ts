import { z } from 'zod'
import { duration } from '../../files/duration.ts'
import type { Detector, Judged, Sample, Watch } from '../detector.ts'
import { pointsOf } from '../history.ts'
import { checkLimit, hasOneLimit, limitKeys, limitOf, oneLimitMessage } from '../limit.ts'
import { noPrognosis, type Prognosis, prognose, prognosisEvidence, prognosisKeys } from '../prognosis.ts'

const config = z
  .strictObject({ ...limitKeys, within: duration, ...prognosisKeys })
  .refine(hasOneLimit, oneLimitMessage)

/** A metric that will cross its limit soon, or has. */
export const forecast: Detector<z.infer<typeof config>> = {
  name: 'forecast',
  config,
  check: (config, context) => checkLimit(config, context),
  watch(config, { kind, clear }): Watch<Prognosis> {
    const { metric, within: withinMs, window: windowMs, confidence } = config
    const limit = limitOf(config)
    const unit = kind.metrics.get(metric)?.unit ?? ''
    const options = { limit, clear, withinMs, windowMs, confidence }
    return {
      metrics: [metric],
      remembers: `forecast ${metric} ${windowMs}`,
      start: () => noPrognosis,
      read(before, { ts, values }: Sample): Judged<Prognosis> {
        const value = values[metric]
        if (value === undefined) return { memory: before, verdict: before.verdict }
        const memory = prognose(before, [ts, value], options)
        return { memory, verdict: memory.verdict }
      },
      course: ({ history }) => ({ metric, points: pointsOf(history) }),
      evidence: (memory) => ({
        detector: 'forecast',
        metric,
        unit,
        limit: limit.value,
        ...prognosisEvidence(memory),
      }),
    }
  },
}
