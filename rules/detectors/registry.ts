import { z } from 'zod'
import { all } from './all/all.ts'
import { any } from './any/any.ts'
import { calendar } from './calendar/calendar.ts'
import { cohort } from './cohort/cohort.ts'
import { composite, type Part } from './composite.ts'
import type { ConfiguredDetector, Detector, WatchContext } from './detector.ts'
import { drift } from './drift/drift.ts'
import { drop } from './drop/drop.ts'
import { forecast } from './forecast/forecast.ts'
import { life } from './life/life.ts'
import { silence } from './silence/silence.ts'
import { threshold } from './threshold/threshold.ts'
import { trend } from './trend/trend.ts'
import { usage } from './usage/usage.ts'

/** What a rule may write below `detect:`, by the detector's name: a new detector is one line here. */
const single = {
  threshold: configured(threshold),
  drop: configured(drop),
  drift: configured(drift),
  forecast: configured(forecast),
  life: configured(life),
  trend: configured(trend),
  silence: configured(silence),
  usage: configured(usage),
  calendar: configured(calendar),
  cohort: configured(cohort),
}

/** Composites of single detectors, and of such composites: no deeper. */
const nested = { ...single, ...compositesOf(single) }
const schemas = { ...single, ...compositesOf(nested) }

export const detectorNames = Object.keys(schemas)

/** A rule's `detect:`: exactly one detector. */
export const detectSchema = z
  .strictObject(schemas)
  .transform((detect, context) => onlyOne(detect, context) ?? z.NEVER)

function compositesOf(parts: typeof single) {
  const part = z
    .strictObject({ ...parts, clear: z.number().optional() })
    .transform(({ clear, ...detect }, context): Part => {
      const detector = onlyOne(detect, context)
      return detector === undefined ? z.NEVER : { detector, clear }
    })
  return { all: configured(composite(all, part)), any: configured(composite(any, part)) }
}

function onlyOne(
  detect: Readonly<Record<string, ConfiguredDetector | undefined>>,
  context: z.RefinementCtx,
): ConfiguredDetector | undefined {
  const chosen = Object.values(detect).filter((detector) => detector !== undefined)
  if (chosen.length === 1) return chosen[0]
  const message = `it must name exactly one detector; allowed: ${detectorNames.join(', ')}`
  context.issues.push({ code: 'custom', input: detect, message })
  return undefined
}

function configured<C>(detector: Detector<C>) {
  return detector.config
    .transform(
      (config): ConfiguredDetector => ({
        name: detector.name,
        check: (context) => detector.check(config, below(context, detector.name)),
        watch: (context) => detector.watch(config, below(context, detector.name)),
      }),
    )
    .optional()
}

function below(context: WatchContext, name: string): WatchContext {
  return { ...context, path: [...context.path, name] }
}
