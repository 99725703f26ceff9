import { z } from 'zod'
import type { Installation } from '../load/installation.ts'
import type { LoadCounts, LoadFleet } from '../load/load-fleet.ts'
import {
  fetchProgramMetrics,
  type ProcessStats,
  type ProgramMetrics,
  readProcessStats,
} from '../load/process-metrics.ts'

/** Everything at one moment of an outage. */
export interface OutageSample {
  /** ms since 1970. */
  at: number
  load: LoadCounts
  /** Absent while the program does not answer. */
  metrics?: ProgramMetrics
  processStats?: ProcessStats
  /** What /readyz names, without what is fine. */
  failedChecks: string[]
}

const readiness = z.object({
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
})
const requestTimeoutMs = 5_000

export async function takeOutageSample({ program }: Installation, load: LoadFleet): Promise<OutageSample> {
  const at = Date.now()
  const counts = load.counts()
  const [told, seen, said] = await Promise.all([
    fetchProgramMetrics(program.httpUrl),
    readProcessStats(program.pid ?? 0),
    fetchFailedChecks(program.httpUrl),
  ])
  return {
    at,
    load: counts,
    failedChecks: said,
    ...(told && { metrics: told }),
    ...(seen && { processStats: seen }),
  }
}

async function fetchFailedChecks(httpUrl: string): Promise<string[]> {
  try {
    const answer = await fetch(`${httpUrl}/readyz`, { signal: AbortSignal.timeout(requestTimeoutMs) })
    const { checks } = readiness.parse(await answer.json())
    // Numbers change from one moment to the next; what is wrong does not.
    return checks
      .filter(({ ok }) => !ok)
      .map(({ name, detail }) => `${name}: ${detail}`.replaceAll(/\d[\d,.]*/g, '…'))
  } catch (error) {
    return [`/readyz does not answer (${error instanceof Error ? error.name : String(error)})`]
  }
}

/** Entries that each consumer is behind, at most; unknown while the program does not respond. */
export function maxLag({ metrics }: OutageSample): number {
  return metrics === undefined ? Number.POSITIVE_INFINITY : Math.max(0, ...Object.values(metrics.lag))
}
