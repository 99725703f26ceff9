import { dayMs } from '../../lib/time.ts'
import type { Kinds } from '../../rules/files/kinds.ts'
import { FindingLog } from './finding-log.ts'
import type { Fleet } from './replay/fleet.ts'
import { ReplayFleet } from './replay/replay-fleet.ts'
import { type OnAdvance, ReplaySchedule } from './replay/replay-schedule.ts'
import { type ReplayThreads, ThreadedFleet } from './replay/threaded-fleet.ts'
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
  /** Threads to replay in; absent: this one. A history that is not worth their start is replayed in this one all the same. */
  threads?: ReplayThreads | undefined
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

/** Some seconds of work for one thread; to start one takes half a second. */
const minReadingsForThreads = 3_000_000

/** Warm-up before the period that counts, so that baselines and trends are those of live operation. */
const warmUpMs = 365 * dayMs

/**
 * Replay stored history through rules in the order of event time; readings that arrived late are in their place. Only metrics
 * that the rules need are read. Memory: the rule state of each device, twice where the live rules are replayed as well, and a
 * slice of the history.
 * @throws NoHistoryError when nothing is stored of these devices in that period
 * @throws BacktestThreadError when a thread of the replay has ended
 */
export async function backtest(options: BacktestOptions): Promise<BacktestResult> {
  const { signal } = options
  const period = await resolvePeriod(options)
  const fleet = await openFleet(options, period)
  try {
    return await replayHistory(fleet, options, period)
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    await fleet.close()
  }
}

/** Start and end of the replay, and start of the period that counts, ms. */
type Period = Awaited<ReturnType<typeof resolvePeriod>>

async function openFleet(options: BacktestOptions, { begin, from, to }: Period): Promise<Fleet> {
  const { history, threads, signal } = options
  const replay = { ...options, replacements: await history.replacements(), begin, from }
  const fleet = new ReplayFleet(replay)
  if (threads === undefined) return fleet
  // Devices that learn from each other wait for each other each day: more threads take more time than they save.
  const count = fleet.learns ? 1 : threads.count
  const isWorthIt = count > 1 && expectedReadings(options, to - begin) >= minReadingsForThreads
  return isWorthIt || threads.always ? ThreadedFleet.open(replay, { ...threads, count }, signal) : fleet
}

/** Return about how many readings the devices have sent in some time, ms. */
function expectedReadings({ devices, kinds }: BacktestOptions, ms: number): number {
  return devices.reduce((sum, { kind }) => sum + ms / (kinds.get(kind)?.expectedIntervalMs ?? ms), 0)
}

async function replayHistory(
  fleet: Fleet,
  options: BacktestOptions,
  { begin, from, to }: Period,
): Promise<BacktestResult> {
  const { history, devices, signal } = options
  const { metrics } = fleet
  const scan = { from: begin, to, devices: devices.map(({ id }) => id), ...(metrics && { metrics }) }
  const schedule = new ReplaySchedule(fleet, { begin, from })
  const progress = createProgress(fleet, { ...options, begin, to })
  for await (const slice of history.columns(scan)) {
    signal?.throwIfAborted()
    await fleet.load(slice.columns)
    await schedule.advanceTo(slice.to, progress)
  }
  await schedule.advanceTo(to, progress)
  const { readings, observedMs, candidate, live } = await fleet.findings()
  if (readings === 0) throw new NoHistoryError(`nothing is stored of these devices ${formatPeriod(from, to)}`)
  return {
    from,
    to,
    readings,
    observedMs: (kind) =>
      observedMs.reduce((sum, [one, ms]) => (kind === undefined || kind === one ? sum + ms : sum), 0),
    candidate: FindingLog.of(candidate, from),
    ...(live && { live: FindingLog.of(live, from) }),
  }
}

function createProgress(
  fleet: Fleet,
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
