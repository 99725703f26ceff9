import { describe, expect, it } from 'vitest'
import type { Appliance, Values } from './appliances/appliance.ts'
import { buildAppliance } from './appliances/build.ts'
import { dayMs } from './calendar.ts'
import { deviceScript, fleetTruth } from './device-script.ts'
import { type DeviceSpec, fleetOf, type Kind } from './household.ts'

const until = Date.UTC(2026, 8, 30)
const from = until - 120 * dayMs

function payloads(seed: number, spec: DeviceSpec): string {
  const lines: string[] = []
  for (const message of deviceScript(seed, spec, from).messages) {
    if (message.at > until) return lines.join('\n')
    lines.push(JSON.stringify(message))
  }
  return lines.join('\n')
}

/** Runs a device to the end of the simulated time. */
function happenings(appliance: Appliance, seen: (values: Values, ts: number) => void): void {
  let last = from
  for (const happening of appliance.live(from)) {
    expect(happening.ts).toBeGreaterThanOrEqual(last)
    last = happening.ts
    if (happening.ts > until) return
    if (happening.type === 'reading') seen(happening.values, happening.ts)
  }
}

describe('the script of a device', () => {
  const specs = fleetOf(7, 24)

  it('is byte for byte the same for the same seed, and another for another', () => {
    for (const spec of specs) expect(payloads(7, spec)).toBe(payloads(7, spec))
    const other = fleetOf(8, 24)
    expect(specs.map((spec) => payloads(7, spec))).not.toEqual(other.map((spec) => payloads(8, spec)))
  })

  it('does not depend on how large the fleet is', () => {
    expect(fleetOf(7, 60).slice(0, 24)).toEqual(specs)
    expect(fleetOf(7, 3)).toEqual(specs.slice(0, 3))
  })

  it('holds exactly the metrics of its kind, within their ranges', () => {
    const ranges: Record<Kind, Record<string, [number, number]>> = {
      phone: { battery_health_pct: [60, 100], battery_cycles: [0, 5000], battery_temp_c: [5, 60] },
      robot_vacuum: {
        battery_health_pct: [60, 106],
        battery_voltage_v: [12, 17],
        main_brush_rpm: [900, 1750],
        main_brush_load_pct: [5, 100],
        filter_dp_pa: [0, 1600],
        runtime_h: [0, 2000],
      },
      washing_machine: { drum_vibration_g: [0.05, 20], drum_rpm: [700, 1300], drum_load_kg: [1, 8] },
      air_conditioner: {
        filter_dp_pa: [0, 900],
        fan_rpm: [0, 1400],
        compressor_current_a: [0, 15],
        room_temp_c: [10, 40],
      },
    }
    for (const spec of specs) {
      const seen = new Set<string>()
      happenings(buildAppliance(7, spec), (values) => {
        for (const [metric, value] of Object.entries(values)) {
          seen.add(metric)
          const [low, high] = ranges[spec.kind][metric] ?? [Number.NaN, Number.NaN]
          expect(value, `${spec.id} ${metric}`).toBeGreaterThanOrEqual(low)
          expect(value, `${spec.id} ${metric}`).toBeLessThanOrEqual(high)
        }
      })
      expect([...seen].toSorted()).toEqual(Object.keys(ranges[spec.kind]).toSorted())
    }
  })
})

describe('the truth', () => {
  it('agrees with what the sensors say, within noise and operating conditions', () => {
    const agrees: Record<string, (value: number, truth: number) => boolean> = {
      battery_health_pct: (value, truth) => Math.abs(Math.min(100, value) - Math.min(100, truth)) < 3,
      main_brush_rpm: (value, truth) => Math.abs(value / truth - 1) < 0.17,
      filter_dp_pa: (value, truth) => value > 0.75 * truth - 12 && value < 1.15 * truth + 12,
      // Never below the bearing's own part, which is less at the lower spin; laundry only adds.
      drum_vibration_g: (value, truth) => value > 0.45 * truth,
    }
    for (const spec of fleetOf(7, 24)) {
      const appliance = buildAppliance(7, spec)
      happenings(appliance, (values) => {
        for (const slot of appliance.slots) {
          const metric = slot.lives[0]?.metric ?? ''
          const value = values[metric]
          if (value === undefined) continue
          expect(agrees[metric]?.(value, slot.truth()), `${spec.id} ${value} ${slot.truth()}`).toBe(true)
        }
      })
    }
  })

  it('puts each crossing where the readings go beyond the limit', async () => {
    const truth = await fleetTruth(7, fleetOf(7, 60), { from, until })
    const specs = new Map(fleetOf(7, 60).map((spec) => [spec.id, spec]))
    for (const { device, lives } of truth.devices) {
      const spec = specs.get(device)
      const filter = lives.find(({ component, epoch }) => component === 'filter' && epoch === 0)
      if (spec === undefined || filter === undefined) continue
      const end = Math.min(filter.crossedAt ?? until, until)
      happenings(buildAppliance(7, spec), ({ filter_dp_pa }, ts) => {
        if (filter_dp_pa !== undefined && ts < end) expect(filter_dp_pa).toBeLessThan(filter.limit * 1.2)
      })
    }
  })

  it('lets some parts of 60 devices fail in 120 days, of every kind, and most not', async () => {
    const truth = await fleetTruth(7, fleetOf(7, 60), { from, until })
    const failed = truth.devices.flatMap(({ kind, lives }) =>
      lives.filter(({ crossedAt }) => crossedAt !== null && crossedAt <= until).map(() => kind),
    )
    expect(failed.length).toBeGreaterThanOrEqual(5)
    expect(failed.length).toBeLessThanOrEqual(25)
    expect(new Set(failed).size).toBe(4)
  })

  it('starts a new life with each replaced part, and knows what comes after the end', async () => {
    const truth = await fleetTruth(7, fleetOf(7, 60), { from, until })
    const lives = truth.devices.flatMap((device) => device.lives)
    for (const { lives: own } of truth.devices) {
      for (const { component, epoch, builtInAt } of own.filter((life) => life.epoch > 0)) {
        const before = own.find((life) => life.component === component && life.epoch === epoch - 1)
        expect(before?.replacedAt).toBe(builtInAt)
        expect(before?.crossedAt).toBeLessThan(builtInAt ?? 0)
      }
    }
    expect(lives.some(({ epoch }) => epoch > 0)).toBe(true)
    expect(lives.some(({ crossedAt }) => crossedAt !== null && crossedAt > until)).toBe(true)
    expect(lives.every(({ builtInAt }) => (builtInAt ?? 0) <= until)).toBe(true)
  })

  it('is the same when simulated again, and does not change with a later end', async () => {
    const specs = fleetOf(7, 12)
    const truth = await fleetTruth(7, specs, { from, until })
    expect(await fleetTruth(7, specs, { from, until })).toEqual(truth)
    const longer = await fleetTruth(7, specs, { from, until: until + 30 * dayMs })
    const firstLives = (whole: typeof truth) =>
      whole.devices.flatMap(({ lives }) =>
        lives.filter(({ epoch }) => epoch === 0).map((life) => life.crossedAt),
      )
    expect(firstLives(longer).filter((at) => at !== null && at <= truth.horizon)).toEqual(
      firstLives(truth).filter((at) => at !== null),
    )
  })
})
