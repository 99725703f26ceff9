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
  /** Simulated time of all devices together, in years. */
  deviceYears: number
  falseAlarmsPerDeviceYear: number
  /** Raised on a schedule, or of what cannot fail (a full bin, a silent device): they foretell nothing to be judged. */
  unscored: number
  /** By `kind/component`. */
  byComponent: Record<string, DetectionScore>
  byRule: Record<string, { alarms: number; falseAlarms: number }>
}

/** All parts that sat in one place of one device, and what was raised of them. */
interface ComponentSlot {
  group: string
  lives: readonly PartGroundTruth[]
  alarms: readonly PartAlarm[]
}

/** Compares what was raised with what was true, part by part. */
export function scoreAgainstTruth(truth: FleetGroundTruth, findings: readonly ScoredFinding[]): FleetScore {
  const alarms = groupBy(pairAlarms(findings), ({ device, component }) => `${device}/${component}`)
  const places = truth.devices.flatMap(({ device, kind, parts: lives }) =>
    [...groupBy(lives, ({ component }) => component)].map(
      ([component, own]): ComponentSlot => ({
        group: `${kind}/${component}`,
        lives: own,
        alarms: alarms.get(`${device}/${component}`) ?? [],
      }),
    ),
  )
  const byComponent: Record<string, DetectionScore> = {}
  const counts = [...groupBy(places, ({ group }) => group)].map(([group, members]) => {
    const count = sumCounts(members.map((place) => countDetections(place, truth.until)))
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
    byRule: byRule(places),
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

/** How long before the crossing it was known; undefined when no alarm stood at it. */
function leadTimeDays(
  { from, crossedAt }: MaintenanceInterval,
  alarms: readonly PartAlarm[],
): number | undefined {
  const end = crossedAt ?? Number.POSITIVE_INFINITY
  const standing = alarms.filter(({ raisedAt, clearedAt }) => raisedAt < end && clearedAt >= end)
  if (standing.length === 0) return undefined
  // What was said before the last cleaning was said of another state of the part.
  const first = Math.max(Math.min(...standing.map(({ raisedAt }) => raisedAt)), from ?? 0)
  return (end - first) / dayMs
}

/** Whether the part had crossed its limit, or would have soon, had nobody interfered after the alarm. */
function isTruePositive({ epoch, raisedAt }: PartAlarm, lives: readonly PartGroundTruth[]): boolean {
  const life = lives.find((candidate) => candidate.epoch === epoch)
  const span = life?.intervals.findLast(({ from }) => (from ?? 0) <= raisedAt)
  const { wouldCrossAt = null } = span ?? {}
  return wouldCrossAt !== null && wouldCrossAt <= raisedAt + counterfactualDays * dayMs
}

function byRule(places: readonly ComponentSlot[]): FleetScore['byRule'] {
  const judged = places.flatMap(({ lives, alarms }) =>
    alarms.map((alarm) => ({ rule: alarm.rule, right: isTruePositive(alarm, lives) })),
  )
  const rules = [...groupBy(judged, ({ rule }) => rule)]
  return Object.fromEntries(
    rules.map(([rule, own]) => {
      const falseAlarms = own.filter(({ right }) => !right).length
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
