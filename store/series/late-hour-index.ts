import type { Reading } from '../../contract/reading.ts'
import { dayMs, hourMs } from '../../lib/time.ts'
import { floorToUnit } from './series.ts'

interface TimeRange {
  from: number
  to: number
}

interface LateHourBatch extends TimeRange {
  devices: string[]
}

/** Neighbouring hours are queried together. */
const batchRangeMs = 7 * dayMs
const devicesPerBatch = 50

/** Index of the hours, by device, that late readings belong to. */
export class LateHourIndex {
  /** Starts of the hours, by week, then by device. */
  readonly #weeks = new Map<number, Map<string, Set<number>>>()
  readonly #days = new Map<string, Set<number>>()

  /** @param late the time for which a reading is late */
  constructor(readings: readonly Reading[], late: TimeRange) {
    for (const { device, ts } of readings) {
      if (ts < late.from || ts >= late.to) continue
      const devices = getOrCreate(
        this.#weeks,
        floorToUnit(batchRangeMs, ts),
        () => new Map<string, Set<number>>(),
      )
      getOrCreate(devices, device, () => new Set<number>()).add(floorToUnit(hourMs, ts))
      getOrCreate(this.#days, device, () => new Set<number>()).add(floorToUnit(dayMs, ts))
    }
  }

  hasHour(device: string, hour: number): boolean {
    return this.#weeks.get(floorToUnit(batchRangeMs, hour))?.get(device)?.has(hour) ?? false
  }

  hasDay(device: string, day: number): boolean {
    return this.#days.get(device)?.has(day) ?? false
  }

  /** Return all hours in batches that are small enough for one response. */
  *batches(): Iterable<LateHourBatch> {
    for (const devices of this.#weeks.values()) {
      const all = [...devices]
      for (let i = 0; i < all.length; i += devicesPerBatch) {
        const part = all.slice(i, i + devicesPerBatch)
        const hours = part.flatMap(([, own]) => [...own])
        yield {
          devices: part.map(([device]) => device),
          from: Math.min(...hours),
          to: Math.max(...hours) + hourMs,
        }
      }
    }
  }
}

function getOrCreate<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
