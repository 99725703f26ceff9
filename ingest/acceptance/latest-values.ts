import type { Reading } from '../../contract/reading.ts'

export interface LatestValue {
  ts: number
  value: number
}

/**
 * Newest accepted value of each metric of each device, even if the time series do not have it yet. Size: number of
 * devices times metrics.
 */
export class LatestValues {
  readonly #devices = new Map<string, Map<string, LatestValue>>()

  add({ device, ts, values }: Reading): void {
    const latest = this.#devices.get(device) ?? new Map<string, LatestValue>()
    this.#devices.set(device, latest)
    for (const [metric, value] of Object.entries(values)) {
      if (ts >= (latest.get(metric)?.ts ?? Number.NEGATIVE_INFINITY)) latest.set(metric, { ts, value })
    }
  }

  get(device: string): ReadonlyMap<string, LatestValue> {
    return this.#devices.get(device) ?? new Map()
  }
}
