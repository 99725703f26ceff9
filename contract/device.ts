/** A device as it announces itself. */
export interface Device {
  id: string
  kind: string
  model?: string
  firmware?: string
  /** The user whose phone gets the notices. */
  owner?: string
  /** Where it stands, for devices that share a place: a laundry, a hotel. */
  site?: string
  /** Where in the world, for what depends on the season: `DE`, `CN-GD`. */
  region?: string
  /** Since when it is used, ms. */
  inUseSince?: number
}
