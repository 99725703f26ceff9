import type { JournalConsumer } from '../../store/journal/journal.ts'
import type { DeviceState } from '../engine/engine.ts'
import { withPresentFormat } from './former-state.ts'

interface CachedState {
  state: DeviceState
  /** When it was measured last. */
  bytes: number
  /** Updates until it is measured again. */
  updatesLeft: number
}

/** A state grows slowly, and measuring it costs as much as a reading. */
const updatesPerMeasurement = 64

/** LRU cache of device states, bounded by their approximate size in memory; the others are read from the journal. */
export class StateCache {
  readonly #consumer: Pick<JournalConsumer<unknown>, 'states'>
  readonly #maxBytes: number
  /** Least recently updated first. */
  readonly #states = new Map<string, CachedState>()
  #bytes = 0

  constructor(consumer: Pick<JournalConsumer<unknown>, 'states'>, maxBytes: number) {
    this.#consumer = consumer
    this.#maxBytes = maxBytes
  }

  /** Return the states of those devices that have one. */
  async get(devices: readonly string[]): Promise<Map<string, DeviceState>> {
    const missing = devices.filter((device) => !this.#states.has(device))
    const stored = (await this.#consumer.states(missing)) as Map<string, DeviceState>
    const found = new Map([...stored].map(([device, state]) => [device, withPresentFormat(state)]))
    for (const device of devices) {
      const cached = this.#states.get(device)
      if (cached !== undefined) found.set(device, cached.state)
    }
    return found
  }

  /** Forget all states: they are read from the journal again. */
  clear(): void {
    this.#states.clear()
    this.#bytes = 0
  }

  /** Put states that are about to be committed; the cache takes precedence over the journal. */
  put(states: ReadonlyMap<string, DeviceState>): void {
    for (const [device, state] of states) this.#putOne(device, state)
    for (const [device, { bytes }] of this.#states) {
      if (this.#bytes <= this.#maxBytes) break
      this.#states.delete(device)
      this.#bytes -= bytes
    }
  }

  #putOne(device: string, state: DeviceState): void {
    const before = this.#states.get(device)
    this.#states.delete(device)
    if (before !== undefined && before.updatesLeft > 0) {
      this.#states.set(device, { state, bytes: before.bytes, updatesLeft: before.updatesLeft - 1 })
      return
    }
    const bytes = approximateBytes(state)
    this.#bytes += bytes - (before?.bytes ?? 0)
    this.#states.set(device, { state, bytes, updatesLeft: updatesPerMeasurement })
  }
}

/** Sizes in V8 on 64 bits: a number in an array, a field of an object, and an object without its fields. */
const [numberBytes, fieldBytes, objectBytes] = [8, 12, 32]

/** Return about how much memory plain data takes. */
function approximateBytes(value: unknown): number {
  if (typeof value === 'string') return objectBytes + value.length
  if (typeof value !== 'object' || value === null) return 0
  if (Array.isArray(value)) {
    // All items are of one type.
    const isFlat = typeof value[0] !== 'object' && typeof value[0] !== 'string'
    const own = objectBytes + numberBytes * value.length
    return isFlat ? own : value.reduce((sum: number, item) => sum + approximateBytes(item), own)
  }
  let bytes = objectBytes
  for (const key in value) bytes += fieldBytes + approximateBytes(value[key as keyof typeof value])
  return bytes
}
