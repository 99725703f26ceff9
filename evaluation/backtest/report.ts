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

/** What one version of a rule did. */
export interface RuleVersionResult extends FindingCounts {
  version: string
  /** Findings raised in a year of one device; null where no device of the kind was heard. */
  alarmsPerDeviceYear: number | null
  /** Against the simulator's truth of the rule's component, where that is given. */
  truth?: DetectionScore
  /** Against what technicians found, where they looked. */
  verdicts?: VerdictScore
}

export interface RuleResult {
  rule: string
  kind: string
  component: string
  devices: number
  deviceYears: number
  candidate: RuleVersionResult
  /** Absent where it was not asked for; null where there is no live rule of that name. */
  live?: RuleVersionResult | null
}

export interface BacktestReport {
  /** What counts, ms, the end excluded. */
  from: number
  to: number
  devices: number
  deviceYears: number
  /** Those before the span included, from which the rules learnt. */
  readings: number
  elapsedMs: number
  readingsPerSecond: number
  rules: RuleResult[]
  tickets: TicketDiff
}

export interface ReportContext {
  rules: RuleSets
  /** The rules that are tried. */
  candidates: readonly Rule[]
  devices: readonly HistoryDevice[]
  verdicts: readonly PartVerdict[]
  truth?: FleetGroundTruth | undefined
  elapsedMs: number
}

/** What a replay showed, in numbers. */
export function buildReport(replayed: BacktestResult, context: ReportContext): BacktestReport {
  const { from, to, readings, observedMs: heardMs, candidate, live } = replayed
  const { devices, elapsedMs, candidates } = context
  return {
    from,
    to,
    devices: devices.length,
    deviceYears: heardMs() / yearMs,
    readings,
    elapsedMs,
    readingsPerSecond: Math.round(readings / (elapsedMs / 1_000)),
    rules: candidates.map((rule) => ruleResult(rule, replayed, context)),
    tickets: diffTickets(candidate, live),
  }
}

function ruleResult(rule: Rule, replayed: BacktestResult, context: ReportContext): RuleResult {
  const { name, kind, component } = rule
  const of = (version: Rule, ledger: FindingLog) => ruleVersionResult(version, ledger, { replayed, context })
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
  ledger: FindingLog,
  { replayed, context }: { replayed: BacktestResult; context: ReportContext },
): RuleVersionResult {
  const { from, to, observedMs: heardMs } = replayed
  const { devices, truth, verdicts } = context
  const counts = ledger.counts(name)
  const years = heardMs(kind) / yearMs
  const alarms = ledger.alarmEvents().filter(({ rule }) => rule === name)
  const ids = new Set(devices.filter((device) => device.kind === kind).map(({ id }) => id))
  const judged = scoreAgainstVerdicts(
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
    ...(judged ? { verdicts: judged } : {}),
  }
}

function detectionScoreOf(
  truth: FleetGroundTruth,
  alarms: Parameters<typeof scoreAgainstTruth>[1],
): DetectionScore {
  const score = scoreAgainstTruth(truth, alarms)
  const { failures, detected: foreseen, missed, falseAlarms, precision, recall, medianLeadDays } = score
  return {
    failures,
    detected: foreseen,
    missed,
    alarms: score.alarms,
    falseAlarms,
    precision,
    recall,
    medianLeadDays,
  }
}

interface TruthFilter {
  /** Ids. */
  devices: ReadonlySet<string>
  component: string
  /** The span that counts, ms. */
  from: number
  to: number
}

/** Of a fleet's truth what a rule can be judged by: its component of the devices replayed, and failures in the span. */
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
