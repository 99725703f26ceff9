import type { SeriesColumn } from '../../../store/series/columns.ts'
import type { FindingLogContents } from '../finding-log.ts'
import type { ReplayBound } from './device-replay.ts'

/** What a replay has found. */
export interface FleetFindings {
  readings: number
  /** Observed time of all devices of a kind, ms. */
  observedMs: [kind: string, ms: number][]
  candidate: FindingLogContents
  /** Absent where the live rules are not replayed. */
  live?: FindingLogContents
}

/** Devices in a replay, in this thread or spread over several. */
export interface Fleet {
  /** Metrics to read; undefined for all. */
  readonly metrics: readonly string[] | undefined
  /** Whether the devices learn from each other: then they are replayed in step, day by day. */
  readonly learns: boolean
  /** Number of replayed readings, about. */
  readonly readings: number
  /** Give the values of the next slice of time. */
  load(columns: readonly SeriesColumn[]): Promise<void>
  /** Replay all devices up to a bound, or begin to. @param onTurn gets the share that is done */
  advance(bound: ReplayBound, onTurn: (share: number) => void): Promise<void>
  /** Start counting: of the warm-up, only active alarms and tickets are kept. */
  endWarmUp(): Promise<void>
  /** Build the fleet models that hold from now on. @returns whether the devices contributed anything @param at ms */
  learn(at: number): Promise<boolean>
  /** Return what was found. */
  findings(): Promise<FleetFindings>
  /** Free what it has taken. */
  close(): Promise<void>
}
