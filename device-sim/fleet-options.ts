import type { FleetConditions } from './conditions/fleet-conditions.ts'

export interface FleetOptions {
  url: string
  /** Topic prefix, such as `pm/v1`. */
  prefix: string
  devices: number
  /** Simulated days between the start and `until`. */
  days: number
  seed: number
  /** Default: `usualConditions`. */
  conditions?: FleetConditions
  now: () => number
  /** End of catching up, ms; at most now, which is the default. */
  until?: number
  /** Continue in real time after catching up, until the signal aborts. */
  live?: boolean
  /** In live mode: interval at which each device repeats its idle values, ms. Default 10 s. */
  heartbeatMs?: number
  /** File for the ground truth, written before the first reading is sent. */
  truthFile?: string
  /** File that stores how far each device is; a fleet that is started again resumes from it, with its first start time. */
  stateFile?: string
  log(line: string): void
  onProgress?(progress: FleetProgress): void
  /**
   * Awaited every six hours of simulated time while the fleet catches up, and at the end: everything until `at` is acknowledged, and what
   * follows is sent until `next`, ms. Without it the fleet catches up day by day.
   */
  passTime?(at: number, next: number): Promise<void>
  /** Awaited when everything is sent and acknowledged; the phones stay subscribed until it resolves. Not in live mode. */
  waitUntilDrained?(): Promise<void>
  signal: AbortSignal
}

export interface FleetProgress {
  phase: 'connecting' | 'catching up' | 'live' | 'draining'
  /** Simulated time reached, ms. */
  simulatedUntil: number
  /** Share of the time from the start to `until`, 0–1. */
  fraction: number
  readings: number
  acked: number
}

/** Counts of one run. */
export interface FleetReport {
  devices: number
  from: number
  /** Simulated time reached, ms. */
  simulatedUntil: number
  /** Messages of devices, with heartbeats but without receipts and announcements. */
  published: number
  acked: number
  /** Readings in these messages; repeated ones are counted each time. */
  readings: number
  events: number
  reconnects: number
  noticesReceived: number
  /** Deliveries of a notice after its first. */
  duplicateNotices: number
  malformedNotices: number
  receiptsSent: number
  /** Notice id → number of deliveries to its phone. */
  deliveries: Record<string, number>
}
