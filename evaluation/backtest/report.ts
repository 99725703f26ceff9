import type {
  DeviceGroundTruth,
  FleetGroundTruth,
  PartGroundTruth,
  MaintenanceInterval as TrueSpan,
} from '../../contract/ground-truth.ts'
import { dayMs } from '../../lib/time.ts'
import type { Rule } from '../../rules/files/rule.ts'
import type { DetectionScore } from '../fleet/detection-score.ts'
import { scoreAgainstTruth } from '../fleet/score.ts'
import type { BacktestResult } from './backtest.ts'
import type { FindingCounts, FindingLog } from './finding-log.ts'
import type { HistoryDevice, PartVerdict } from './replay-history.ts'
import type { RuleSets } from './rule-sets.ts'
import { diffTickets, type TicketDiff } from './ticket-diff.ts'
import { scoreAgainstVerdicts, type VerdictScore } from './verdict-score.ts'

const yearMs = 365.25 * dayMs

/** The result of one version of a rule. */
export interface RuleVersionResult extends FindingCounts {
  version: string
  /** Findings raised per device-year; null without observed time of the kind. */
  alarmsPerDeviceYear: number | null
  /** Against the ground truth of the rule's component, where it is given. */
  truth?: DetectionScore
  /** Against the verdicts of technicians, where there are any. */
  verdicts?: VerdictScore
}

export interface RuleResult {
  rule: string
  kind: string
  component: string
  devices: number
  deviceYears: number
  candidate: RuleVersionResult
  /** Absent where the live rules were not replayed; null without a live rule of that name. */
  live?: RuleVersionResult | null
}

export interface BacktestReport {
  /** Period that counts, ms, the end excluded. */
  from: number
  to: number
  devices: number
  deviceYears: number
  /** Including those of the warm-up. */
  readings: number
  elapsedMs: number
  readingsPerSecond: number
  rules: RuleResult[]
  tickets: TicketDiff
}

export interface ReportContext {
  rules: RuleSets
  /** The rules under test. */
  candidates: readonly Rule[]
  devices: readonly HistoryDevice[]
  verdicts: readonly PartVerdict[]
  truth?: FleetGroundTruth | undefined
  elapsedMs: number
}

/** Compute the figures of a replay. */
export function buildReport(replayed: BacktestResult, context: ReportContext): BacktestReport {
  const { from, to, readings, observedMs, candidate, live } = replayed
  const { devices, elapsedMs, candidates } = context
  return {
    from,
    to,
    devices: devices.length,
    deviceYears: observedMs() / yearMs,
    readings,
    elapsedMs,
    readingsPerSecond: Math.round(readings / (elapsedMs / 1_000)),
    rules: candidates.map((rule) => ruleResult(rule, replayed, context)),
    tickets: diffTickets(candidate, live),
  }
}

function ruleResult(rule: Rule, replayed: BacktestResult, context: ReportContext): RuleResult {
  const { name, kind, component } = rule
  const of = (version: Rule, findingLog: FindingLog) =>
    ruleVersionResult(version, findingLog, { replayed, context })
  const { live } = replayed
  const liveRule = context.rules.live.find((other) => other.name === name)
  return {
    rule: name,
    kind,
    component,
    devices: context.devices.filter((device) => device.kind === kind).length,
    deviceYears: replayed.observedMs(kind) / yearMs,
    candidate: of(rule, replayed.candidate),
    ...(live === undefined ? {} : { live: liveRule ? of(liveRule, live) : null }),
  }
}

function ruleVersionResult(
  { name, version, kind, component }: Rule,
  findingLog: FindingLog,
  { replayed, context }: { replayed: BacktestResult; context: ReportContext },
): RuleVersionResult {
  const { from, to, observedMs } = replayed
  const { devices, truth, verdicts } = context
  const counts = findingLog.counts(name)
  const years = observedMs(kind) / yearMs
  const alarms = findingLog.alarmEvents().filter(({ rule }) => rule === name)
  const ids = new Set(devices.filter((device) => device.kind === kind).map(({ id }) => id))
  const verdictScore = scoreAgainstVerdicts(
    verdicts.filter((verdict) => ids.has(verdict.device) && verdict.component === component),
    alarms,
  )
  return {
    version,
    ...counts,
    alarmsPerDeviceYear: years > 0 ? counts.raised / years : null,
    ...(truth
      ? { truth: detectionScoreOf(filterTruth(truth, { devices: ids, component, from, to }), alarms) }
      : {}),
    ...(verdictScore ? { verdicts: verdictScore } : {}),
  }
}

function detectionScoreOf(
  truth: FleetGroundTruth,
  alarms: Parameters<typeof scoreAgainstTruth>[1],
): DetectionScore {
  const score = scoreAgainstTruth(truth, alarms)
  const { failures, detected, missed, falseAlarms, precision, recall, medianLeadDays } = score
  return {
    failures,
    detected,
    missed,
    alarms: score.alarms,
    falseAlarms,
    precision,
    recall,
    medianLeadDays,
  }
}

interface TruthFilter {
  /** Device ids. */
  devices: ReadonlySet<string>
  component: string
  /** Period that counts, ms. */
  from: number
  to: number
}

/** Return the ground truth that a rule is scored against: its component of the replayed devices, failures in the period. */
function filterTruth(
  truth: FleetGroundTruth,
  { devices, component, from, to }: TruthFilter,
): FleetGroundTruth {
  const inSpan = (span: TrueSpan): TrueSpan =>
    span.crossedAt !== null && span.crossedAt < from ? { ...span, crossedAt: null } : span
  return {
    ...truth,
    from: Math.max(truth.from, from),
    until: Math.min(truth.until, to),
    devices: truth.devices
      .filter(({ device }) => devices.has(device))
      .map(
        (device): DeviceGroundTruth => ({
          ...device,
          parts: device.parts
            .filter((life) => life.component === component)
            .map((life): PartGroundTruth => ({ ...life, intervals: life.intervals.map(inSpan) })),
        }),
      ),
  }
}
