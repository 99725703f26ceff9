import type { Device } from '../../contract/device.ts'
import type { Engine } from '../engine/engine.ts'

/** Registered devices, and the next tick that may matter to each. */
export class TickSchedule {
  readonly #kinds = new Map<string, string>()
  /** Next ticks by device, ms, under one engine; unknown for all other engines. */
  #nextTicks = { engine: undefined as Engine | undefined, at: new Map<string, number>() }

  /** Time of the last tick, ms. */
  #lastTickAt = Number.NEGATIVE_INFINITY

  constructor(known: Iterable<Device>) {
    for (const device of known) this.addDevice(device)
  }

  addDevice({ id, kind }: Device): void {
    this.#kinds.set(id, kind)
  }

  /** Return the ids of all registered devices. */
  deviceIds(): string[] {
    return [...this.#kinds.keys()]
  }

  /**
   * Yield the devices to which a tick at `at` may matter, ms. Other inputs of the batch can make an earlier tick matter,
   * so devices with such inputs are included if their kind needs ticks at all.
   * @param isAffected whether the batch has another input of the device
   */
  *devicesDue(at: number, engine: Engine, isAffected: (id: string) => boolean): Iterable<string> {
    // The clock was set back: the next ticks were scheduled by times that are ahead of it.
    if (at < this.#lastTickAt) this.#nextTicks.at.clear()
    this.#lastTickAt = at
    const nextTicks = this.#nextTicks.engine === engine ? this.#nextTicks.at : new Map<string, number>()
    for (const [id, kind] of this.#kinds) {
      const isDue = isAffected(id) || at >= (nextTicks.get(id) ?? Number.NEGATIVE_INFINITY)
      if (isDue && engine.needsTicks(kind)) yield id
    }
  }

  /** Store `engine.nextTickAt` of each device that had an input in a batch, ticks included. */
  schedule(engine: Engine, nextTicks: ReadonlyMap<string, number>): void {
    if (this.#nextTicks.engine !== engine) this.#nextTicks = { engine, at: new Map() }
    for (const [id, at] of nextTicks) this.#nextTicks.at.set(id, at)
  }
}
