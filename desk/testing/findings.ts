import type { Finding } from '../../contract/finding.ts'
import { dayMs } from '../../lib/time.ts'

/** Default event time of findings. */
export const findingAt = Date.UTC(2026, 2, 1)

/** Return a finding of the rule for a robot vacuum's battery, with these changes. */
export function makeFinding(change: Partial<Finding> = {}): Finding {
  return {
    id: 'f-1',
    device: 'rv-1',
    component: 'battery',
    epoch: 0,
    rule: 'robot_vacuum.battery_worn',
    version: '1',
    state: 'raised',
    severity: 'minor',
    at: findingAt,
    evidence: {
      detector: 'forecast',
      metric: 'battery_health_pct',
      unit: '%',
      value: 83.4,
      limit: 80,
      crossing: { p10: findingAt + 14 * dayMs, p50: findingAt + 21 * dayMs, p90: findingAt + 34 * dayMs },
      points: [[findingAt, 83.4]],
    },
    notice: 'battery_replacement',
    ticket: { sla: 'level3', part: 'battery', skill: 'power' },
    ...change,
  }
}
