import { median } from '../../../rules/detectors/bucketed-series.ts'
import type { TimeUnit } from '../prognosis-dataset.ts'
import type { DetectionResult, PartDetection } from './detect.ts'

/** Detection metrics; times in ms; null without data. */
export interface DetectionMetrics {
  /** Parts that failed at the end of their record. */
  failures: number
  /** Failures with an alarm active at the end. */
  detected: number
  /** Median time from that alarm to the end. */
  medianLead: number | null
  /** The same as a share of the record. */
  medianLeadShareOfLife: number | null
  /** Cleared alarms on failed parts. */
  clearedAlarms: number
  /** Sensors on healthy parts. */
  healthySensors: number
  /** Sensors on healthy parts with an alarm. */
  sensorsWithFalseAlarm: number
  /** Alarms on healthy parts. */
  falseAlarms: number
}

/** Compute the metrics of a detection dataset. */
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

/** Return the metrics, and those of each part, as the plain object that `--json` prints. */
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

/** Return the time from the first alarm that stays active to the end of the record, ms; undefined without one. */
export function leadTimeMs({ firstLastingAlarmAt, end }: PartDetection): number | undefined {
  return firstLastingAlarmAt === undefined ? undefined : end - firstLastingAlarmAt
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
