/** A device as it announces itself. */
export interface Device {
  id: string
  kind: string
  model?: string
  firmware?: string
  /** User who receives the notices. */
  owner?: string
  /** Site, for devices that share one: a laundry, a hotel. */
  site?: string
  /** ISO 3166 code of the region, for seasonal rules: `DE`, `CN-GD`. */
  region?: string
  /** First use, ms since 1970 UTC. */
  inUseSince?: number
}
