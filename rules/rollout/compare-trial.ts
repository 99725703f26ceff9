import type { Finding, TrialFinding } from '../../contract/finding.ts'

interface Alarm extends Pick<Finding, 'device' | 'component' | 'epoch'> {
  /** Event time at which it was raised, ms. */
  at: number
}

/** Alarm of both versions: raised at `at` by the version on trial, at `liveAt` by the live one. */
interface SharedAlarm extends Alarm {
  liveAt: number
  /** Lead of the version on trial, ms; negative when it was later. */
  leadMs: number
}

export interface TrialComparison {
  /** Alarms of the live version alone. */
  onlyLive: Alarm[]
  /** Alarms of the version on trial alone. */
  onlyShadow: Alarm[]
  both: SharedAlarm[]
}

type PartRef = Pick<Finding, 'device' | 'component' | 'epoch'>

/**
 * Period in which a finding was active, event time in ms. Without `from` it was already active, in both versions, when the
 * trial started.
 */
interface ActivePeriod {
  from?: number
  to?: number
}

/**
 * Compare what two versions of a rule raised during a trial. Two alarms are the same if they were active at the same time.
 * Alarms active at the start of the trial belong to both versions and are not counted.
 * @param findings of the trial, oldest first
 * @param active parts with an active finding of the live version when the trial started
 */
export function compareTrial(findings: readonly TrialFinding[], active: readonly PartRef[]): TrialComparison {
  const comparison: TrialComparison = { onlyLive: [], onlyShadow: [], both: [] }
  const activeAtStart = new Set(active.map(partKey))
  for (const [key, partFindings] of groupByPart(findings)) {
    const [first] = partFindings
    if (first === undefined) continue
    const { device, component, epoch } = first
    const periodsOf = (shadow: boolean) =>
      activePeriodsOf(
        partFindings.filter((finding) => finding.shadow === shadow),
        activeAtStart.has(key),
      )
    comparePart({ device, component, epoch }, { live: periodsOf(false), shadow: periodsOf(true), comparison })
  }
  return comparison
}

function comparePart(
  part: PartRef,
  { live, shadow, comparison }: { live: ActivePeriod[]; shadow: ActivePeriod[]; comparison: TrialComparison },
): void {
  for (const period of live) {
    if (period.from === undefined || shadow.some((other) => overlaps(period, other))) continue
    comparison.onlyLive.push({ ...part, at: period.from })
  }
  for (const period of shadow) {
    if (period.from === undefined) continue
    const shared = live.filter((other) => overlaps(period, other))
    if (shared.length === 0) comparison.onlyShadow.push({ ...part, at: period.from })
    const liveAt = shared.find(({ from }) => from !== undefined)?.from
    if (liveAt === undefined) continue
    comparison.both.push({ ...part, at: period.from, liveAt, leadMs: liveAt - period.from })
  }
}

function activePeriodsOf(findings: readonly TrialFinding[], wasActiveAtStart: boolean): ActivePeriod[] {
  const periods: ActivePeriod[] = wasActiveAtStart ? [{}] : []
  for (const { state, at } of findings) {
    const last = periods.at(-1)
    if (state === 'raised') periods.push({ from: at })
    if (state === 'cleared' && last !== undefined) last.to = at
  }
  return periods
}

function groupByPart(findings: readonly TrialFinding[]): Map<string, TrialFinding[]> {
  const parts = new Map<string, TrialFinding[]>()
  for (const finding of findings) {
    const key = partKey(finding)
    const partFindings = parts.get(key)
    if (partFindings) partFindings.push(finding)
    else parts.set(key, [finding])
  }
  return parts
}

function overlaps(one: ActivePeriod, other: ActivePeriod): boolean {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = one
  return from <= (other.to ?? Number.POSITIVE_INFINITY) && to >= (other.from ?? Number.NEGATIVE_INFINITY)
}

function partKey({ device, component, epoch }: PartRef): string {
  return JSON.stringify([device, component, epoch])
}
