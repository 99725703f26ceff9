import type { Device } from '../../store/journal/entry.ts'
import type { Engine } from '../engine.ts'

/** The devices whose rules wait for the passing of time. */
export class TickedDevices {
  readonly #kinds = new Map<string, string>()

  constructor(known: Iterable<Device>) {
    for (const device of known) this.meet(device)
  }

  meet({ id, kind }: Device): void {
    this.#kinds.set(id, kind)
  }

  /** All that are known. */
  all(): string[] {
    return [...this.#kinds.keys()]
  }

  *ids(engine: Engine): Iterable<string> {
    for (const [id, kind] of this.#kinds) if (engine.needsTicks(kind)) yield id
  }
}
