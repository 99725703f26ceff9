/** One measurement of one device at one moment. `ts` is milliseconds since 1970 UTC, by the device's clock. */
export interface Reading {
  device: string
  ts: number
  /** Metric name → value in the unit that the device's kind declares. */
  values: Record<string, number>
  /** Counter of the device's starts; (`boot`, `seq`) identifies a reading that is sent again. */
  boot?: number
  seq?: number
  /** Uploaded from a backlog: it updates the rules' state, but raises nothing unless the rule says `late: evaluate`. */
  hist?: boolean
  /** The device sent no time, so `ts` is the time of receipt by the server's clock. */
  tsFrom?: 'receipt'
}
