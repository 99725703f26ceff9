import { describe, expect, it } from 'vitest'
import type { PartGroundTruth } from '../contract/ground-truth.ts'
import { dayMs } from '../lib/time.ts'
import { shippedKinds } from '../rules/testing/rules.ts'
import type { Appliance, MetricValues } from './appliances/appliance.ts'
import { buildAppliance } from './appliances/build-appliance.ts'
import { computeFleetGroundTruth, simulateDevice } from './device-simulation.ts'
import { type DeviceSpec, generateFleet } from './household.ts'

const until = Date.UTC(2026, 8, 30)
const from = until - 120 * dayMs
const specs = generateFleet(7, 60)

function payloads(seed: number, spec: DeviceSpec): string {
  const lines: string[] = []
  for (const message of simulateDevice(seed, spec, from).messages) {
    if (message.at > until) return lines.join('\n')
    lines.push(JSON.stringify(message))
  }
  return lines.join('\n')
}

function* sentValues(spec: DeviceSpec): Generator<[metric: string, value: number]> {
  for (const message of simulateDevice(7, spec, from).messages) {
    if (message.at > until) return
    if (message.type !== 'telemetry') continue
    for (const { values } of message.readings) yield* Object.entries(values)
  }
}

/** Run a device to the end of the simulated time. */
function runDevice(appliance: Appliance, seen: (values: MetricValues, ts: number) => void): void {
  let last = from
  for (const event of appliance.simulate(from)) {
    expect(event.ts).toBeGreaterThanOrEqual(last)
    last = event.ts
    if (event.ts > until) return
    if (event.type === 'reading') seen(event.values, event.ts)
  }
}

function crossings({ intervals }: PartGroundTruth): number[] {
  return intervals.flatMap(({ crossedAt }) => crossedAt ?? [])
}

/** What only controllers of some homes send. */
const setPoints = ['power_setpoint_pct', 'away_mode']

describe('the simulation of a device', () => {
  it('is byte for byte the same for the same seed, and different for another', () => {
    const some = specs.slice(0, 24)
    for (const spec of some) expect(payloads(7, spec)).toBe(payloads(7, spec))
    const other = generateFleet(8, 24)
    expect(some.map((spec) => payloads(7, spec))).not.toEqual(other.map((spec) => payloads(8, spec)))
  })

  it('does not depend on the size of the fleet', () => {
    expect(generateFleet(7, 24)).toEqual(specs.slice(0, 24))
    expect(generateFleet(7, 3)).toEqual(specs.slice(0, 3))
  })

  it('holds exactly the metrics of its kind, within the ranges of their sensors', () => {
    for (const spec of specs) {
      const kind = shippedKinds.get(spec.kind)
      const seen = new Set<string>()
      for (const [metric, value] of sentValues(spec)) {
        seen.add(metric)
        const [least, most] = kind?.metrics.get(metric)?.range ?? [Number.NaN, Number.NaN]
        expect(value, `${spec.id} ${metric}`).toBeGreaterThanOrEqual(least)
        expect(value, `${spec.id} ${metric}`).toBeLessThanOrEqual(most)
      }
      const measured = [...(kind?.metrics ?? [])].flatMap(([name, metric]) =>
        'cel' in metric || setPoints.includes(name) ? [] : name,
      )
      expect([...seen].toSorted()).toEqual(measured.toSorted())
    }
    expect(new Set(specs.map(({ kind }) => kind))).toEqual(new Set(shippedKinds.keys()))
  })
})

describe('the ground truth', () => {
  it('agrees with the sensors, within noise and operating conditions', () => {
    const agrees: Record<string, (value: number, truth: number) => boolean> = {
      battery_health_pct: (value, truth) => Math.abs(Math.min(100, value) - Math.min(100, truth)) < 3,
      traction_soh_pct: (value, truth) => Math.abs(value - truth) < 3,
      // Slower by the drag of hair on carpet.
      main_brush_rpm: (value, truth) => value / truth > 0.78 && value / truth < 1.1,
      brush_current_a: (value, truth) => Math.abs(value - truth) < 0.6,
      filter_dp_pa: (value, truth) => value > 0.75 * truth - 12 && value < 1.15 * truth + 12,
      // Never below the contribution of the bearing, which is less at the lower spin; laundry only adds.
      drum_vibration_g: (value, truth) => value > 0.45 * truth,
      drain_time_s: (value, truth) => Math.abs(value / truth - 1) < 0.25,
      // Warmer kitchens and open doors add, colder kitchens reduce it.
      compressor_duty_pct: (value, truth) => value > 0.85 * truth - 4,
      // Of an air conditioner and of a refrigerator; it depends on the weather.
      compressor_current_a: (value, truth) => value > 0.4 * truth && value < 2.6 * truth,
      anode_current_ma: (value, truth) => Math.abs(value - truth) < 0.2 + 0.15 * truth,
      // Lower in the cold, higher in the heat.
      battery_12v_cranking_v: (value, truth) => Math.abs(value - truth) < 1.6,
    }
    for (const spec of specs) {
      const appliance = buildAppliance(7, spec)
      runDevice(appliance, (values) => {
        for (const slot of appliance.slots) {
          const metric = slot.parts[0]?.metric ?? ''
          const value = values[metric]
          if (value === undefined || value === 0) continue
          expect(
            agrees[metric]?.(value, slot.trueValue()),
            `${spec.id} ${metric} ${value} ${slot.trueValue()}`,
          ).toBe(true)
        }
      })
    }
  })

  it('puts each crossing where the readings go beyond the limit', async () => {
    const truth = await computeFleetGroundTruth(7, specs, { from, until })
    for (const [index, { parts: lives }] of truth.devices.entries()) {
      const spec = specs[index]
      const filter = lives.find(({ component, epoch }) => component === 'filter' && epoch === 0)
      if (spec === undefined || filter === undefined) continue
      const end = Math.min(...crossings(filter), until)
      runDevice(buildAppliance(7, spec), ({ filter_dp_pa }, ts) => {
        if (filter_dp_pa !== undefined && ts < end) expect(filter_dp_pa).toBeLessThan(filter.limit * 1.2)
      })
    }
  })

  it('lets some parts of 60 devices fail in 120 days, and most not', async () => {
    const truth = await computeFleetGroundTruth(7, specs, { from, until })
    const lives = truth.devices.flatMap((device) => device.parts)
    const failed = lives.flatMap(crossings).filter((at) => at <= until)
    expect(failed.length).toBeGreaterThanOrEqual(8)
    expect(failed.length).toBeLessThan(lives.length / 3)
  })

  it('starts a new epoch with each replaced part, and a new interval with each cleaning', async () => {
    const truth = await computeFleetGroundTruth(7, specs, { from, until })
    const lives = truth.devices.flatMap((device) => device.parts)
    for (const { parts: own } of truth.devices) {
      for (const { component, epoch, installedAt } of own.filter((part) => part.epoch > 0)) {
        const before = own.find((part) => part.component === component && part.epoch === epoch - 1)
        expect(before?.replacedAt).toBe(installedAt)
        expect(before?.intervals.at(-1)?.crossedAt).toBeLessThan(installedAt ?? 0)
      }
    }
    for (const { intervals, installedAt: builtInAt } of lives) {
      expect(intervals.map(({ from: begun }) => begun)).toEqual([
        builtInAt,
        ...intervals.slice(0, -1).map(({ maintainedAt }) => maintainedAt),
      ])
    }
    expect(lives.some(({ epoch }) => epoch > 0)).toBe(true)
    expect(lives.some(({ intervals }) => intervals.length > 1)).toBe(true)
    expect(lives.every(({ installedAt: builtInAt }) => (builtInAt ?? 0) <= until)).toBe(true)
  })

  it('includes crossings after the end, and those that cleanings prevented', async () => {
    const truth = await computeFleetGroundTruth(7, specs, { from, until })
    const intervals = truth.devices.flatMap(({ parts }) => parts.flatMap((part) => part.intervals))
    expect(intervals.some(({ wouldCrossAt }) => wouldCrossAt !== null && wouldCrossAt > until)).toBe(true)
    const prevented = intervals.filter(
      ({ crossedAt, wouldCrossAt }) => crossedAt === null && wouldCrossAt !== null,
    )
    expect(prevented.length).toBeGreaterThan(0)
    for (const { maintainedAt, wouldCrossAt } of prevented) {
      expect(wouldCrossAt).toBeGreaterThan(maintainedAt ?? 0)
      expect(wouldCrossAt).toBeLessThanOrEqual((maintainedAt ?? until) + 90 * dayMs)
    }
  })

  it('is the same when simulated again, and does not change with a later end', async () => {
    const few = specs.slice(0, 12)
    const truth = await computeFleetGroundTruth(7, few, { from, until })
    expect(await computeFleetGroundTruth(7, few, { from, until })).toEqual(truth)
    const longer = await computeFleetGroundTruth(7, few, { from, until: until + 30 * dayMs })
    const past = (whole: typeof truth) =>
      whole.devices.map(({ parts }) => parts.flatMap(crossings).filter((at) => at <= until))
    expect(past(longer)).toEqual(past(truth))
  })
})
