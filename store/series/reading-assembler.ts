import type { Reading } from '../../contract/reading.ts'

/** Assembles the values of one timestamp into readings, one for each device. */
export class ReadingAssembler {
  readonly ts: number
  readonly #readings: Reading[] = []
  /** Set only where there is more than one. */
  #byDevice: Map<string, Reading> | undefined

  constructor(ts: number) {
    this.ts = ts
  }

  add(device: string, metric: string, value: number): void {
    const last = this.#readings.at(-1)
    const reading =
      last?.device === device ? last : (this.#findReading(device) ?? this.#createReading(device))
    reading.values[metric] = value
  }

  /** Append the readings in order of device. */
  drainInto(batch: Reading[]): void {
    if (this.#readings.length > 1) this.#readings.sort((a, b) => (a.device < b.device ? -1 : 1))
    for (const reading of this.#readings) batch.push(reading)
  }

  #findReading(device: string): Reading | undefined {
    if (this.#readings.length === 0) return undefined
    this.#byDevice ??= new Map(this.#readings.map((reading) => [reading.device, reading]))
    return this.#byDevice.get(device)
  }

  #createReading(device: string): Reading {
    const reading: Reading = { device, ts: this.ts, values: {} }
    this.#readings.push(reading)
    this.#byDevice?.set(device, reading)
    return reading
  }
}
