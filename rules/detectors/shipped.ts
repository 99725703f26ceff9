import { calendar } from './calendar/calendar.ts'
import { cohort } from './cohort/cohort.ts'
import type { Detector } from './detector.ts'
import { drift } from './drift/drift.ts'
import { drop } from './drop/drop.ts'
import { forecast } from './forecast/forecast.ts'
import { hazard } from './hazard/hazard.ts'
import { health } from './health/health.ts'
import { silence } from './silence/silence.ts'
import { threshold } from './threshold/threshold.ts'
import { usage } from './usage/usage.ts'

/** Detectors of the product, in the order of the documentation. The composites `all` and `any` come with the registry. */
export const shippedDetectors: readonly Detector[] = [
  threshold,
  drop,
  drift,
  forecast,
  hazard,
  health,
  silence,
  usage,
  calendar,
  cohort,
]
