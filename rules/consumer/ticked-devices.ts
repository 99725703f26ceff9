import type { Device } from '../../store/journal/entry.ts'
import type { Engine } from '../engine.ts'

/** The devices whose rules wait for the passing of time. */
export class TickedDevices {
  readonly #engine: Engine
  readonly #ids = new Set<string>()

  constructor(engine: Engine, known: Iterable<Device>) {
    this.#engine = engine
    for (const device of known) this.meet(device)
  }

  meet({ id, kind }: Device): void {
    if (this.#engine.needsTicks(kind)) this.#ids.add(id)
    else this.#ids.delete(id)
  }

  ids(): Iterable<string> {
    return this.#ids
  }
}
