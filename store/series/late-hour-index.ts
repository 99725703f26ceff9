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

/** Hours that lie near each other are asked for together. */
const batchRangeMs = 7 * dayMs
const devicesPerBatch = 50

/** The hours of devices that late readings fall in. */
export class LateHourIndex {
  /** By week, then by device: the begins of its hours. */
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

  /** Parts that are small enough for one answer and hold all of the hours. */
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
