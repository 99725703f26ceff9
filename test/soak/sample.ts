import { join } from 'node:path'
import type { Installation } from '../load/installation.ts'
import type { LoadFleet } from '../load/load-fleet.ts'
import {
  diskUsageBytes,
  fetchProgramMetrics,
  type ProcessStats,
  type ProgramMetrics,
  readProcessStats,
} from '../load/process-metrics.ts'

/** The program at one moment of a soak. */
export interface Sample extends ProcessStats, ProgramMetrics {
  /** Seconds since the load began. */
  at: number
  seriesBytes: number
  recordsBytes: number
  acked: number
  /** Readings of the device that sent the fewest. */
  fewestReadings: number
  behindMs: number
}

/** @returns undefined when the program does not answer in time */
export async function takeSample(
  { program, dataDir }: Installation,
  load: LoadFleet,
  startedAt: number,
): Promise<Sample | undefined> {
  const at = (Date.now() - startedAt) / 1_000
  const [told, seen, seriesBytes, walBytes, recordsBytes] = await Promise.all([
    fetchProgramMetrics(program.httpUrl),
    readProcessStats(program.pid ?? 0),
    diskUsageBytes(join(dataDir, 'series.duckdb')),
    diskUsageBytes(join(dataDir, 'series.duckdb.wal')),
    diskUsageBytes(join(dataDir, 'records')),
  ])
  if (told === undefined || seen === undefined) return undefined
  const { acked, fewestReadings, ackDelayMs } = load.counts()
  return {
    at,
    ...seen,
    ...told,
    seriesBytes: seriesBytes + walBytes,
    recordsBytes,
    acked,
    fewestReadings,
    behindMs: ackDelayMs,
  }
}
