import type { Device } from '../../contract/device.ts'
import type { Engine } from '../engine/engine.ts'

/** The devices that exist, and when the passing of time will next matter to each. */
export class TickSchedule {
  readonly #kinds = new Map<string, string>()
  /** By what these rules say; the others are not known. */
  #wakes = { engine: undefined as Engine | undefined, at: new Map<string, number>() }

  constructor(known: Iterable<Device>) {
    for (const device of known) this.addDevice(device)
  }

  addDevice({ id, kind }: Device): void {
    this.#kinds.set(id, kind)
  }

  /** All that are known. */
  deviceIds(): string[] {
    return [...this.#kinds.keys()]
  }

  /**
   * The devices to which a tick at this moment may matter. What else a batch tells may let a device wake earlier: of
   * those that it speaks of, all that ever need ticks.
   */
  *devicesDue(at: number, engine: Engine, isTold: (id: string) => boolean): Iterable<string> {
    const wakes = this.#wakes.engine === engine ? this.#wakes.at : new Map<string, number>()
    for (const [id, kind] of this.#kinds) {
      const isAwake = isTold(id) || at >= (wakes.get(id) ?? Number.NEGATIVE_INFINITY)
      if (isAwake && engine.needsTicks(kind)) yield id
    }
  }

  /** To be called with `engine.wakesAt` of each device that a batch told something of, be it a tick alone. */
  schedule(engine: Engine, wakes: ReadonlyMap<string, number>): void {
    if (this.#wakes.engine !== engine) this.#wakes = { engine, at: new Map() }
    for (const [id, at] of wakes) this.#wakes.at.set(id, at)
  }
}
