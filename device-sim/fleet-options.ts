export interface FleetOptions {
  url: string
  /** Of the topics, as `pm/v1`. */
  prefix: string
  devices: number
  /** How many simulated days lie between the start and `until`. */
  days: number
  seed: number
  now: () => number
  /** Where catching up ends, ms; never later than now, which is the default. */
  until?: number
  /** Goes on in real time after catching up, until the signal aborts. */
  live?: boolean
  /** In live mode: how often each device repeats what it knows at rest. Default 10 s. */
  heartbeatMs?: number
  /** Where the truth is written before the first reading is sent. */
  truthFile?: string
  /** Keeps how far each device is; with it, a fleet started again goes on, from the start it first had. */
  stateFile?: string
  log(line: string): void
  onProgress?(progress: FleetProgress): void
  /** Awaited when everything is sent and acknowledged; the phones listen until it resolves. Not in live mode. */
  waitUntilDrained?(): Promise<void>
  signal: AbortSignal
}

export interface FleetProgress {
  phase: 'connecting' | 'catching up' | 'live' | 'draining'
  /** How far simulated time has come, ms. */
  simulated: number
  /** Of the way from the start to `until`, 0–1. */
  fraction: number
  readings: number
  acked: number
}

/** Counts of this run. */
export interface FleetReport {
  devices: number
  from: number
  /** How far simulated time has come. */
  simulated: number
  /** Messages of the script and heartbeats; receipts and announcements are not among them. */
  published: number
  acked: number
  /** Readings in them, repeated ones counted as often as sent. */
  readings: number
  events: number
  reconnects: number
  noticesReceived: number
  /** Deliveries of a notice beyond its first. */
  duplicateNotices: number
  malformedNotices: number
  receiptsSent: number
  /** Notice id → how often its phone got it. */
  deliveries: Record<string, number>
}
