/** Limits of a payload, and of all clients together. */
export interface IngestLimits {
  payloadBytes: number
  /** Readings in one payload. */
  readingsPerPayload: number
  /** Depth of nested arrays and objects. */
  nestingDepth: number
  /** Oldest accepted event time, ms since 1970 UTC. */
  oldestTs: number
  /** How far a device's clock may be ahead of the server's, ms. */
  maxClockAheadMs: number
  /** Maximum number of registered devices. */
  devices: number
  /** Maximum number of devices that one client may register between two starts of the program. */
  devicesPerClient: number
  /** Rejected messages a second of one client that are acknowledged at once; each KiB counts as one. */
  rejectedPerSecond: number
}

export const defaultIngestLimits: IngestLimits = {
  payloadBytes: 512 * 1024,
  readingsPerPayload: 1_000,
  nestingDepth: 8,
  oldestTs: Date.UTC(2000, 0, 1),
  maxClockAheadMs: 10 * 60_000,
  devices: 200_000,
  devicesPerClient: 5_000,
  rejectedPerSecond: 1_000,
}
