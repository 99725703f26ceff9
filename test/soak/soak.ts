import { dedupeLimitsFor } from '../../ingest/dedupe/deduplicator.ts'
import { abortableSleep } from '../../lib/abortable-sleep.ts'
import { minuteMs } from '../../lib/time.ts'
import { Installation } from '../load/installation.ts'
import { LoadFleet } from '../load/load-fleet.ts'
import { fetchProgramMetrics, readProcessStats } from '../load/process-metrics.ts'
import { type Sample, takeSample } from './sample.ts'
import type { SoakBounds } from './verdict.ts'

export interface SoakOptions {
  minutes: number
  /** Readings a second. */
  rate: number
  devices: number
  parts: 'embedded' | 'production'
  sampleIntervalMs: number
  onSample(sample: Sample): void
  signal: AbortSignal
}

export interface SoakResult {
  samples: Sample[]
  /** Without load, percent of a core: before it, and after it with all devices still connected. */
  idleCpuPercent: { before: number; after: number }
  /** Times that the program did not answer in time. */
  unanswered: number
  /** What the program said last, where it ended before it was told to. */
  ended?: string
}

const dropIntervalMs = 2_000
/** Simulated devices upload backlogs of some dozens. */
const readingsPerMessage = 300
/** Small, so that the slowest device, with a reading a day, and the rarest entries, findings, reach them in the warm-up. */
export const soakBounds: SoakBounds = {
  journalEntries: 1_000,
  readingsPerDevice: dedupeLimitsFor(readingsPerMessage).readingsPerDevice,
}

/** How long the CPU of the idle program is measured, of the whole, and at most: some sweeps and ticks of the rules, ms. */
const idleShare = 1 / 20
const maxIdleMs = 150_000
/** How long the work that the load has left may take, ms. */
const maxSettleMs = 2 * minuteMs
const settlePollMs = 2_000
/** Settings of the C library, as in the container image. */
export const allocatorSettings = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
}
/**
 * Little room for garbage and for pages of files, so that both are full within the warm-up: given more, they fill for
 * hours, and that looks like a leak, or hides one.
 */
const smallCaches = {
  NODE_OPTIONS: '--max-old-space-size=128',
  ...allocatorSettings,
  FOREWARN_SERIES_MEMORY: '32MiB',
  FOREWARN_JOURNAL_KEEP_ENTRIES: `${soakBounds.journalEntries}`,
  FOREWARN_INGEST_MAX_READINGS_PER_MESSAGE: `${readingsPerMessage}`,
}

/**
 * Runs the built program under a load that stays the same, and looks at it from time to time. Where it is aborted, or
 * the program ends, it resolves with the samples so far.
 */
export async function runSoakLoad(options: SoakOptions): Promise<SoakResult> {
  const installation = await Installation.start({ profile: options.parts, env: smallCaches })
  try {
    return await runUnderLoad(installation, options)
  } finally {
    await installation.stop()
  }
}

async function runUnderLoad(installation: Installation, options: SoakOptions): Promise<SoakResult> {
  const { minutes, rate, devices } = options
  const longestMs = minutes * minuteMs
  const url = installation.mqttUrl
  const load = new LoadFleet({
    url,
    rate,
    devices,
    timestampMode: 'years',
    maxDurationMs: longestMs,
    dropIntervalMs,
  })
  const idleMs = Math.min(maxIdleMs, longestMs * idleShare)
  try {
    const before = await measureCpuPercent(installation, idleMs, options.signal)
    await load.start()
    const collected = await collectSamples({ installation, load }, options)
    if (collected.ended === undefined) {
      await load.finish()
      await waitUntilIdle(installation, options.signal)
    }
    const after = await measureCpuPercent(installation, idleMs, options.signal)
    return { ...collected, idleCpuPercent: { before, after } }
  } finally {
    await load.close()
  }
}

/** Waits until the program has done what the load left, or for so long that it counts as busy by itself. */
async function waitUntilIdle({ program }: Installation, signal: AbortSignal): Promise<void> {
  const until = performance.now() + maxSettleMs
  while (performance.now() < until && !signal.aborted) {
    await abortableSleep(settlePollMs, signal)
    const metrics = await fetchProgramMetrics(program.httpUrl)
    if (metrics?.jobs.open === 0 && Object.values(metrics.lag).every((lag) => lag === 0)) return
  }
}

/** @returns NaN where the program ends */
async function measureCpuPercent(
  { program }: Installation,
  ms: number,
  signal: AbortSignal,
): Promise<number> {
  const startedAt = performance.now()
  const from = await readProcessStats(program.pid ?? 0)
  await abortableSleep(ms, signal)
  const to = await readProcessStats(program.pid ?? 0)
  const seconds = (performance.now() - startedAt) / 1_000
  return (100 * ((to?.cpuSeconds ?? Number.NaN) - (from?.cpuSeconds ?? Number.NaN))) / seconds
}

async function collectSamples(
  { installation, load }: { installation: Installation; load: LoadFleet },
  { minutes, sampleIntervalMs, onSample, signal }: SoakOptions,
): Promise<Omit<SoakResult, 'idleCpuPercent'>> {
  const { program } = installation
  const samples: Sample[] = []
  const startedAt = Date.now()
  const end = startedAt + minutes * minuteMs
  let unanswered = 0
  for (let next = startedAt; next <= end; next += sampleIntervalMs) {
    await abortableSleep(next - Date.now(), signal)
    const sample = await takeSample(installation, load, startedAt)
    if (signal.aborted) break
    if (program.unexpectedExits > 0) return { samples, unanswered, ended: program.stderrTail }
    if (sample === undefined) unanswered += 1
    else {
      samples.push(sample)
      onSample(sample)
    }
  }
  return { samples, unanswered }
}
