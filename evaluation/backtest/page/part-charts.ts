import type { CrossingForecast } from '../../../contract/finding.ts'
import type { FleetGroundTruth } from '../../../contract/ground-truth.ts'
import { dayMs } from '../../../lib/time.ts'
import type { BacktestResult } from '../backtest.ts'
import { type BacktestTicket, type FindingLog, partKey } from '../finding-log.ts'
import type { ReplayHistory } from '../replay-history.ts'
import type { TicketDiff } from '../ticket-diff.ts'
import { type Bucket, LineDownsampler } from './line-downsampler.ts'

type Change = 'gained' | 'lost' | 'earlier' | 'later' | 'as live' | 'raised'

/** A part to draw with the ticket of each rule set; `ticket` is the candidate's, or else the live one. */
interface ChosenPart {
  change: Change
  ticket: BacktestTicket
  candidate?: BacktestTicket
  live?: BacktestTicket
}

const maxCharts = { gained: 12, lost: 12, moved: 8, all: 24 }

/** Select the parts to draw: those with tickets gained, lost or moved farthest, then others. */
function selectParts({ candidate, live }: BacktestResult, tickets: TicketDiff): ChosenPart[] {
  const farthest = tickets.moved.toSorted((a, b) => shift(b) - shift(a))
  const opened = [...candidate.tickets()]
  const chosen: [string, Change][] = [
    ...tickets.gained.slice(0, maxCharts.gained).map((line): [string, Change] => [partKey(line), 'gained']),
    ...tickets.lost.slice(0, maxCharts.lost).map((line): [string, Change] => [partKey(line), 'lost']),
    ...farthest
      .slice(0, maxCharts.moved)
      .map((line): [string, Change] => [
        partKey(line),
        line.openedAt < line.liveOpenedAt ? 'earlier' : 'later',
      ]),
  ]
  const known = new Set(chosen.map(([key]) => key))
  const others = opened.filter(([key]) => !known.has(key))
  const rest = others.map(([key]): [string, Change] => [key, live ? 'as live' : 'raised'])
  return [...chosen, ...rest].slice(0, maxCharts.all).flatMap(([key, change]) => {
    const [own, other] = [candidate.ticketFor(key), live?.ticketFor(key)]
    const ticket = own ?? other
    if (ticket === undefined) return []
    return [{ change, ticket, ...(own ? { candidate: own } : {}), ...(other ? { live: other } : {}) }]
  })
}

const shift = (line: { openedAt: number; liveOpenedAt: number }): number =>
  Math.abs(line.openedAt - line.liveOpenedAt)

type RuleSetRole = 'candidate' | 'live'

/** Time drawn before and after a ticket. */
const aroundTicketMs = 365 * dayMs

/** The findings of one rule set on a part. */
export interface RuleSetMarks {
  role: RuleSetRole
  limit?: number
  /** Times of raised and of cleared findings, ms. */
  raised: number[]
  cleared: number[]
  /** The prediction when the ticket was opened; `at` in ms. */
  predicted?: { at: number; crossing: CrossingForecast }
}

/** The data of one chart: a part in a period around its tickets. */
export interface PartChart extends TimeRange {
  device: string
  component: string
  epoch: number
  rule: string
  change: Change
  metric?: string
  unit: string
  line: Bucket[]
  ruleSetMarks: RuleSetMarks[]
  /** True crossings of the limit, ms; empty without ground truth. */
  failures: number[]
}

export interface ChartSources {
  history: ReplayHistory
  replayed: BacktestResult
  tickets: TicketDiff
  truth?: FleetGroundTruth | undefined
}

/** Collect the data of the charts, reading the metrics of the selected parts from history again. */
export async function buildPartCharts(sources: ChartSources): Promise<PartChart[]> {
  const { history, replayed, tickets } = sources
  const parts = selectParts(replayed, tickets).map((part) => ({ ...part, span: timeRangeOf(part, replayed) }))
  if (parts.length === 0) return []
  const lines = await readMetricLines(
    history,
    parts.map(({ ticket, span }) => ({
      device: ticket.device,
      metric: ticket.evidence.metric ?? '',
      ...span,
    })),
  )
  return parts.map((part, n) => chartOf(part, { ...sources, line: lines[n] ?? [] }))
}

function timeRangeOf({ candidate, live }: ChosenPart, { from, to }: TimeRange): TimeRange {
  const opened = [candidate, live].flatMap((ticket) => (ticket ? [ticket.openedAt] : []))
  return {
    from: Math.max(from, Math.min(...opened) - aroundTicketMs),
    to: Math.min(to, Math.max(...opened) + aroundTicketMs),
  }
}

function chartOf(
  { change, ticket, candidate, live, span }: ChosenPart & { span: TimeRange },
  { replayed, truth, line }: ChartSources & { line: Bucket[] },
): PartChart {
  const { device, component, epoch, rule, evidence } = ticket
  const marks = [marksOf('candidate', ticket, { log: replayed.candidate, own: candidate })]
  if (replayed.live) marks.push(marksOf('live', ticket, { log: replayed.live, own: live }))
  // A derived metric is not stored: then the points of the finding are drawn.
  const shown = evidence.points.map(([ts, value]) => ({ ts, min: value, max: value, mean: value }))
  return {
    device,
    component,
    epoch,
    rule,
    change,
    ...span,
    ...(evidence.metric === undefined ? {} : { metric: evidence.metric }),
    unit: evidence.unit ?? '',
    line: line.length > 0 ? line : shown,
    ruleSetMarks: marks,
    failures: failuresOf(truth, ticket),
  }
}

/** @param drawn the ticket that is drawn; `own` is the ticket of this rule set, if it opened one */
function marksOf(
  role: RuleSetRole,
  drawn: BacktestTicket,
  { log, own }: { log: FindingLog; own: BacktestTicket | undefined },
): RuleSetMarks {
  const key = partKey(drawn)
  const alarms = log.alarmEvents().filter((alarm) => partKey(alarm) === key)
  const at = (state: 'raised' | 'cleared') => alarms.filter((one) => one.state === state).map((one) => one.at)
  const { crossing } = own?.evidence ?? {}
  // A rule set without a ticket here shows its limit in one for another part.
  const { limit } = (own ?? log.similarTicket(drawn))?.evidence ?? {}
  return {
    role,
    raised: at('raised'),
    cleared: at('cleared'),
    ...(limit === undefined ? {} : { limit }),
    ...(own && crossing ? { predicted: { at: own.openedAt, crossing } } : {}),
  }
}

function failuresOf(
  truth: FleetGroundTruth | undefined,
  { device, component, epoch }: BacktestTicket,
): number[] {
  const parts = truth?.devices.find((one) => one.device === device)?.parts ?? []
  return parts
    .filter((part) => part.component === component && part.epoch === epoch)
    .flatMap(({ intervals }) => intervals.flatMap(({ crossedAt }) => (crossedAt === null ? [] : [crossedAt])))
}

/** A period, ms since 1970, the end excluded. */
interface TimeRange {
  from: number
  to: number
}

/** A metric of a device in a period. */
interface MetricQuery extends TimeRange {
  device: string
  metric: string
}

/** Read metrics from history in one pass; the result is in the order of the queries. */
async function readMetricLines(history: ReplayHistory, queries: readonly MetricQuery[]): Promise<Bucket[][]> {
  const pending = queries.map((query) => ({ query, buckets: new LineDownsampler(query) }))
  const byDevice = new Map<string, typeof pending>()
  for (const one of pending) {
    const { device } = one.query
    byDevice.set(device, [...(byDevice.get(device) ?? []), one])
  }
  const from = Math.min(...queries.map((query) => query.from))
  const to = Math.max(...queries.map((query) => query.to))
  for await (const batch of history.readings({ from, to, devices: [...byDevice.keys()] })) {
    for (const { device, ts, values } of batch) {
      for (const { query, buckets } of byDevice.get(device) ?? []) {
        const value = values[query.metric]
        if (value !== undefined && ts >= query.from && ts < query.to) buckets.add(ts, value)
      }
    }
  }
  return pending.map(({ buckets }) => buckets.buckets())
}
