import type { Reading } from '../../contract/reading.ts'

const mostReadings = 50_000

/**
 * Readings of a time in which nothing else happens, to be told device after device: what is remembered of a device then
 * is at hand for all its readings, and what they leave behind is garbage before it is old.
 */
export class Stretch {
  readonly #byDevice = new Map<string, Reading[]>()
  #count = 0

  add(reading: Reading): void {
    const readings = this.#byDevice.get(reading.device)
    if (readings) readings.push(reading)
    else this.#byDevice.set(reading.device, [reading])
    this.#count += 1
  }

  /** Whether no more should be added, for the sake of memory. */
  get isFull(): boolean {
    return this.#count >= mostReadings
  }

  /** Gives what was added, and begins anew. */
  *take(): Iterable<Reading> {
    for (const readings of this.#byDevice.values()) yield* readings
    this.#byDevice.clear()
    this.#count = 0
  }
}
