import { setImmediate } from 'node:timers/promises'
import type { Reading } from '../../contract/reading.ts'
import { dayMs } from '../../lib/time.ts'
import { createEngine } from '../../rules/engine/create-engine.ts'
import type { Kinds } from '../../rules/files/kinds.ts'
import type { FindingLog } from './finding-log.ts'
import { ReplayFleet } from './replay-fleet.ts'
import { type HistoryDevice, NoHistoryError, type ReplayHistory } from './replay-history.ts'
import { ReplaySchedule } from './replay-schedule.ts'
import { RuleSetReplay } from './rule-set-replay.ts'
import type { RuleSets } from './rule-sets.ts'

const maxBufferedReadings = 50_000

/**
 * Readings between two scheduled events, replayed device by device: the state of a device then stays in the CPU cache for
 * all its readings, and short-lived objects die young.
 */
class PerDeviceBuffer {
  readonly #byDevice = new Map<string, Reading[]>()
  #count = 0

  add(reading: Reading): void {
    const readings = this.#byDevice.get(reading.device)
    if (readings) readings.push(reading)
    else this.#byDevice.set(reading.device, [reading])
    this.#count += 1
  }

  /** Whether the limit of buffered readings is reached. */
  get isFull(): boolean {
    return this.#count >= maxBufferedReadings
  }

  /** Yield the buffered readings and empty the buffer. */
  *drain(): Iterable<Reading> {
    for (const readings of this.#byDevice.values()) yield* readings
    this.#byDevice.clear()
    this.#count = 0
  }
}

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
 * Replay stored history through rules in the order of event time; readings that arrived late are in their place. Memory:
 * the rule state of each device, twice where the live rules are replayed as well.
 * @throws NoHistoryError when nothing is stored of these devices in that period
 */
export async function backtest(options: BacktestOptions): Promise<BacktestResult> {
  const { history, devices, kinds, rules, compareWithLive, signal, onProgress } = options
  const { begin, from, to } = await resolvePeriod(options)
  const candidate = new RuleSetReplay(createEngine({ kinds, rules: rules.candidate }))
  const live = compareWithLive ? new RuleSetReplay(createEngine({ kinds, rules: rules.live })) : undefined
  const replays = live ? [candidate, live] : [candidate]
  const fleet = new ReplayFleet({ devices, kinds, replays })
  const replacements = await history.replacements()
  const schedule = new ReplaySchedule({ fleet, replays, replacements, begin, from })
  const buffer = new PerDeviceBuffer()
  let readings = 0
  const flushBuffer = () => {
    for (const reading of buffer.drain()) if (fleet.addReading(reading, schedule.isAfterWarmUp)) readings += 1
  }
  for await (const batch of history.readings({ from: begin, to, devices: devices.map(({ id }) => id) })) {
    signal?.throwIfAborted()
    for (const reading of batch) {
      if (reading.ts >= schedule.nextEventAt || buffer.isFull) flushBuffer()
      schedule.advanceTo(reading.ts)
      buffer.add(reading)
    }
    const at = batch.at(-1)?.ts ?? begin
    onProgress?.({ done: (at - begin) / (to - begin), at, readings })
    // Let other work run even where the history needs no waiting.
    await setImmediate()
  }
  flushBuffer()
  if (readings === 0) throw new NoHistoryError(`nothing is stored of these devices ${formatPeriod(from, to)}`)
  schedule.advanceTo(to)
  return {
    from,
    to,
    readings,
    observedMs: (kind) => fleet.observedMs(kind),
    candidate: candidate.findingLog,
    ...(live ? { live: live.findingLog } : {}),
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
