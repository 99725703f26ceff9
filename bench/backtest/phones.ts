import type { Device } from '../../contract/device.ts'
import type { Reading } from '../../contract/reading.ts'
import { Random } from '../../device-sim/random.ts'
import { dayMs, hourMs } from '../../lib/time.ts'

const readingIntervalMs = 6 * hourMs

/** Start of the history of the phones. */
export const historyStart = Date.UTC(2024, 0, 1)

export interface SyntheticPhone {
  device: Device
  /** Time of day at which it reports, ms. */
  phaseMs: number
  /** Battery health at the start, %. */
  health: number
  /** Percent a year. */
  wearPerYear: number
  random: Random
}

export function createPhones(count: number): SyntheticPhone[] {
  return Array.from({ length: count }, (_, n) => {
    const random = new Random('bench', n)
    return {
      device: {
        id: `phone-${String(n).padStart(5, '0')}`,
        kind: 'phone',
        model: `P-${n % 5}`,
        firmware: '1.0.0',
      },
      phaseMs: random.integer(0, readingIntervalMs - 1),
      health: random.between(88, 100),
      wearPerYear: random.between(2, 11),
      random,
    }
  })
}

/** Return the readings of one round: one of every phone, six hours after the round before, in order of time. */
export function readingsOfRound(fleet: readonly SyntheticPhone[], n: number): Reading[] {
  return fleet.map((phone) => createReading(phone, n)).sort((a, b) => a.ts - b.ts)
}

/** Create a reading: slow wear, faster at the beginning; the gauge is right within half a percent and reports tenths. */
function createReading({ device, phaseMs, health, wearPerYear, random }: SyntheticPhone, n: number): Reading {
  const years = (n * readingIntervalMs) / (365 * dayMs)
  const worn = wearPerYear * years ** 0.9
  return {
    device: device.id,
    ts: historyStart + n * readingIntervalMs + phaseMs,
    values: {
      battery_health_pct: Math.round((health - worn + random.between(-0.5, 0.5)) * 10) / 10,
      battery_cycles: Math.round(260 * years),
      battery_temp_c: Math.round(random.between(22, 38) * 10) / 10,
    },
  }
}
