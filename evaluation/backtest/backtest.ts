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
 * Readings of a time in which nothing else happens, to be told device after device: what is remembered of a device then
 * is at hand for all its readings, and what they leave behind is garbage before it is old.
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

  /** Whether no more should be added, for the sake of memory. */
  get isFull(): boolean {
    return this.#count >= maxBufferedReadings
  }

  /** Gives what was added, and begins anew. */
  *drain(): Iterable<Reading> {
    for (const readings of this.#byDevice.values()) yield* readings
    this.#byDevice.clear()
    this.#count = 0
  }
}

export interface BacktestProgress {
  /** 0 … 1 of the time that is replayed. */
  done: number
  /** Event time. */
  at: number
  readings: number
}

export interface BacktestOptions {
  history: ReplayHistory
  devices: readonly HistoryDevice[]
  kinds: Kinds
  rules: RuleSets
  /** Whether the live rules run beside. */
  compareWithLive: boolean
  /** What counts, ms, the end excluded; all that is stored where it is left out. */
  from?: number | undefined
  to?: number | undefined
  signal?: AbortSignal | undefined
  onProgress?(progress: BacktestProgress): void
}

/** How a replay went, and what was found in it. */
export interface BacktestResult {
  /** From when to when it counts, ms, the end excluded. */
  from: number
  to: number
  readings: number
  /** For how long the devices of a kind (of all without one) were heard, together, ms. */
  observedMs(kind?: string): number
  candidate: FindingLog
  live?: FindingLog
}

/** Rules see what was before they count, so that they know baselines and trends as the live ones do. */
const warmUpMs = 365 * dayMs

/**
 * Shows stored history to rules, in order of event time, as if it happened now. Readings that once arrived late are in
 * their place. Memory: what the rules remember of each device, twice where the live rules run beside.
 * @throws NoHistoryError when nothing is stored of the devices in that span
 */
export async function backtest(options: BacktestOptions): Promise<BacktestResult> {
  const { history, devices, kinds, rules, compareWithLive: againstLive, signal, onProgress } = options
  const { begin, from, to } = await resolvePeriod(options)
  const candidate = new RuleSetReplay(createEngine({ kinds, rules: rules.candidate }))
  const live = againstLive ? new RuleSetReplay(createEngine({ kinds, rules: rules.live })) : undefined
  const sides = live ? [candidate, live] : [candidate]
  const fleet = new ReplayFleet({ devices, kinds, replays: sides })
  const replacements = await history.replacements()
  const passage = new ReplaySchedule({ fleet, replays: sides, replacements, begin, from })
  const stretch = new PerDeviceBuffer()
  let readings = 0
  const flushBuffer = () => {
    for (const reading of stretch.drain()) if (fleet.addReading(reading, passage.isAfterWarmUp)) readings += 1
  }
  for await (const batch of history.readings({ from: begin, to, devices: devices.map(({ id }) => id) })) {
    signal?.throwIfAborted()
    for (const reading of batch) {
      if (reading.ts >= passage.nextEventAt || stretch.isFull) flushBuffer()
      passage.advanceTo(reading.ts)
      stretch.add(reading)
    }
    const at = batch.at(-1)?.ts ?? begin
    onProgress?.({ done: (at - begin) / (to - begin), at, readings })
    // Somebody else may have something to do, even where history is at hand at once.
    await setImmediate()
  }
  flushBuffer()
  if (readings === 0) throw new NoHistoryError(`nothing is stored of these devices ${formatPeriod(from, to)}`)
  passage.advanceTo(to)
  const heardMs = (kind?: string) => fleet.heardMs(kind)
  return {
    from,
    to,
    readings,
    observedMs: heardMs,
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
    const asked = formatPeriod(wanted.from ?? extent.first, wanted.to ?? extent.last)
    throw new NoHistoryError(
      `nothing is stored ${asked}; there are readings ${formatPeriod(extent.first, extent.last)}`,
    )
  }
  return { begin: Math.max(extent.first, from - warmUpMs), from, to }
}

function formatPeriod(from: number, to: number): string {
  return `from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`
}
