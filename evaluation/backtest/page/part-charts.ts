import type { CrossingForecast } from '../../../contract/finding.ts'
import type { FleetGroundTruth } from '../../../contract/ground-truth.ts'
import { dayMs } from '../../../lib/time.ts'
import type { BacktestResult } from '../backtest.ts'
import { type BacktestTicket, type FindingLog, partKey } from '../finding-log.ts'
import type { ReplayHistory } from '../replay-history.ts'
import type { TicketDiff } from '../ticket-diff.ts'
import { type Bucket, LineDownsampler } from './line-downsampler.ts'

type Change = 'gained' | 'lost' | 'earlier' | 'later' | 'as live' | 'raised'

/** A part that is drawn: what each side would have opened for it, `ticket` being the one of them that there is. */
interface ChosenPart {
  change: Change
  ticket: BacktestTicket
  candidate?: BacktestTicket
  live?: BacktestTicket
}

const maxCharts = { gained: 12, lost: 12, moved: 8, all: 24 }

/** The parts that are worth a look: those whose tickets are gained, lost or moved farthest, then any others. */
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

/** So much is drawn before a ticket and after it. */
const aroundTicketMs = 365 * dayMs

/** What one side said of a part. */
export interface RuleSetMarks {
  role: RuleSetRole
  limit?: number
  /** When findings of the part were raised, and cleared, ms. */
  raised: number[]
  cleared: number[]
  /** What was predicted when the ticket was opened. */
  predicted?: { at: number; crossing: CrossingForecast }
}

/** What there is to draw of a part, in a span of time around its tickets. */
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
  /** When the part truly went beyond its limit, ms; empty where that is not known. */
  failures: number[]
}

export interface ChartSources {
  history: ReplayHistory
  replayed: BacktestResult
  tickets: TicketDiff
  truth?: FleetGroundTruth | undefined
}

/** Gathers what is drawn of the parts worth a look, reading their course from history once more. */
export async function buildPartCharts(sources: ChartSources): Promise<PartChart[]> {
  const { history, replayed, tickets } = sources
  const parts = selectParts(replayed, tickets).map((part) => ({ ...part, span: timeRangeOf(part, replayed) }))
  if (parts.length === 0) return []
  const courses = await readMetricLines(
    history,
    parts.map(({ ticket, span }) => ({
      device: ticket.device,
      metric: ticket.evidence.metric ?? '',
      ...span,
    })),
  )
  return parts.map((part, n) => chartOf(part, { ...sources, course: courses[n] ?? [] }))
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
  { replayed, truth, course }: ChartSources & { course: Bucket[] },
): PartChart {
  const { device, component, epoch, rule, evidence } = ticket
  const sides = [marksOf('candidate', ticket, { ledger: replayed.candidate, own: candidate })]
  if (replayed.live) sides.push(marksOf('live', ticket, { ledger: replayed.live, own: live }))
  // A metric that rules derive from others is not stored: then what the finding shows is all there is.
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
    line: course.length > 0 ? course : shown,
    ruleSetMarks: sides,
    failures: failuresOf(truth, ticket),
  }
}

/** @param drawn the ticket that is drawn, `own` the one of this side: for both the same, or the only one of the two */
function marksOf(
  side: RuleSetRole,
  drawn: BacktestTicket,
  { ledger, own }: { ledger: FindingLog; own: BacktestTicket | undefined },
): RuleSetMarks {
  const key = partKey(drawn)
  const alarms = ledger.alarmEvents().filter((alarm) => partKey(alarm) === key)
  const at = (state: 'raised' | 'cleared') => alarms.filter((one) => one.state === state).map((one) => one.at)
  const { crossing } = own?.evidence ?? {}
  // A rule that raised nothing here has told its limit elsewhere.
  const { limit } = (own ?? ledger.similarTicket(drawn))?.evidence ?? {}
  return {
    role: side,
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
  const lives = truth?.devices.find((one) => one.device === device)?.parts ?? []
  return lives
    .filter((life) => life.component === component && life.epoch === epoch)
    .flatMap(({ intervals: spans }) =>
      spans.flatMap(({ crossedAt }) => (crossedAt === null ? [] : [crossedAt])),
    )
}

/** ms since 1970, the end excluded. */
interface TimeRange {
  from: number
  to: number
}

/** A metric of a device in a span of time. */
interface MetricQuery extends TimeRange {
  device: string
  metric: string
}

/** The courses of some metrics, read from history in one pass; in the order in which they are asked for. */
async function readMetricLines(history: ReplayHistory, courses: readonly MetricQuery[]): Promise<Bucket[][]> {
  const asked = courses.map((course) => ({ course, buckets: new LineDownsampler(course) }))
  const byDevice = new Map<string, typeof asked>()
  for (const one of asked) {
    const { device } = one.course
    byDevice.set(device, [...(byDevice.get(device) ?? []), one])
  }
  const from = Math.min(...courses.map((course) => course.from))
  const to = Math.max(...courses.map((course) => course.to))
  for await (const batch of history.readings({ from, to, devices: [...byDevice.keys()] })) {
    for (const { device, ts, values } of batch) {
      for (const { course, buckets } of byDevice.get(device) ?? []) {
        const value = values[course.metric]
        if (value !== undefined && ts >= course.from && ts < course.to) buckets.add(ts, value)
      }
    }
  }
  return asked.map(({ buckets }) => buckets.buckets())
}
