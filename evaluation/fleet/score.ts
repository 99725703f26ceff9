import { careDays, type FleetTruth, type Life, type Span } from '../../contract/truth.ts'
import { dayMs } from '../../lib/time.ts'
import { type Alarm, alarmsOf, type ScoredFinding } from './alarms.ts'
import { type Count, sumOf, type Tally, tally } from './tally.ts'

export interface Score extends Tally {
  /** Simulated time of all devices together, in years. */
  deviceYears: number
  falseAlarmsPerDeviceYear: number
  /** Raised on a schedule, or of what cannot fail (a full bin, a silent device): they foretell nothing to be judged. */
  unjudged: number
  /** By `kind/component`. */
  byComponent: Record<string, Tally>
  byRule: Record<string, { alarms: number; falseAlarms: number }>
}

/** All parts that sat in one place of one device, and what was raised of them. */
interface Place {
  group: string
  lives: readonly Life[]
  alarms: readonly Alarm[]
}

/** Compares what was raised with what was true, part by part. */
export function scoreAgainstTruth(truth: FleetTruth, findings: readonly ScoredFinding[]): Score {
  const alarms = groupBy(alarmsOf(findings), ({ device, component }) => `${device}/${component}`)
  const places = truth.devices.flatMap(({ device, kind, lives }) =>
    [...groupBy(lives, ({ component }) => component)].map(
      ([component, own]): Place => ({
        group: `${kind}/${component}`,
        lives: own,
        alarms: alarms.get(`${device}/${component}`) ?? [],
      }),
    ),
  )
  const byComponent: Record<string, Tally> = {}
  const counts = [...groupBy(places, ({ group }) => group)].map(([group, members]) => {
    const count = sumOf(members.map((place) => countOf(place, truth.until)))
    byComponent[group] = tally(count)
    return count
  })
  const whole = tally(sumOf(counts))
  const deviceYears = (truth.devices.length * (truth.until - truth.from)) / (365.25 * dayMs)
  const raised = findings.filter(({ state, shadow }) => state === 'raised' && !shadow)
  return {
    ...whole,
    deviceYears,
    falseAlarmsPerDeviceYear: whole.falseAlarms / deviceYears,
    unjudged: raised.length - whole.alarms,
    byComponent,
    byRule: byRule(places),
  }
}

function countOf({ lives, alarms }: Place, until: number): Count {
  const failures = lives.flatMap((life) =>
    life.spans
      .filter(({ crossedAt }) => crossedAt !== null && crossedAt <= until)
      .map((span) =>
        leadDays(
          span,
          alarms.filter(({ epoch }) => epoch === life.epoch),
        ),
      ),
  )
  return {
    failures: failures.length,
    leadsDays: failures.filter((lead) => lead !== undefined),
    alarms: alarms.length,
    falseAlarms: alarms.filter((alarm) => !isRight(alarm, lives)).length,
  }
}

/** How long before the crossing it was known; undefined when no alarm stood at it. */
function leadDays({ from, crossedAt }: Span, alarms: readonly Alarm[]): number | undefined {
  const end = crossedAt ?? Number.POSITIVE_INFINITY
  const standing = alarms.filter(({ raisedAt, clearedAt }) => raisedAt < end && clearedAt >= end)
  if (standing.length === 0) return undefined
  // What was said before the last cleaning was said of another state of the part.
  const first = Math.max(Math.min(...standing.map(({ raisedAt }) => raisedAt)), from ?? 0)
  return (end - first) / dayMs
}

/** Whether the part had crossed its limit, or would have soon, had nobody interfered after the alarm. */
function isRight({ epoch, raisedAt }: Alarm, lives: readonly Life[]): boolean {
  const life = lives.find((candidate) => candidate.epoch === epoch)
  const span = life?.spans.findLast(({ from }) => (from ?? 0) <= raisedAt)
  const { wouldCrossAt = null } = span ?? {}
  return wouldCrossAt !== null && wouldCrossAt <= raisedAt + careDays * dayMs
}

function byRule(places: readonly Place[]): Score['byRule'] {
  const judged = places.flatMap(({ lives, alarms }) =>
    alarms.map((alarm) => ({ rule: alarm.rule, right: isRight(alarm, lives) })),
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
