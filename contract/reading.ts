/** One measurement of one device at one moment. `ts` is milliseconds since 1970 UTC, by the device's clock. */
export interface Reading {
  device: string
  ts: number
  /** metric name → value in the unit that the device's kind names. */
  values: Record<string, number>
  /** Counts the device's starts; with `seq` it identifies a reading however often it is sent. */
  boot?: number
  seq?: number
  /** Uploaded from a backlog: it informs the rules, and pages nobody unless a rule asks for that. */
  hist?: boolean
}
