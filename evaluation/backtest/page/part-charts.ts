import type { Crossing } from '../../../contract/finding.ts'
import type { FleetTruth } from '../../../contract/truth.ts'
import { dayMs } from '../../../lib/time.ts'
import type { Replayed } from '../backtest.ts'
import type { TicketChanges } from '../compare-tickets.ts'
import type { History } from '../history.ts'
import { type Ledger, partKey, type WouldBeTicket } from '../ledger.ts'
import type { Bucket } from './buckets.ts'
import { type Change, type ChosenPart, chooseParts } from './choose-parts.ts'
import { readCourses, type Span } from './courses.ts'

type SideName = 'candidate' | 'live'

/** So much is drawn before a ticket and after it. */
const aroundTicketMs = 365 * dayMs

/** What one side said of a part. */
export interface SideMarks {
  side: SideName
  limit?: number
  /** When findings of the part were raised, and cleared, ms. */
  raised: number[]
  cleared: number[]
  /** What was predicted when the ticket was opened. */
  predicted?: { at: number; crossing: Crossing }
}

/** What there is to draw of a part, in a span of time around its tickets. */
export interface PartChart extends Span {
  device: string
  component: string
  epoch: number
  rule: string
  change: Change
  metric?: string
  unit: string
  line: Bucket[]
  sides: SideMarks[]
  /** When the part truly went beyond its limit, ms; empty where that is not known. */
  failures: number[]
}

export interface ChartSources {
  history: History
  replayed: Replayed
  tickets: TicketChanges
  truth?: FleetTruth | undefined
}

/** Gathers what is drawn of the parts worth a look, reading their course from history once more. */
export async function partCharts(sources: ChartSources): Promise<PartChart[]> {
  const { history, replayed, tickets } = sources
  const parts = chooseParts(replayed, tickets).map((part) => ({ ...part, span: spanOf(part, replayed) }))
  if (parts.length === 0) return []
  const courses = await readCourses(
    history,
    parts.map(({ ticket, span }) => ({
      device: ticket.device,
      metric: ticket.evidence.metric ?? '',
      ...span,
    })),
  )
  return parts.map((part, n) => chartOf(part, { ...sources, course: courses[n] ?? [] }))
}

function spanOf({ candidate, live }: ChosenPart, { from, to }: Span): Span {
  const opened = [candidate, live].flatMap((ticket) => (ticket ? [ticket.openedAt] : []))
  return {
    from: Math.max(from, Math.min(...opened) - aroundTicketMs),
    to: Math.min(to, Math.max(...opened) + aroundTicketMs),
  }
}

function chartOf(
  { change, ticket, candidate, live, span }: ChosenPart & { span: Span },
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
    sides,
    failures: failuresOf(truth, ticket),
  }
}

/** @param drawn the ticket that is drawn, `own` the one of this side: for both the same, or the only one of the two */
function marksOf(
  side: SideName,
  drawn: WouldBeTicket,
  { ledger, own }: { ledger: Ledger; own: WouldBeTicket | undefined },
): SideMarks {
  const key = partKey(drawn)
  const alarms = ledger.alarms().filter((alarm) => partKey(alarm) === key)
  const at = (state: 'raised' | 'cleared') => alarms.filter((one) => one.state === state).map((one) => one.at)
  const { crossing } = own?.evidence ?? {}
  // A rule that raised nothing here has told its limit elsewhere.
  const { limit } = (own ?? ledger.ticketLike(drawn))?.evidence ?? {}
  return {
    side,
    raised: at('raised'),
    cleared: at('cleared'),
    ...(limit === undefined ? {} : { limit }),
    ...(own && crossing ? { predicted: { at: own.openedAt, crossing } } : {}),
  }
}

function failuresOf(truth: FleetTruth | undefined, { device, component, epoch }: WouldBeTicket): number[] {
  const lives = truth?.devices.find((one) => one.device === device)?.lives ?? []
  return lives
    .filter((life) => life.component === component && life.epoch === epoch)
    .flatMap(({ spans }) => spans.flatMap(({ crossedAt }) => (crossedAt === null ? [] : [crossedAt])))
}
