import type { Sample } from './sample.ts'
import { rollingMinimum, type TimeSeries, theilSenTrend } from './trend.ts'

/** How something went after the warm-up. */
export interface GrowthResult {
  median: number
  growth: number
  /** Of the median. */
  growthPercent: number
  grows: boolean
}

export interface SoakVerdict {
  verdict: 'steady' | 'grows'
  /** Whether everything that is bounded had reached its bound when the evaluation began; if not, run longer. */
  isWarm: boolean
  /** What grew more than it may. */
  grows: string[]
  findings: Record<string, GrowthResult>
}

interface TrackedMetric {
  of(sample: Sample): number
  /** A growth below this is none, however small the median. */
  minGrowth: number
  floorSeconds?: number
}

const maxGrowthPercent = 3
const maxIdleCpuGrowthPercent = 2
export const heapFloorSeconds = 180
const MiB = 2 ** 20

/** What has to stay as it is while the load stays the same. A share of the load may be under way at any moment. */
function trackedMetrics(rate: number): Record<string, TrackedMetric> {
  return {
    memory: { of: ({ anonBytes }) => anonBytes, minGrowth: 0 },
    heapFloor: {
      of: ({ heapUsedBytes }) => heapUsedBytes,
      minGrowth: 2 * MiB,
      floorSeconds: heapFloorSeconds,
    },
    external: { of: ({ externalBytes }) => externalBytes, minGrowth: 4 * MiB },
    handles: { of: ({ handles }) => handles, minGrowth: 3 },
    threads: { of: ({ threads }) => threads, minGrowth: 1 },
    lag: { of: ({ lag }) => Math.max(0, ...Object.values(lag)), minGrowth: rate },
    openJobs: { of: ({ jobs }) => jobs.open, minGrowth: 20 },
    failedJobs: { of: ({ jobs }) => jobs.failed, minGrowth: 0 },
    unacknowledgedMs: { of: ({ behindMs }) => behindMs, minGrowth: 1_000 },
    journal: { of: ({ journalBytes }) => journalBytes, minGrowth: 4 * MiB },
  }
}

/** The share of a soak after which everything should be as it stays: caches are full, each file has its size. */
const warmUpShare = 1 / 3
/** What is left for the evaluation at least. */
const maxWarmUpShare = 2 / 3

/** What fills up in the program, however long that takes. */
export interface SoakBounds {
  /** Entries of each stream that the journal retains. */
  journalEntries: number
  /** Readings of each device that the deduplicator remembers. */
  readingsPerDevice: number
}

/** Of the readings of a device some are quarantined, which the deduplicator does not remember. */
const fillMargin = 1.1

function isFilled({ journalEntries, fewestReadings }: Sample, bounds: SoakBounds): boolean {
  const streams = Object.values(journalEntries)
  return (
    streams.length > 0 &&
    streams.every((entries) => entries >= bounds.journalEntries) &&
    fewestReadings >= fillMargin * bounds.readingsPerDevice
  )
}

/**
 * Return when the warm-up is over, seconds: after a third of the time, and when each stream of the journal retains, and the
 * deduplicator remembers of each device, as much as they ever will.
 */
export function warmUpEnd(samples: readonly Sample[], bounds: SoakBounds): number {
  const last = samples.at(-1)?.at ?? 0
  const filled = samples.find((sample) => isFilled(sample, bounds))?.at ?? Number.POSITIVE_INFINITY
  return Math.min(maxWarmUpShare * last, Math.max(warmUpShare * last, filled))
}

export interface SoakConditions {
  /** Of the load, readings a second. */
  rate: number
  bounds: SoakBounds
  idleCpuPercent: { before: number; after: number }
}

/** Evaluate the samples after the warm-up. */
export function evaluateSoak(
  samples: readonly Sample[],
  { rate, bounds, idleCpuPercent: idle }: SoakConditions,
): SoakVerdict {
  const from = warmUpEnd(samples, bounds)
  const isWarm = samples.some((sample) => sample.at <= from && isFilled(sample, bounds))
  const findings = Object.fromEntries(
    Object.entries(trackedMetrics(rate)).map(([name, { of, minGrowth, floorSeconds }]) => {
      const whole: TimeSeries = samples.map((sample) => [sample.at, of(sample)])
      const course = floorSeconds === undefined ? whole : rollingMinimum(whole, floorSeconds)
      return [
        name,
        evaluateGrowth(
          course.filter(([at]) => at >= from),
          minGrowth,
        ),
      ]
    }),
  )
  const busier = idle.after - idle.before
  findings.idleCpu = {
    median: idle.before,
    growth: busier,
    growthPercent: (100 * busier) / Math.max(idle.before, 1),
    grows: busier > maxIdleCpuGrowthPercent,
  }
  const grows = Object.entries(findings).flatMap(([name, finding]) => (finding.grows ? [name] : []))
  return { verdict: grows.length > 0 ? 'grows' : 'steady', isWarm, grows, findings }
}

function evaluateGrowth(course: TimeSeries, least: number): GrowthResult {
  const { median, growth } = theilSenTrend(course)
  const growthPercent = median === 0 ? 0 : (100 * growth) / median
  return { median, growth, growthPercent, grows: growth > Math.max(least, (maxGrowthPercent / 100) * median) }
}
