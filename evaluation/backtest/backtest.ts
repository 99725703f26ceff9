import { dayMs } from '../../lib/time.ts'
import type { Kinds } from '../../rules/files/kinds.ts'
import type { FindingLog } from './finding-log.ts'
import { ReplayFleet } from './replay/replay-fleet.ts'
import { type OnAdvance, ReplaySchedule } from './replay/replay-schedule.ts'
import { type HistoryDevice, NoHistoryError, type ReplayHistory } from './replay-history.ts'
import type { RuleSets } from './rule-sets.ts'

export interface BacktestProgress {
  /** Share of the replayed time, 0 … 1. */
  done: number
  /** Event time, ms. */
  at: number
  readings: number
}

export interface BacktestOptions {
  history: ReplayHistory
  devices: readonly HistoryDevice[]
  kinds: Kinds
  rules: RuleSets
  /** Whether to replay the live rules as well. */
  compareWithLive: boolean
  /** Period that counts, ms, the end excluded; by default everything stored. */
  from?: number | undefined
  to?: number | undefined
  signal?: AbortSignal | undefined
  onProgress?(progress: BacktestProgress): void
}

/** The findings of a replay, and what it covered. */
export interface BacktestResult {
  /** Period that counts, ms, the end excluded. */
  from: number
  to: number
  readings: number
  /** Observed time summed over the devices of a kind, or over all devices, ms. */
  observedMs(kind?: string): number
  candidate: FindingLog
  live?: FindingLog
}

/** Warm-up before the period that counts, so that baselines and trends are those of live operation. */
const warmUpMs = 365 * dayMs

/**
 * Replay stored history through rules in the order of event time; readings that arrived late are in their place. Only metrics
 * that the rules need are read. Memory: the rule state of each device, twice where the live rules are replayed as well, and a
 * slice of the history.
 * @throws NoHistoryError when nothing is stored of these devices in that period
 */
export async function backtest(options: BacktestOptions): Promise<BacktestResult> {
  const { history, devices, signal } = options
  const { begin, from, to } = await resolvePeriod(options)
  const fleet = new ReplayFleet({ ...options, replacements: await history.replacements(), begin, from })
  const { metrics } = fleet
  const scan = { from: begin, to, devices: devices.map(({ id }) => id), ...(metrics && { metrics }) }
  const schedule = new ReplaySchedule(fleet, { begin, from, learns: fleet.learns })
  const progress = createProgress(fleet, { ...options, begin, to })
  for await (const slice of history.columns(scan)) {
    signal?.throwIfAborted()
    fleet.load(slice.columns)
    await schedule.advanceTo(slice.to, progress)
  }
  if (fleet.readings === 0)
    throw new NoHistoryError(`nothing is stored of these devices ${formatPeriod(from, to)}`)
  await schedule.advanceTo(to, progress)
  fleet.load([])
  const { readings, candidate, live } = fleet
  return {
    from,
    to,
    readings,
    observedMs: (kind) => fleet.observedMs(kind),
    candidate: candidate.findingLog,
    ...(live ? { live: live.findingLog } : {}),
  }
}

function createProgress(
  fleet: ReplayFleet,
  {
    begin,
    to,
    signal,
    onProgress,
  }: Pick<BacktestOptions, 'signal' | 'onProgress'> & { begin: number; to: number },
): OnAdvance {
  return (share, stretch) => {
    signal?.throwIfAborted()
    const at = stretch.from + share * (stretch.to - stretch.from)
    onProgress?.({ done: (at - begin) / (to - begin), at, readings: fleet.readings })
  }
}

async function resolvePeriod({ history, ...wanted }: BacktestOptions) {
  const extent = await history.extent()
  if (extent === undefined) throw new NoHistoryError('no readings are stored')
  const from = Math.max(wanted.from ?? extent.first, extent.first)
  const to = Math.min(wanted.to ?? Number.POSITIVE_INFINITY, extent.last + 1)
  if (from >= to) {
    const requested = formatPeriod(wanted.from ?? extent.first, wanted.to ?? extent.last)
    throw new NoHistoryError(
      `nothing is stored ${requested}; there are readings ${formatPeriod(extent.first, extent.last)}`,
    )
  }
  return { begin: Math.max(extent.first, from - warmUpMs), from, to }
}

function formatPeriod(from: number, to: number): string {
  return `from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`
}
