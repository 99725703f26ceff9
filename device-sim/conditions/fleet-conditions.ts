/** Under which conditions a fleet is simulated. */
export interface FleetConditions {
  /**
   * `easy`: sensors as on a test bench, one failure mode for each part. `field`: coarse gauges that are read seldom, drift and
   * are recalibrated, weeks of silence, and a second, faster failure mode.
   */
  like: 'easy' | 'field'
  /** Whether devices lose their connection and their time, and send late and twice; `reliable`: they never do. */
  uplink: 'faulty' | 'reliable'
}

export const usualConditions: FleetConditions = { like: 'easy', uplink: 'faulty' }
