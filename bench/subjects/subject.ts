/** A server that takes the readings of the load. */
export interface Subject {
  /** Name of its row. */
  name: string
  /** What it does with a reading, in one line. */
  description: string
  /** Whether devices announce themselves to it. */
  takesAnnouncements: boolean
  /** @throws NotInstalledError */
  start(): Promise<RunningSubject>
}

export interface RunningSubject {
  /** Port that devices publish to. */
  port: number
  /** Start of the history of the devices, ms since 1970 UTC. */
  historyStart: number
  /** All server processes. */
  pids: readonly number[]
  /** Call when the load begins and when it ends: what is measured from call to call. */
  sample(): Promise<SubjectSample>
  /** Return how many readings have passed through everything that it does with them, since the start. */
  drained(): Promise<number>
  /** Ends it, and counts in its store the readings that are there since the start. */
  stop(): Promise<StoredCount>
}

interface SubjectSample {
  /** Event-loop delay of the server since the last sample, 99th percentile, ms. */
  eventLoopP99Ms?: number
  /** Longest event-loop delay since the last sample, ms. */
  eventLoopMaxMs?: number
  /** Findings since the start. */
  findings?: number
}

export interface StoredCount {
  readings: number
  /** Where they were counted. */
  where: string
}

/** A program that a subject needs is not installed. */
export class NotInstalledError extends Error {
  override readonly name = 'NotInstalledError'

  constructor(program: string) {
    super(`${program} is not installed`)
  }
}
