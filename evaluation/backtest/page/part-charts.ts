import type { Crossing } from '../../../contract/finding.ts'
import type { FleetTruth } from '../../../contract/truth.ts'
import { dayMs } from '../../../lib/time.ts'
import type { Replayed } from '../backtest.ts'
import type { TicketChanges } from '../compare-tickets.ts'
import type { History } from '../history.ts'
import { type Ledger, partKey, type WouldBeTicket } from '../ledger.ts'
import { type Bucket, Buckets } from './buckets.ts'

type Change = 'gained' | 'lost' | 'earlier' | 'later' | 'as live' | 'raised'

/** A part that is drawn: what each side would have opened for it, `ticket` being the one of them that there is. */
interface ChosenPart {
  change: Change
  ticket: WouldBeTicket
  candidate?: WouldBeTicket
  live?: WouldBeTicket
}

const most = { gained: 12, lost: 12, moved: 8, all: 24 }

/** The parts that are worth a look: those whose tickets are gained, lost or moved farthest, then any others. */
function chooseParts({ candidate, live }: Replayed, tickets: TicketChanges): ChosenPart[] {
  const farthest = tickets.moved.toSorted((a, b) => shift(b) - shift(a))
  const opened = [...candidate.tickets()]
  const chosen: [string, Change][] = [
    ...tickets.gained.slice(0, most.gained).map((line): [string, Change] => [partKey(line), 'gained']),
    ...tickets.lost.slice(0, most.lost).map((line): [string, Change] => [partKey(line), 'lost']),
    ...farthest
      .slice(0, most.moved)
      .map((line): [string, Change] => [
        partKey(line),
        line.openedAt < line.liveOpenedAt ? 'earlier' : 'later',
      ]),
  ]
  const known = new Set(chosen.map(([key]) => key))
  const others = opened.filter(([key]) => !known.has(key))
  const rest = others.map(([key]): [string, Change] => [key, live ? 'as live' : 'raised'])
  return [...chosen, ...rest].slice(0, most.all).flatMap(([key, change]) => {
    const [own, other] = [candidate.ticketOf(key), live?.ticketOf(key)]
    const ticket = own ?? other
    if (ticket === undefined) return []
    return [{ change, ticket, ...(own ? { candidate: own } : {}), ...(other ? { live: other } : {}) }]
  })
}

const shift = (line: { openedAt: number; liveOpenedAt: number }): number =>
  Math.abs(line.openedAt - line.liveOpenedAt)

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

/** ms since 1970, the end excluded. */
interface Span {
  from: number
  to: number
}

/** A metric of a device in a span of time. */
interface Course extends Span {
  device: string
  metric: string
}

/** The courses of some metrics, read from history in one pass; in the order in which they are asked for. */
async function readCourses(history: History, courses: readonly Course[]): Promise<Bucket[][]> {
  const asked = courses.map((course) => ({ course, buckets: new Buckets(course) }))
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
  return asked.map(({ buckets }) => buckets.all())
}
