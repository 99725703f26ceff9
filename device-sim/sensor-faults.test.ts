import { describe, expect, it } from 'vitest'
import { dayMs, hourMs } from '../lib/time.ts'
import type { ApplianceEvent } from './appliances/appliance.ts'
import { Random } from './random.ts'
import { injectSensorFaults, type SensorOutput } from './sensor-faults.ts'

const count = 40_000

function* hourly(): Generator<ApplianceEvent> {
  for (let hour = 0; hour < count; hour++) {
    yield { type: 'reading', ts: hour * hourMs, values: { filter_dp_pa: 100 + hour / 1000, runtime_h: hour } }
  }
  yield { type: 'part_replaced', ts: count * hourMs, component: 'filter' }
}

const outputs = [...injectSensorFaults(hourly(), new Random('test'))]
const readings = outputs.flatMap((one): Extract<SensorOutput, { type: 'reading' }>[] =>
  one.type === 'reading' ? [one] : [],
)
const withFault = (fault: string) =>
  readings.filter(({ readingFaults }) => readingFaults.some((one) => one === fault))

describe('the sensors of a device', () => {
  it('are right most of the time', () => {
    const sound = readings.filter(({ readingFaults }) => readingFaults.length === 0)
    expect(sound.length).toBeGreaterThan(0.9 * count)
    for (const { ts, values } of sound) expect(values.filter_dp_pa).toBe(100 + ts / hourMs / 1000)
    expect(outputs.at(-1)).toEqual({ type: 'part_replaced', ts: count * hourMs, component: 'filter' })
  })

  it('get stuck for some days at their last value', () => {
    const stuck = withFault('stuck')
    expect(stuck.length).toBeGreaterThan(0)
    for (const shown of new Set(stuck.map(({ values }) => values.filter_dp_pa))) {
      const times = stuck.filter(({ values }) => values.filter_dp_pa === shown).map(({ ts }) => ts)
      expect(Math.max(...times) - Math.min(...times)).toBeLessThan(9 * dayMs)
    }
  })

  it('show an end of their range, or a single outlier, and never leave their range', () => {
    for (const { values } of withFault('saturated')) expect([0, 3000]).toContain(values.filter_dp_pa)
    expect(withFault('saturated').length).toBeGreaterThan(0)
    expect(withFault('spike').length).toBeGreaterThan(10)
    for (const { values } of readings) {
      expect(values.filter_dp_pa).toBeGreaterThanOrEqual(0)
      expect(values.filter_dp_pa).toBeLessThanOrEqual(3000)
    }
  })

  it('leave counted values unchanged', () => {
    for (const { ts, values } of readings) expect(values.runtime_h).toBe(ts / hourMs)
  })
})
