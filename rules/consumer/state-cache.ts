import type { JournalConsumer } from '../../store/journal/journal.ts'
import type { DeviceState } from '../engine/engine.ts'
import { withPresentFormat } from '../engine/former-state.ts'

/** LRU cache of device states; the others are read from the journal. */
export class StateCache {
  readonly #consumer: Pick<JournalConsumer<unknown>, 'states'>
  readonly #size: number
  /** Least recently updated first. */
  readonly #states = new Map<string, DeviceState>()

  constructor(consumer: Pick<JournalConsumer<unknown>, 'states'>, size: number) {
    this.#consumer = consumer
    this.#size = size
  }

  /** Return the states of those devices that have one. */
  async get(devices: readonly string[]): Promise<Map<string, DeviceState>> {
    const missing = devices.filter((device) => !this.#states.has(device))
    const stored = (await this.#consumer.states(missing)) as Map<string, DeviceState>
    const found = new Map([...stored].map(([device, state]) => [device, withPresentFormat(state)]))
    for (const device of devices) {
      const state = this.#states.get(device)
      if (state !== undefined) found.set(device, state)
    }
    return found
  }

  /** Forget all states: they are read from the journal again. */
  clear(): void {
    this.#states.clear()
  }

  /** Put states that are about to be committed; the cache takes precedence over the journal. */
  put(states: ReadonlyMap<string, DeviceState>): void {
    for (const [device, state] of states) {
      this.#states.delete(device)
      this.#states.set(device, state)
    }
    for (const device of this.#states.keys()) {
      if (this.#states.size <= this.#size) break
      this.#states.delete(device)
    }
  }
}
