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
  let fields = ''
  for (const [i, { name, base, perDay, noise, scale }] of metrics.entries()) {
    const value = base + perDay * day + noise * (pseudoRandom(device * 31 + i, n) - 0.5)
    fields += `${i === 0 ? '' : ','}"${name}":${Math.round(value * scale) / scale}`
  }
  return `{${fields}}`
}

/** `noise`: width of its uniform distribution; `scale`: steps of one unit that the device tells apart. */
const metrics = [
  { name: 'battery_health_pct', base: 98, perDay: -0.002, noise: 0.4, scale: 10 },
  { name: 'battery_voltage_v', base: 15.2, perDay: 0, noise: 0.1, scale: 100 },
  { name: 'main_brush_rpm', base: 1_510, perDay: 0, noise: 16, scale: 1 },
  { name: 'main_brush_load_pct', base: 40, perDay: 0, noise: 3, scale: 10 },
  { name: 'brush_current_a', base: 1, perDay: 0, noise: 0.06, scale: 100 },
  { name: 'filter_dp_pa', base: 100, perDay: 0.2, noise: 6, scale: 10 },
  { name: 'dust_bin_full_pct', base: 30, perDay: 0, noise: 20, scale: 1 },
  { name: 'runtime_h', base: 20, perDay: 0.5, noise: 0, scale: 10 },
]

export const vacuumMetrics: readonly string[] = metrics.map(({ name }) => name)

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
