import { z } from 'zod'
import { duration } from '../../files/duration.ts'
import type { Detector, Judged, MetricWatch, Sample } from '../detector.ts'
import { checkLimit, hasOneLimit, limitKeys, limitOf, oneLimitMessage } from '../limit.ts'
import { noPrognosis, type Prognosis, prognose, prognosisEvidence, prognosisKeys } from '../prognosis.ts'

const config = z
  .strictObject({ ...limitKeys, within: duration, ...prognosisKeys })
  .refine(hasOneLimit, oneLimitMessage)

/** A metric that will cross its limit soon, or has. */
export const forecast: Detector<z.infer<typeof config>> = {
  name: 'forecast',
  config,
  check: (config, context) => checkLimit('forecast', config, context),
  watch(config, { kind, clear }): MetricWatch<Prognosis> {
    const { metric, within: withinMs, window: windowMs, confidence } = config
    const limit = limitOf(config)
    const unit = kind.metrics.get(metric)?.unit ?? ''
    const options = { limit, clear, withinMs, windowMs, confidence }
    return {
      watches: 'metric',
      metric,
      remembers: `forecast ${metric} ${windowMs}`,
      start: () => noPrognosis,
      read(before, { ts, value }: Sample): Judged<Prognosis> {
        const memory = prognose(before, [ts, value], options)
        return { memory, verdict: memory.verdict }
      },
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
