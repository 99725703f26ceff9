import { z } from 'zod'
import { lifeSubject } from '../../contract/fleet-model.ts'
import { duration } from '../files/duration.ts'
import { pointsOfCourse } from './course.ts'
import type { Detector, Judged, Sample, Watch } from './detector.ts'
import { checkLimit, hasOneLimit, limitKeys, limitOf, oneLimitMessage } from './limit.ts'
import {
  noPrognosis,
  type Prognosis,
  type PrognosisOptions,
  prognose,
  prognosisEvidence,
  prognosisKeys,
} from './prognosis.ts'

const config = z
  .strictObject({ ...limitKeys, within: duration, ...prognosisKeys })
  .refine(hasOneLimit, oneLimitMessage)

/** A detector of a metric that will cross its limit soon, or has; it differs from others by whom it asks for the date. */
export function foreseeing(name: string, ask: PrognosisOptions['ask']): Detector<z.infer<typeof config>> {
  return {
    name,
    config,
    check: (config, context) => checkLimit(config, context),
    watch(config, { kind, component, clear }): Watch<Prognosis> {
      const { metric, within: withinMs, window: windowMs, confidence } = config
      const limit = limitOf(config)
      const unit = kind.metrics.get(metric)?.unit ?? ''
      const subject = lifeSubject(kind.name, component, metric)
      const options = { limit, clear, withinMs, windowMs, confidence, ask }
      return {
        metrics: [metric],
        remembers: `${name} ${metric} ${windowMs}`,
        start: () => noPrognosis,
        read(before, { ts, values }: Sample, { part, lessons }): Judged<Prognosis> {
          const value = values[metric]
          if (value === undefined) return { memory: before, verdict: before.verdict }
          const teaching = { part, lives: lessons.lives[subject] ?? nobody }
          const memory = prognose(before, [ts, value], { ...options, teaching })
          return { memory, verdict: memory.verdict }
        },
        course: ({ course }) => ({ metric, points: pointsOfCourse(course) }),
        evidence: (memory) => ({
          detector: name,
          metric,
          unit,
          limit: limit.value,
          ...prognosisEvidence(memory),
        }),
      }
    },
  }
}

/** One array for all, since what it teaches is learnt once from each. */
const nobody: readonly [] = []
