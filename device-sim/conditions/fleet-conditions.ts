/** Under which conditions a fleet is simulated. */
export interface FleetConditions {
  /** Whether devices lose their connection and their time, and send late and twice; `reliable`: they never do. */
  uplink: 'faulty' | 'reliable'
}

export const usualConditions: FleetConditions = { uplink: 'faulty' }
