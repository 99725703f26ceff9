import { dayMs } from '../../lib/time.ts'

/** Days of history that a mature device has: half a year of one reading a day, as its kind expects. */
export const historyDays = 183

/**
 * Return what a healthy robot vacuum measures, all eight metrics at once, so that each reading concerns all of its rules. Parts
 * wear so slowly that no rule has anything to report; the noise keeps sensors from looking stuck.
 * @param device number of the device
 * @param day days since the start of its history
 * @param n number of the reading, for the noise
 */
export function measureVacuum(device: number, day: number, n: number): string {
  const noise = (channel: number) => pseudoRandom(device * 31 + channel, n) - 0.5
  const values = [
    98 - 0.002 * day + 0.4 * noise(0),
    15.2 + 0.1 * noise(1),
    1_510 + 16 * noise(2),
    40 + 3 * noise(3),
    1 + 0.06 * noise(4),
    100 + 0.2 * day + 6 * noise(5),
    30 + 20 * noise(6),
    20 + 0.5 * day,
  ]
  return `{${metrics.map(([name, digits], i) => `"${name}":${values[i]?.toFixed(digits)}`).join(',')}}`
}

/** Metrics with the number of decimal places that the device sends. */
const metrics = [
  ['battery_health_pct', 1],
  ['battery_voltage_v', 2],
  ['main_brush_rpm', 0],
  ['main_brush_load_pct', 1],
  ['brush_current_a', 2],
  ['filter_dp_pa', 1],
  ['dust_bin_full_pct', 0],
  ['runtime_h', 1],
] as const

export const vacuumMetrics: readonly string[] = metrics.map(([name]) => name)

export function historyDay(ts: number, historyStart: number): number {
  return (ts - historyStart) / dayMs
}

/** Return a number from 0 to 1 by two integers (the finalizer of MurmurHash3). */
function pseudoRandom(a: number, b: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
