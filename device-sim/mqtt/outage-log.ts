import type { Connectivity } from './device-client.ts'

/** Tells of an outage once, however many devices it hits, and of its end. */
export class OutageLog implements Connectivity {
  reconnects = 0
  readonly #down = new Set<string>()
  readonly #log: (line: string) => void
  #telling = false

  constructor(log: (line: string) => void) {
    this.#log = log
  }

  up(device: string): void {
    if (!this.#down.delete(device)) return
    this.reconnects += 1
    if (this.#down.size > 0) return
    this.#telling = false
    this.#log('all devices are connected again')
  }

  down(device: string, reason: string): void {
    this.#down.add(device)
    if (this.#telling) return
    this.#telling = true
    this.#log(`${device} has no connection (${reason}); trying again`)
  }
}
