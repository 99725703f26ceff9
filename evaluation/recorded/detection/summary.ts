import { median } from '../../../rules/detectors/bucketed-series.ts'
import type { TimeUnit } from '../prognosis-dataset.ts'
import type { DetectionResult, PartDetection } from './detect.ts'

/** How early failures were seen; times in ms. A figure that nothing is known for is null. */
export interface DetectionMetrics {
  /** Parts that failed at the end of their record… */
  failures: number
  /** …and had an alarm that stood until then. */
  detected: number
  /** From that alarm to the end. */
  medianLead: number | null
  /** The same as a share of the life. */
  medianLeadShareOfLife: number | null
  /** Alarms on these parts that passed. */
  clearedAlarms: number
  /** Sensors on parts that did not fail… */
  healthySensors: number
  /** …those with an alarm among them… */
  sensorsWithFalseAlarm: number
  /** …and how many alarms these raised. */
  falseAlarms: number
}

export function computeDetectionMetrics({ parts }: DetectionResult): DetectionMetrics {
  const failing = parts.filter(({ part }) => part.fails)
  const healthy = parts.filter(({ part }) => !part.fails).flatMap(({ alarms }) => [...alarms.values()])
  const leads = failing.flatMap((part) => leadTimeMs(part) ?? [])
  const shares = failing.flatMap((part) => leadShareOf(part) ?? [])
  return {
    failures: failing.length,
    detected: leads.length,
    medianLead: leads.length > 0 ? median(leads) : null,
    medianLeadShareOfLife: shares.length > 0 ? median(shares) : null,
    clearedAlarms: failing.reduce((count, part) => count + clearedAlarmCount(part), 0),
    healthySensors: healthy.length,
    sensorsWithFalseAlarm: healthy.filter(({ length }) => length > 0).length,
    falseAlarms: healthy.flat().length,
  }
}

/** The figures, and those of each part, as the plain object that `--json` prints. */
export function detectionAsJson(detected: DetectionResult): object {
  const { time } = detected.dataset
  const { medianLead, ...rest } = computeDetectionMetrics(detected)
  const units = detected.parts.map((part) => [
    part.part.unit,
    {
      fails: part.part.fails,
      [`lead${time.name}`]: inUnit(leadTimeMs(part), time),
      leadShareOfLife: leadShareOf(part) ?? null,
      alarms: Object.fromEntries([...part.alarms].map(([sensor, { length }]) => [sensor, length])),
    },
  ])
  return { ...rest, [`medianLead${time.name}`]: inUnit(medianLead, time), units: Object.fromEntries(units) }
}

/** From the alarm that stood to the end of the record; ms. */
export function leadTimeMs({ firstLastingAlarmAt: standing, end }: PartDetection): number | undefined {
  return standing === undefined ? undefined : end - standing
}

export function leadShareOf(part: PartDetection): number | undefined {
  const lead = leadTimeMs(part)
  return lead === undefined ? undefined : lead / (part.end - part.begin)
}

export function clearedAlarmCount({ alarms }: PartDetection): number {
  return [...alarms.values()].flat().filter(({ until }) => until !== undefined).length
}

function inUnit(value: number | null | undefined, { ms }: TimeUnit): number | null {
  return value === null || value === undefined ? null : Math.round((value / ms) * 100) / 100
}
