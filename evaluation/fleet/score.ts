import {
  counterfactualDays,
  type FleetGroundTruth,
  type MaintenanceInterval,
  type PartGroundTruth,
} from '../../contract/ground-truth.ts'
import { dayMs } from '../../lib/time.ts'
import { type PartAlarm, pairAlarms, type ScoredFinding } from './alarms.ts'
import {
  computeDetectionScore,
  type DetectionCounts,
  type DetectionScore,
  sumCounts,
} from './detection-score.ts'

export interface FleetScore extends DetectionScore {
  /** Simulated time summed over all devices, years. */
  deviceYears: number
  falseAlarmsPerDeviceYear: number
  /** Findings raised by a schedule, or about what has no ground truth (a full bin, a silent device). */
  unscored: number
  /** By `kind/component`. */
  byComponent: Record<string, DetectionScore>
  byRule: Record<string, { alarms: number; falseAlarms: number }>
}

/** The lifetimes of one component of one device, and their alarms. */
interface ComponentSlot {
  group: string
  lives: readonly PartGroundTruth[]
  alarms: readonly PartAlarm[]
}

/** Compare findings with the ground truth of a simulated fleet, component by component. */
export function scoreAgainstTruth(truth: FleetGroundTruth, findings: readonly ScoredFinding[]): FleetScore {
  const alarms = groupBy(pairAlarms(findings), ({ device, component }) => `${device}/${component}`)
  const slots = truth.devices.flatMap(({ device, kind, parts }) =>
    [...groupBy(parts, ({ component }) => component)].map(
      ([component, own]): ComponentSlot => ({
        group: `${kind}/${component}`,
        lives: own,
        alarms: alarms.get(`${device}/${component}`) ?? [],
      }),
    ),
  )
  const byComponent: Record<string, DetectionScore> = {}
  const counts = [...groupBy(slots, ({ group }) => group)].map(([group, members]) => {
    const count = sumCounts(members.map((slot) => countDetections(slot, truth.until)))
    byComponent[group] = computeDetectionScore(count)
    return count
  })
  const whole = computeDetectionScore(sumCounts(counts))
  const deviceYears = (truth.devices.length * (truth.until - truth.from)) / (365.25 * dayMs)
  const raised = findings.filter(({ state, shadow }) => state === 'raised' && !shadow)
  return {
    ...whole,
    deviceYears,
    falseAlarmsPerDeviceYear: whole.falseAlarms / deviceYears,
    unscored: raised.length - whole.alarms,
    byComponent,
    byRule: byRule(slots),
  }
}

function countDetections({ lives, alarms }: ComponentSlot, until: number): DetectionCounts {
  const failures = lives.flatMap((life) =>
    life.intervals
      .filter(({ crossedAt }) => crossedAt !== null && crossedAt <= until)
      .map((span) =>
        leadTimeDays(
          span,
          alarms.filter(({ epoch }) => epoch === life.epoch),
        ),
      ),
  )
  return {
    failures: failures.length,
    leadsDays: failures.filter((lead) => lead !== undefined),
    alarms: alarms.length,
    falseAlarms: alarms.filter((alarm) => !isTruePositive(alarm, lives)).length,
  }
}

/** Return the days from the first alarm to the crossing; undefined without an alarm active at the crossing. */
function leadTimeDays(
  { from, crossedAt }: MaintenanceInterval,
  alarms: readonly PartAlarm[],
): number | undefined {
  const end = crossedAt ?? Number.POSITIVE_INFINITY
  const active = alarms.filter(({ raisedAt, clearedAt }) => raisedAt < end && clearedAt >= end)
  if (active.length === 0) return undefined
  // An alarm from before the last maintenance was about another state of the part.
  const first = Math.max(Math.min(...active.map(({ raisedAt }) => raisedAt)), from ?? 0)
  return (end - first) / dayMs
}

/** Return whether the part had crossed its limit, or would have within 90 days without maintenance. */
function isTruePositive({ epoch, raisedAt }: PartAlarm, lives: readonly PartGroundTruth[]): boolean {
  const life = lives.find((candidate) => candidate.epoch === epoch)
  const span = life?.intervals.findLast(({ from }) => (from ?? 0) <= raisedAt)
  const { wouldCrossAt = null } = span ?? {}
  return wouldCrossAt !== null && wouldCrossAt <= raisedAt + counterfactualDays * dayMs
}

function byRule(slots: readonly ComponentSlot[]): FleetScore['byRule'] {
  const assessed = slots.flatMap(({ lives, alarms }) =>
    alarms.map((alarm) => ({ rule: alarm.rule, isTrue: isTruePositive(alarm, lives) })),
  )
  const rules = [...groupBy(assessed, ({ rule }) => rule)]
  return Object.fromEntries(
    rules.map(([rule, own]) => {
      const falseAlarms = own.filter(({ isTrue }) => !isTrue).length
      return [rule, { alarms: own.length, falseAlarms }]
    }),
  )
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group) group.push(item)
    else groups.set(key(item), [item])
  }
  return groups
}
