import { z } from 'zod'
import { all } from './all/all.ts'
import { any } from './any/any.ts'
import { calendar } from './calendar/calendar.ts'
import { cohort } from './cohort/cohort.ts'
import { createCompositeDetector, type SubDetector } from './composite.ts'
import type { ConfigContext, ConfiguredDetector, Detector } from './detector.ts'
import { drift } from './drift/drift.ts'
import { drop } from './drop/drop.ts'
import { forecast } from './forecast/forecast.ts'
import { life } from './life/life.ts'
import { silence } from './silence/silence.ts'
import { threshold } from './threshold/threshold.ts'
import { trend } from './trend/trend.ts'
import { usage } from './usage/usage.ts'

/** What a rule may write below `detect:`, by the detector's name: a new detector is one line here. */
const simpleDetectors = {
  threshold: bindConfig(threshold),
  drop: bindConfig(drop),
  drift: bindConfig(drift),
  forecast: bindConfig(forecast),
  life: bindConfig(life),
  trend: bindConfig(trend),
  silence: bindConfig(silence),
  usage: bindConfig(usage),
  calendar: bindConfig(calendar),
  cohort: bindConfig(cohort),
}

/** Composites of single detectors, and of such composites: no deeper. */
const nestableDetectors = { ...simpleDetectors, ...compositeSchemas(simpleDetectors) }
const detectorSchemas = { ...simpleDetectors, ...compositeSchemas(nestableDetectors) }

export const detectorNames = Object.keys(detectorSchemas)

/** A rule's `detect:`: exactly one detector. */
export const detectSchema = z
  .strictObject(detectorSchemas)
  .transform((detect, context) => exactlyOne(detect, context) ?? z.NEVER)

function compositeSchemas(parts: typeof simpleDetectors) {
  const part = z
    .strictObject({ ...parts, clear: z.number().optional() })
    .transform(({ clear, ...detect }, context): SubDetector => {
      const detector = exactlyOne(detect, context)
      return detector === undefined ? z.NEVER : { detector, clear }
    })
  return {
    all: bindConfig(createCompositeDetector(all, part)),
    any: bindConfig(createCompositeDetector(any, part)),
  }
}

function exactlyOne(
  detect: Readonly<Record<string, ConfiguredDetector | undefined>>,
  context: z.RefinementCtx,
): ConfiguredDetector | undefined {
  const chosen = Object.values(detect).filter((detector) => detector !== undefined)
  if (chosen.length === 1) return chosen[0]
  const message = `it must name exactly one detector; allowed: ${detectorNames.join(', ')}`
  context.issues.push({ code: 'custom', input: detect, message })
  return undefined
}

function bindConfig<C>(detector: Detector<C>) {
  return detector.config
    .transform(
      (config): ConfiguredDetector => ({
        name: detector.name,
        validate: (context) => detector.validate(config, contextBelow(context, detector.name)),
        createEvaluator: (context) => detector.createEvaluator(config, contextBelow(context, detector.name)),
      }),
    )
    .optional()
}

function contextBelow(context: ConfigContext, name: string): ConfigContext {
  return { ...context, path: [...context.path, name] }
}
