import type { Reading } from '../../contract/reading.ts'

export interface LatestValue {
  ts: number
  value: number
}

/**
 * The newest value of each metric of each device that was accepted, whatever the time series have of it already. As large
 * as there are devices with metrics.
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
