import { z } from 'zod'
import { calendar } from './calendar/calendar.ts'
import { cohort } from './cohort/cohort.ts'
import type { ConfigProblem, Detector, Watch, WatchContext } from './detector.ts'
import { drift } from './drift/drift.ts'
import { drop } from './drop/drop.ts'
import { forecast } from './forecast/forecast.ts'
import { silence } from './silence/silence.ts'
import { threshold } from './threshold/threshold.ts'
import { usage } from './usage/usage.ts'

/** A detector with the configuration that a rule gave it; `path` of its contexts leads to where its name stands. */
export interface ConfiguredDetector {
  name: string
  check(context: WatchContext): ConfigProblem[]
  watch(context: WatchContext): Watch<unknown>
}

/** What a rule may write below `detect:`, by the detector's name: a new detector is one line here. */
const schemas = {
  threshold: configured(threshold),
  drop: configured(drop),
  drift: configured(drift),
  forecast: configured(forecast),
  silence: configured(silence),
  usage: configured(usage),
  calendar: configured(calendar),
  cohort: configured(cohort),
}

export const detectorNames = Object.keys(schemas)

/** A rule's `detect:`: exactly one detector. */
export const detectSchema = z.strictObject(schemas).transform((detect, context) => {
  const chosen = Object.values(detect).filter((detector) => detector !== undefined)
  const [detector] = chosen
  if (detector !== undefined && chosen.length === 1) return detector
  context.issues.push({
    code: 'custom',
    input: detect,
    message: `it must name exactly one detector; allowed: ${detectorNames.join(', ')}`,
  })
  return z.NEVER
})

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
