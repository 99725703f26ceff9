import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DateTime } from 'luxon'
import { dayMs } from '../../lib/time.ts'
import { simulateDevice } from '../device-simulation.ts'
import { type DeviceSpec, generateFleet } from '../household.ts'
import type { WireReading } from '../uplink.ts'

const seed = 11
const from = Date.UTC(2025, 0, 1)
const days = 540
const fleet = generateFleet(seed, 60)

/** Return the first readings of each period of a device that have all the metrics, in order of time. */
function sample(device: DeviceSpec, metrics: readonly string[], periodMs: number): WireReading[] {
  const sampled = new Map<number, WireReading>()
  for (const message of simulateDevice(seed, device, from).messages) {
    if (message.at > from + days * dayMs) break
    if (message.type !== 'telemetry') continue
    for (const reading of message.readings) {
      const period = Math.floor((reading.ts - from) / periodMs)
      const isComplete = metrics.every((metric) => reading.values[metric] !== undefined)
      if (reading.ts >= from && isComplete && !sampled.has(period)) sampled.set(period, reading)
    }
  }
  return [...sampled.values()].sort((a, b) => a.ts - b.ts)
}

function write(file: string, header: string, rows: readonly string[]): void {
  writeFileSync(join(import.meta.dirname, file), `${[header, ...rows].join('\n')}\n`)
}

const ofKind = (kind: string, count: number) => fleet.filter((device) => device.kind === kind).slice(0, count)

const phones = ofKind('phone', 3).flatMap((device) =>
  sample(device, ['battery_health_pct', 'battery_cycles'], 7 * dayMs).map(({ ts, values }) => {
    const date = DateTime.fromMillis(ts, { zone: 'utc' }).toISODate()
    const health = Math.round(values.battery_health_pct ?? Number.NaN)
    return [device.id, device.model, date, health, Math.round(values.battery_cycles ?? Number.NaN)].join(',')
  }),
)
write('phones.csv', 'unit,model,date,health_pct,cycle_count', phones)

const vacuums = ofKind('robot_vacuum', 2).flatMap((device) =>
  sample(device, ['filter_dp_pa'], 2 * dayMs).map(({ ts, values }) => {
    const time = DateTime.fromMillis(ts, { zone: 'Europe/Berlin' }).toFormat('dd.MM.yyyy HH:mm')
    const pressure = (values.filter_dp_pa ?? Number.NaN).toFixed(1).replace('.', ',')
    return [device.id, time, pressure].join(';')
  }),
)
write('vacuums.csv', 'Gerät;Zeit;Filterdruck Pa', vacuums)
