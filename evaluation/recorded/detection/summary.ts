import { median } from '../../../rules/detectors/history.ts'
import type { TimeUnit } from '../recorded.ts'
import type { DetectedPart, DetectedSet } from './detect.ts'

/** How early failures were seen; times in ms. A figure that nothing is known for is null. */
export interface DetectionFigures {
  /** Parts that failed at the end of their record… */
  failures: number
  /** …and had an alarm that stood until then. */
  detected: number
  /** From that alarm to the end. */
  medianLead: number | null
  /** The same as a share of the life. */
  medianLeadShareOfLife: number | null
  /** Alarms on these parts that passed. */
  passingAlarms: number
  /** Sensors on parts that did not fail… */
  healthySensors: number
  /** …those with an alarm among them… */
  sensorsWithFalseAlarm: number
  /** …and how many alarms these raised. */
  falseAlarms: number
}

export function detectionFiguresOf({ parts }: DetectedSet): DetectionFigures {
  const failing = parts.filter(({ part }) => part.fails)
  const healthy = parts.filter(({ part }) => !part.fails).flatMap(({ alarms }) => [...alarms.values()])
  const leads = failing.flatMap((part) => leadOf(part) ?? [])
  const shares = failing.flatMap((part) => leadShareOf(part) ?? [])
  return {
    failures: failing.length,
    detected: leads.length,
    medianLead: leads.length > 0 ? median(leads) : null,
    medianLeadShareOfLife: shares.length > 0 ? median(shares) : null,
    passingAlarms: failing.reduce((count, part) => count + passingOf(part), 0),
    healthySensors: healthy.length,
    sensorsWithFalseAlarm: healthy.filter(({ length }) => length > 0).length,
    falseAlarms: healthy.flat().length,
  }
}

/** The figures, and those of each part, as the plain object that `--json` prints. */
export function detectionAsJson(detected: DetectedSet): object {
  const { time } = detected.set
  const { medianLead, ...rest } = detectionFiguresOf(detected)
  const units = detected.parts.map((part) => [
    part.part.unit,
    {
      fails: part.part.fails,
      [`lead${time.name}`]: inUnit(leadOf(part), time),
      leadShareOfLife: leadShareOf(part) ?? null,
      alarms: Object.fromEntries([...part.alarms].map(([sensor, { length }]) => [sensor, length])),
    },
  ])
  return { ...rest, [`medianLead${time.name}`]: inUnit(medianLead, time), units: Object.fromEntries(units) }
}

/** From the alarm that stood to the end of the record; ms. */
export function leadOf({ standing, end }: DetectedPart): number | undefined {
  return standing === undefined ? undefined : end - standing
}

export function leadShareOf(part: DetectedPart): number | undefined {
  const lead = leadOf(part)
  return lead === undefined ? undefined : lead / (part.end - part.begin)
}

export function passingOf({ alarms }: DetectedPart): number {
  return [...alarms.values()].flat().filter(({ until }) => until !== undefined).length
}

function inUnit(value: number | null | undefined, { ms }: TimeUnit): number | null {
  return value === null || value === undefined ? null : Math.round((value / ms) * 100) / 100
}
