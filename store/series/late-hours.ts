import type { Reading } from '../../contract/reading.ts'
import { dayMs, hourMs } from '../../lib/time.ts'
import { floorTo } from './series.ts'

interface Span {
  from: number
  to: number
}

interface Group extends Span {
  devices: string[]
}

/** Hours that lie near each other are asked for together. */
const groupMs = 7 * dayMs
const devicesPerGroup = 50

/** The hours of devices that late readings fall in. */
export class LateHours {
  /** By week, then by device: the begins of its hours. */
  readonly #weeks = new Map<number, Map<string, Set<number>>>()
  readonly #days = new Map<string, Set<number>>()

  /** @param late the time for which a reading is late */
  constructor(readings: readonly Reading[], late: Span) {
    for (const { device, ts } of readings) {
      if (ts < late.from || ts >= late.to) continue
      const devices = entryOf(this.#weeks, floorTo(groupMs, ts), () => new Map<string, Set<number>>())
      entryOf(devices, device, () => new Set<number>()).add(floorTo(hourMs, ts))
      entryOf(this.#days, device, () => new Set<number>()).add(floorTo(dayMs, ts))
    }
  }

  hasHour(device: string, hour: number): boolean {
    return this.#weeks.get(floorTo(groupMs, hour))?.get(device)?.has(hour) ?? false
  }

  hasDay(device: string, day: number): boolean {
    return this.#days.get(device)?.has(day) ?? false
  }

  /** Parts that are small enough for one answer and hold all of the hours. */
  *groups(): Iterable<Group> {
    for (const devices of this.#weeks.values()) {
      const all = [...devices]
      for (let i = 0; i < all.length; i += devicesPerGroup) {
        const part = all.slice(i, i + devicesPerGroup)
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

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
