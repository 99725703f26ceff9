import { deliveryOf, depotId, type Shortage } from '../../../device-sim/people/stores.ts'
import { minuteMs } from '../../../lib/time.ts'
import { ticketOf, ticketsToDo, type World } from '../world.ts'
import { isPartReady } from './look-up.ts'

/** By then the desk has handed out what came. */
const handOutMs = minuteMs

/** Orders parts that have run low or out. */
export class Buyer {
  readonly #world: World
  readonly #ordered = new Set<string>()

  constructor(world: World) {
    this.#world = world
  }

  /** Orders what has run low, unless it is on its way. */
  order(shortage: Shortage): void {
    const { agenda, seed } = this.#world
    const { depot, part } = shortage
    const key = `${depot}/${part}`
    if (this.#ordered.has(key)) return
    this.#ordered.add(key)
    const { at, quantity } = deliveryOf(seed, shortage)
    agenda.add({
      at,
      act: async (now) => {
        this.#ordered.delete(key)
        await this.#world.commands.receive({ depot, part, quantity, at: now })
        agenda.add({ at: now + handOutMs, act: (later) => this.#orderForOthers(part, later) })
      },
    })
  }

  /** Orders a part that nobody has, for the depot of whoever needs it. */
  async orderFor(ticket: string, part: string, at: number): Promise<void> {
    const { owner_id } = await ticketOf(this.#world.db, ticket)
    const region = this.#world.owners.get(owner_id ?? '')?.region
    if (region !== undefined) this.order({ depot: depotId(region), part, at, available: 0, safety: 0 })
  }

  /** The desk puts what has come aside for those who wait; for whom it did not reach, more is ordered. */
  async #orderForOthers(part: string, now: number): Promise<void> {
    const { db } = this.#world
    for (const ticket of await ticketsToDo(db)) {
      if (ticket.part !== part || ticket.work_state !== 'assigned') continue
      if (!(await isPartReady(db, ticket))) await this.orderFor(ticket.id, part, now)
    }
  }
}
