/** Schedules when each device of a fleet repeats its idle values: at the same interval, spread evenly over it. */
export class HeartbeatScheduler {
  readonly #intervalMs: number
  readonly #next: number[]

  constructor(devices: number, intervalMs: number, from: number) {
    this.#intervalMs = intervalMs
    this.#next = Array.from({ length: devices }, (_, index) => from + (index / devices) * intervalMs)
  }

  /** Return the indexes of the devices that are due; missed times are skipped. */
  dueDevices(now: number): number[] {
    const due: number[] = []
    for (const [index, next] of this.#next.entries()) {
      if (next > now) continue
      due.push(index)
      this.#next[index] = next + Math.ceil((now - next + 1) / this.#intervalMs) * this.#intervalMs
    }
    return due
  }
}
