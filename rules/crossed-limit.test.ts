import { describe, expect, it } from 'vitest'
import { dayMs, hourMs } from '../lib/time.ts'
import { createEngine } from './engine/create-engine.ts'
import type { DeviceState } from './engine/engine.ts'
import { loadRules } from './files/load-rules.ts'
import { catalogFolder, shippedKinds, shippedReferences, start } from './testing/rules.ts'

const rules = await loadRules([catalogFolder], shippedReferences)

type Values = Readonly<Record<string, number>>

/** Shipped rules with a limit: values of a healthy part, and of one beyond the limit. */
const parts: [rule: string, healthy: Values, worn: Values][] = [
  ['phone.battery_worn', { battery_health_pct: 90 }, { battery_health_pct: 70 }],
  [
    'phone.battery_worn',
    { charge_counter_mah: 3600, design_capacity_mah: 4000 },
    { charge_counter_mah: 2800, design_capacity_mah: 4000 },
  ],
  ['robot_vacuum.battery_worn', { battery_health_pct: 90 }, { battery_health_pct: 70 }],
  ['robot_vacuum.filter_clogged', { filter_dp_pa: 150 }, { filter_dp_pa: 700 }],
  ['robot_vacuum.brush_wrapped', { brush_current_a: 1 }, { brush_current_a: 2.9 }],
  [
    'robot_vacuum.brush_motor_slow',
    { main_brush_rpm: 1550, main_brush_load_pct: 35 },
    { main_brush_rpm: 1200, main_brush_load_pct: 35 },
  ],
  ['washing_machine.drum_vibration', { drum_vibration_g: 0.5 }, { drum_vibration_g: 2.6 }],
  ['washing_machine.drain_slow', { drain_time_s: 60 }, { drain_time_s: 170 }],
  [
    'washing_machine.drum_loud',
    { drum_vibration_g: 0.5, drum_rpm: 1200, drum_noise_db: 66 },
    { drum_vibration_g: 2.6, drum_rpm: 1200, drum_noise_db: 81 },
  ],
  [
    'air_conditioner.filter_clogged',
    { filter_dp_pa: 60, fan_rpm: 1200 },
    { filter_dp_pa: 280, fan_rpm: 1200 },
  ],
  [
    'air_conditioner.compressor_strained',
    { compressor_current_a: 4.7, outdoor_temp_c: 32 },
    { compressor_current_a: 6.4, outdoor_temp_c: 32 },
  ],
  [
    'refrigerator.door_seal_leaking',
    { compressor_duty_pct: 40, ambient_temp_c: 20, door_open_s: 0 },
    { compressor_duty_pct: 66, ambient_temp_c: 20, door_open_s: 0 },
  ],
  [
    'refrigerator.refrigerant_low',
    { compressor_current_a: 1, ambient_temp_c: 20 },
    { compressor_current_a: 0.8, ambient_temp_c: 20 },
  ],
  ['water_heater.anode_used_up', { anode_current_ma: 3 }, { anode_current_ma: 0.15 }],
  ['water_heater.element_weak', { heating_power_w: 2000 }, { heating_power_w: 1333 }],
  [
    'vehicle.battery_12v_weak',
    { battery_12v_cranking_v: 10.7, ambient_temp_c: 20 },
    { battery_12v_cranking_v: 9.2, ambient_temp_c: 20 },
  ],
  ['vehicle.traction_battery_worn', { traction_soh_pct: 90 }, { traction_soh_pct: 66 }],
  [
    'vehicle.traction_capacity_low',
    { charge_full_kwh: 50, traction_capacity_kwh: 60 },
    { charge_full_kwh: 38, traction_capacity_kwh: 60 },
  ],
]

/** Rules that compare a part with its own past: a first reading tells them nothing. */
const withOwnBaseline = ['refrigerator.refrigerant_low', 'water_heater.element_weak']

const intervals = { hourly: hourMs, daily: dayMs, weekly: 7 * dayMs, monthly: 30 * dayMs }
type Rate = keyof typeof intervals

/** Share by which measured values vary around the true ones, the same in each run. */
const noise = (index: number) => 0.004 * (((index * 7919) % 101) / 101 - 0.5)
const exact = /cycles|design|capacity|rpm/

function measured(values: Values, index: number): Values {
  const noisy = Object.entries(values).map(([metric, value], n) => [
    metric,
    exact.test(metric) ? value : value * (1 + noise(index + 13 * n)),
  ])
  return Object.fromEntries(noisy)
}

/** Return the transitions of a rule's finding, with the number of the reading from 1 on. */
function transitionsOf(name: string, readings: readonly Values[], rate: Rate): string[] {
  const rule = rules.find((candidate) => candidate.name === name)
  if (rule === undefined) throw new Error(`there is no rule ${name}`)
  const engine = createEngine({ kinds: shippedKinds, rules: [{ ...rule, forMs: 0 }] })
  const device = { id: 'device-1', kind: rule.kind }
  let state: DeviceState | undefined = engine.step(undefined, { type: 'device', device }).state
  return readings.flatMap((values, index) => {
    const reading = {
      device: device.id,
      ts: start + index * intervals[rate],
      values: measured(values, index),
    }
    const step = engine.step(state, { type: 'reading', reading })
    state = step.state
    return step.findings
      .filter((finding) => finding.rule === name)
      .map((finding) => `${finding.state} ${index + 1}`)
  })
}

const times = (count: number, values: Values): Values[] => Array.from({ length: count }, () => values)
const past = 40

/** Three readings that span the kind's interval, at most a day; two that are far apart. */
function readingsNeeded(rule: string, rate: Rate): number {
  if (rate !== 'hourly') return rate === 'daily' ? 3 : 2
  const intervalMs = shippedKinds.get(rule.split('.')[0] ?? '')?.expectedIntervalMs ?? dayMs
  return 1 + Math.min(dayMs, intervalMs) / hourMs
}

describe.each(Object.keys(intervals) as Rate[])('with %s readings', (rate) => {
  it.each(parts.filter(([name]) => !withOwnBaseline.includes(name)))(
    '%s is raised for a part first seen beyond its limit',
    (name, _healthy, worn) => {
      const raised = `raised ${readingsNeeded(name, rate)}`
      expect(transitionsOf(name, times(30, worn), rate)).toEqual([raised])
    },
  )

  it.each(parts)('%s is raised after a step beyond the limit', (name, healthy, worn) => {
    const readings = [...times(past, healthy), ...times(30, worn)]
    const [, reading] = transitionsOf(name, readings, rate)[0]?.match(/^raised (\d+)$/) ?? []
    const needed = readingsNeeded(name, rate)
    // With hourly readings a forecast over six weeks may be sooner.
    if (rate === 'hourly') expect(Number(reading) - past).toBeLessThanOrEqual(needed)
    else expect(Number(reading) - past).toBe(needed)
  })

  it.each(parts)('%s is not raised by single readings beyond the limit', (name, healthy, worn) => {
    const readings = [...times(past, healthy), worn, ...times(20, healthy), worn, ...times(20, healthy)]
    expect(transitionsOf(name, readings, rate)).toEqual([])
  })
})

describe('a phone at 76 % from its first reading', () => {
  const worn = { battery_health_pct: 76 }

  it('has a crossing in the past and the measured level as evidence', () => {
    const engine = createEngine({ kinds: shippedKinds, rules })
    let state = engine.step(undefined, { type: 'device', device: { id: 'p', kind: 'phone' } }).state
    const findings = [0, 7].flatMap((day) => {
      const reading = { device: 'p', ts: start + day * dayMs, values: worn }
      const step = engine.step(state, { type: 'reading', reading })
      state = step.state
      return step.findings
    })
    expect(findings).toMatchObject([
      {
        rule: 'phone.battery_worn',
        evidence: { value: 76, limit: 80, crossing: { p10: start, p50: start, p90: start } },
      },
    ])
  })
})
