import type { Sample } from './sample.ts'
import { type Course, floorOf, trendOf } from './trend.ts'

/** How something went after the warm-up. */
export interface Finding {
  median: number
  growth: number
  /** Of the median. */
  growthPercent: number
  grows: boolean
}

export interface Verdict {
  verdict: 'steady' | 'grows'
  /** What grew more than it may. */
  grows: string[]
  findings: Record<string, Finding>
}

interface Measure {
  of(sample: Sample): number
  /** A growth below this is none, however small the median. */
  least: number
  floorSeconds?: number
}

const mostPercent = 5
export const heapFloorSeconds = 180
const MiB = 2 ** 20

/** What has to stay as it is while the load stays the same. A share of the load may be under way at any moment. */
function measures(rate: number): Record<string, Measure> {
  return {
    memory: { of: ({ anonBytes }) => anonBytes, least: 0 },
    heapFloor: { of: ({ heapUsedBytes }) => heapUsedBytes, least: 2 * MiB, floorSeconds: heapFloorSeconds },
    external: { of: ({ externalBytes }) => externalBytes, least: 4 * MiB },
    handles: { of: ({ handles }) => handles, least: 3 },
    threads: { of: ({ threads }) => threads, least: 1 },
    lag: { of: ({ lag }) => Math.max(0, ...Object.values(lag)), least: rate },
    openJobs: { of: ({ jobs }) => jobs.open, least: 20 },
    failedJobs: { of: ({ jobs }) => jobs.failed, least: 0 },
    unacknowledgedMs: { of: ({ behindMs }) => behindMs, least: 1_000 },
    journal: { of: ({ journalBytes }) => journalBytes, least: 4 * MiB },
  }
}

/** The share of a soak after which everything should be as it stays: caches are full, each file has its size. */
const warmUpShare = 1 / 3

export function warmUpEnd(samples: readonly Sample[]): number {
  return (samples.at(-1)?.at ?? 0) * warmUpShare
}

/** Judges what came after the warm-up. @param rate of the load, readings a second */
export function judge(samples: readonly Sample[], rate: number): Verdict {
  const from = warmUpEnd(samples)
  const findings = Object.fromEntries(
    Object.entries(measures(rate)).map(([name, { of, least, floorSeconds }]) => {
      const whole: Course = samples.map((sample) => [sample.at, of(sample)])
      const course = floorSeconds === undefined ? whole : floorOf(whole, floorSeconds)
      return [
        name,
        found(
          course.filter(([at]) => at >= from),
          least,
        ),
      ]
    }),
  )
  const grows = Object.entries(findings).flatMap(([name, finding]) => (finding.grows ? [name] : []))
  return { verdict: grows.length > 0 ? 'grows' : 'steady', grows, findings }
}

function found(course: Course, least: number): Finding {
  const { median, growth } = trendOf(course)
  const growthPercent = median === 0 ? 0 : (100 * growth) / median
  return { median, growth, growthPercent, grows: growth > Math.max(least, (mostPercent / 100) * median) }
}
