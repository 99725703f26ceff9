/** A device as it announces itself, and as operators have changed it. */
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
  /** Absent while the device is in use. */
  retired?: Retirement
  /** Earlier ids of a device that was renamed, oldest first. Its journal partition is that of the first. */
  formerIds?: readonly string[]
}

/** A device that is not in use any more: no alarms, no reminders, no part in statistics. */
interface Retirement {
  /** ms since 1970 UTC. */
  at: number
  /**
   * `device`: its retained announcement was removed; the next announcement brings it back. `operator`: only an operator
   * brings it back, because a device that was sold or scrapped may still be switched on.
   */
  by: 'device' | 'operator'
  reason?: string
  /** Its new id. The device goes on under that id; this one is kept so that it can be looked up. */
  renamedTo?: string
}

/** Optional fields that can be removed from a device. */
export const clearableFields = ['model', 'firmware', 'owner', 'site', 'region', 'inUseSince'] as const

export type ClearableField = (typeof clearableFields)[number]
