import { expect, it } from 'vitest'
import { emptyFleetModel, type FleetModel, lifetimeKey } from '../../../contract/fleet-model.ts'
import { dayMs } from '../../../lib/time.ts'
import { hotBatteryRule, start, TestPhone } from '../../testing/rules.ts'

/** Other lifetimes that lost ten times as much each day, from 90 % on. */
const others: FleetModel = {
  ...emptyFleetModel,
  lifetimes: {
    [lifetimeKey('phone', 'battery', 'battery_health_pct')]: ['a', 'b', 'c'].map((partId) => ({
      partId,
      cohort: {},
      startedAt: start,
      points: Array.from({ length: 15 }, (_, at) => [start + at * dayMs, 90 - at] as const),
    })),
  },
}

it.each(['trend', 'forecast'])('%s: what the others did counts for forecast alone', (name) => {
  const detect = `{ ${name}: { metric: battery_health_pct, below: 80, within: 14d, window: 120d } }`
  const phone = new TestPhone(hotBatteryRule({ detect }))
  phone.fleetModel = others
  for (let at = 0; at < 60; at++) phone.read(at, { battery_health_pct: 90 - 0.1 * at })
  expect(phone.findings.some(({ state }) => state === 'raised')).toBe(name === 'forecast')
})
