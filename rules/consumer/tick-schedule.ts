import type { Device } from '../../contract/device.ts'
import type { Engine } from '../engine/engine.ts'

/** Registered devices, and the next tick that may matter to each. */
export class TickSchedule {
  readonly #kinds = new Map<string, string>()
  /** Next ticks by device, ms, under one engine; unknown for all other engines. */
  #nextTicks = { engine: undefined as Engine | undefined, at: new Map<string, number>() }
  /** Devices whose next tick was changed by the batch in work. */
  readonly #changed = new Set<string>()

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

  /** Return the devices to which a tick at `at` may matter, ms. */
  devicesDue(at: number, engine: Engine): string[] {
    // The clock was set back: the next ticks were scheduled by times that are ahead of it.
    if (at < this.#lastTickAt) this.#nextTicks.at.clear()
    this.#lastTickAt = at
    const nextTicks = this.#nextTicks.engine === engine ? this.#nextTicks.at : new Map<string, number>()
    const due: string[] = []
    for (const [id, kind] of this.#kinds)
      if (at >= (nextTicks.get(id) ?? Number.NEGATIVE_INFINITY) && engine.needsTicks(kind)) due.push(id)
    return due
  }

  /** Store `engine.nextTickAt` of a device that had an input, ticks included. */
  schedule(engine: Engine, device: string, at: number): void {
    if (this.#nextTicks.engine !== engine) this.#nextTicks = { engine, at: new Map() }
    this.#nextTicks.at.set(device, at)
    this.#changed.add(device)
  }

  /** Keep what the batch in work has scheduled. */
  keep(): void {
    this.#changed.clear()
  }

  /** Forget when the devices of the batch in work are due: it is evaluated again. */
  rollBack(): void {
    for (const device of this.#changed) this.#nextTicks.at.delete(device)
    this.#changed.clear()
  }
}
