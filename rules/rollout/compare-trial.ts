import type { Finding, TrialFinding } from '../../contract/finding.ts'

interface Alarm extends Pick<Finding, 'device' | 'component' | 'epoch'> {
  /** Event time at which it was raised. */
  at: number
}

/** What both raised: the one on trial at `at`, the live one at `liveAt`. */
interface SharedAlarm extends Alarm {
  liveAt: number
  /** How much earlier the one on trial was. */
  leadMs: number
}

export interface TrialComparison {
  /** What nobody would have heard of under the version on trial. */
  onlyLive: Alarm[]
  /** What it would have raised in addition. */
  onlyShadow: Alarm[]
  both: SharedAlarm[]
}

type PartRef = Pick<Finding, 'device' | 'component' | 'epoch'>

/** When something was active, in event time. Without `from` it was so when the trial began, in both versions. */
interface ActivePeriod {
  from?: number
  to?: number
}

/**
 * What two versions of a rule raised differently since the trial began. Two alarms are the same when they were active at
 * the same time. What was active when it began both versions had: it is nobody's gain.
 * @param findings of the trial, oldest first
 * @param active the parts of which the live version had something active when the trial began there
 */
export function compareTrial(findings: readonly TrialFinding[], active: readonly PartRef[]): TrialComparison {
  const comparison: TrialComparison = { onlyLive: [], onlyShadow: [], both: [] }
  const activeAtStart = new Set(active.map(partKey))
  for (const [key, partFindings] of groupByPart(findings)) {
    const [first] = partFindings
    if (first === undefined) continue
    const { device, component, epoch } = first
    const spans = (shadow: boolean) =>
      activePeriodsOf(
        partFindings.filter((finding) => finding.shadow === shadow),
        activeAtStart.has(key),
      )
    comparePart(
      { device, component, epoch },
      { live: spans(false), shadow: spans(true), compared: comparison },
    )
  }
  return comparison
}

function comparePart(
  part: PartRef,
  { live, shadow, compared }: { live: ActivePeriod[]; shadow: ActivePeriod[]; compared: TrialComparison },
): void {
  for (const span of live) {
    if (span.from === undefined || shadow.some((other) => overlaps(span, other))) continue
    compared.onlyLive.push({ ...part, at: span.from })
  }
  for (const span of shadow) {
    if (span.from === undefined) continue
    const shared = live.filter((other) => overlaps(span, other))
    if (shared.length === 0) compared.onlyShadow.push({ ...part, at: span.from })
    const liveAt = shared.find(({ from }) => from !== undefined)?.from
    if (liveAt === undefined) continue
    compared.both.push({ ...part, at: span.from, liveAt, leadMs: liveAt - span.from })
  }
}

function activePeriodsOf(findings: readonly TrialFinding[], wasActiveAtStart: boolean): ActivePeriod[] {
  const spans: ActivePeriod[] = wasActiveAtStart ? [{}] : []
  for (const { state, at } of findings) {
    const last = spans.at(-1)
    if (state === 'raised') spans.push({ from: at })
    if (state === 'cleared' && last !== undefined) last.to = at
  }
  return spans
}

function groupByPart(findings: readonly TrialFinding[]): Map<string, TrialFinding[]> {
  const parts = new Map<string, TrialFinding[]>()
  for (const finding of findings) {
    const key = partKey(finding)
    const ofPart = parts.get(key)
    if (ofPart) ofPart.push(finding)
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
