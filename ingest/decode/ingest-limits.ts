/** What a payload may be at most, and what is taken in all. */
export interface IngestLimits {
  payloadBytes: number
  /** Readings in one payload. */
  readingsPerPayload: number
  /** Arrays and objects inside one another. */
  nestingDepth: number
  /** Event times from here on are believed, ms since 1970 UTC. */
  oldestTs: number
  /** How far a device's clock may be ahead of ours. */
  maxClockAheadMs: number
  /** Devices that may be known. */
  devices: number
  /** Of these, the ones that a single client may make known between two starts. */
  devicesPerClient: number
  /** Refused messages a second of one client that are kept to look at; the others are counted. */
  quarantinedPerSecond: number
}

export const defaultIngestLimits: IngestLimits = {
  payloadBytes: 512 * 1024,
  readingsPerPayload: 1_000,
  nestingDepth: 8,
  oldestTs: Date.UTC(2000, 0, 1),
  maxClockAheadMs: 10 * 60_000,
  devices: 200_000,
  devicesPerClient: 5_000,
  quarantinedPerSecond: 10,
}
