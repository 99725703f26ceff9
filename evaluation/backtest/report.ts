import type { FleetTruth, Span as TrueSpan } from '../../contract/truth.ts'
import { dayMs } from '../../lib/time.ts'
import type { Rule } from '../../rules/files/rule.ts'
import { scoreAgainstTruth } from '../fleet/score.ts'
import type { Tally } from '../fleet/tally.ts'
import type { Replayed } from './backtest.ts'
import { compareTickets, type TicketChanges } from './compare-tickets.ts'
import type { HistoryDevice, PartVerdict } from './history.ts'
import type { FindingCounts, Ledger } from './ledger.ts'
import type { RuleSets } from './rule-sets.ts'
import { scoreAgainstVerdicts, type VerdictScore } from './verdict-score.ts'

const yearMs = 365.25 * dayMs

/** What one version of a rule did. */
export interface VersionOutcome extends FindingCounts {
  version: string
  /** Findings raised in a year of one device; null where no device of the kind was heard. */
  alarmsPerDeviceYear: number | null
  /** Against the simulator's truth of the rule's component, where that is given. */
  truth?: Tally
  /** Against what technicians found, where they looked. */
  verdicts?: VerdictScore
}

export interface RuleOutcome {
  rule: string
  kind: string
  component: string
  devices: number
  deviceYears: number
  candidate: VersionOutcome
  /** Absent where it was not asked for; null where there is no live rule of that name. */
  live?: VersionOutcome | null
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
  rules: RuleOutcome[]
  tickets: TicketChanges
}

export interface ReportContext {
  rules: RuleSets
  /** The rules that are tried. */
  candidates: readonly Rule[]
  devices: readonly HistoryDevice[]
  verdicts: readonly PartVerdict[]
  truth?: FleetTruth | undefined
  elapsedMs: number
}

/** What a replay showed, in numbers. */
export function reportOf(replayed: Replayed, context: ReportContext): BacktestReport {
  const { from, to, readings, heardMs, candidate, live } = replayed
  const { devices, elapsedMs, candidates } = context
  return {
    from,
    to,
    devices: devices.length,
    deviceYears: heardMs() / yearMs,
    readings,
    elapsedMs,
    readingsPerSecond: Math.round(readings / (elapsedMs / 1_000)),
    rules: candidates.map((rule) => ruleOutcome(rule, replayed, context)),
    tickets: compareTickets(candidate, live),
  }
}

function ruleOutcome(rule: Rule, replayed: Replayed, context: ReportContext): RuleOutcome {
  const { name, kind, component } = rule
  const of = (version: Rule, ledger: Ledger) => versionOutcome(version, ledger, { replayed, context })
  const { live } = replayed
  const liveRule = context.rules.live.find((other) => other.name === name)
  return {
    rule: name,
    kind,
    component,
    devices: context.devices.filter((device) => device.kind === kind).length,
    deviceYears: replayed.heardMs(kind) / yearMs,
    candidate: of(rule, replayed.candidate),
    ...(live === undefined ? {} : { live: liveRule ? of(liveRule, live) : null }),
  }
}

function versionOutcome(
  { name, version, kind, component }: Rule,
  ledger: Ledger,
  { replayed, context }: { replayed: Replayed; context: ReportContext },
): VersionOutcome {
  const { from, to, heardMs } = replayed
  const { devices, truth, verdicts } = context
  const counts = ledger.counts(name)
  const years = heardMs(kind) / yearMs
  const alarms = ledger.alarms().filter(({ rule }) => rule === name)
  const ids = new Set(devices.filter((device) => device.kind === kind).map(({ id }) => id))
  const judged = scoreAgainstVerdicts(
    verdicts.filter((verdict) => ids.has(verdict.device) && verdict.component === component),
    alarms,
  )
  return {
    version,
    ...counts,
    alarmsPerDeviceYear: years > 0 ? counts.raised / years : null,
    ...(truth ? { truth: scoreOf(truthOf(truth, { devices: ids, component, from, to }), alarms) } : {}),
    ...(judged ? { verdicts: judged } : {}),
  }
}

function scoreOf(truth: FleetTruth, alarms: Parameters<typeof scoreAgainstTruth>[1]): Tally {
  const score = scoreAgainstTruth(truth, alarms)
  const { failures, foreseen, missed, falseAlarms, precision, recall, medianLeadDays } = score
  return { failures, foreseen, missed, alarms: score.alarms, falseAlarms, precision, recall, medianLeadDays }
}

interface TruthPart {
  /** Ids. */
  devices: ReadonlySet<string>
  component: string
  /** The span that counts, ms. */
  from: number
  to: number
}

/** Of a fleet's truth what a rule can be judged by: its component of the devices replayed, and failures in the span. */
function truthOf(truth: FleetTruth, { devices, component, from, to }: TruthPart): FleetTruth {
  const inSpan = (span: TrueSpan): TrueSpan =>
    span.crossedAt !== null && span.crossedAt < from ? { ...span, crossedAt: null } : span
  return {
    ...truth,
    from: Math.max(truth.from, from),
    until: Math.min(truth.until, to),
    devices: truth.devices
      .filter(({ device }) => devices.has(device))
      .map((device) => ({
        ...device,
        lives: device.lives
          .filter((life) => life.component === component)
          .map((life) => ({ ...life, spans: life.spans.map(inSpan) })),
      })),
  }
}
