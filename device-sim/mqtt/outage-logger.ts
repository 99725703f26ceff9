import type { ConnectionListener } from './device-client.ts'

/** Logs an outage and its end once, however many devices are affected. */
export class OutageLogger implements ConnectionListener {
  reconnects = 0
  readonly #down = new Set<string>()
  readonly #log: (line: string) => void
  #telling = false

  constructor(log: (line: string) => void) {
    this.#log = log
  }

  onConnected(device: string): void {
    if (!this.#down.delete(device)) return
    this.reconnects += 1
    if (this.#down.size > 0) return
    this.#telling = false
    this.#log('all devices are connected again')
  }

  onDisconnected(device: string, reason: string): void {
    this.#down.add(device)
    if (this.#telling) return
    this.#telling = true
    this.#log(`${device} has no connection (${reason}); trying again`)
  }
}
