import type { FleetTruth } from '../../../device-sim/truth.ts'
import type { Crossing } from '../../finding.ts'
import type { Replayed } from '../backtest.ts'
import type { TicketChanges } from '../compare-tickets.ts'
import type { History } from '../history.ts'
import { type Ledger, partKey, type WouldBeTicket } from '../ledger.ts'
import { type Bucket, Buckets } from './buckets.ts'
import { type Change, type ChosenPart, chooseParts } from './choose-parts.ts'

type SideName = 'candidate' | 'live'

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

/** What there is to draw of a part. */
export interface PartChart {
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
  const { replayed, tickets } = sources
  const parts = chooseParts(replayed, tickets)
  const lines = await linesOf(parts, sources)
  return parts.flatMap((part) => {
    const ticket = part.candidate ?? part.live
    return ticket ? [chartOf(part, { ...sources, ticket, lines })] : []
  })
}

const lineKey = ({ device, evidence }: WouldBeTicket): string => `${device}/${evidence.metric}`

async function linesOf(
  parts: readonly ChosenPart[],
  { history, replayed: { from, to } }: ChartSources,
): Promise<Map<string, Buckets>> {
  const lines = new Map<string, Buckets>()
  const devices = new Set<string>()
  for (const ticket of parts.flatMap(({ candidate, live }) => candidate ?? live ?? [])) {
    lines.set(lineKey(ticket), new Buckets(from, to))
    devices.add(ticket.device)
  }
  for await (const batch of history.readings({ from, to, devices: [...devices] })) {
    for (const { device, ts, values } of batch) {
      for (const metric in values) lines.get(`${device}/${metric}`)?.add(ts, values[metric] ?? Number.NaN)
    }
  }
  return lines
}

function chartOf(
  { change, candidate, live }: ChosenPart,
  { replayed, truth, ticket, lines }: ChartSources & { ticket: WouldBeTicket; lines: Map<string, Buckets> },
): PartChart {
  const { device, component, epoch, rule, evidence } = ticket
  const sides = [marksOf('candidate', ticket, { ledger: replayed.candidate, own: candidate })]
  if (replayed.live) sides.push(marksOf('live', ticket, { ledger: replayed.live, own: live }))
  const stored = lines.get(lineKey(ticket))?.all() ?? []
  // A metric that rules derive from others is not stored: then what the finding shows is all there is.
  const shown = evidence.points.map(([ts, value]) => ({ ts, min: value, max: value, mean: value }))
  return {
    device,
    component,
    epoch,
    rule,
    change,
    ...(evidence.metric === undefined ? {} : { metric: evidence.metric }),
    unit: evidence.unit ?? '',
    line: stored.length > 0 ? stored : shown,
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
