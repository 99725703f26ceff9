import { deliveryOf, depotId, type Shortage } from '../../device-sim/people/stores.ts'
import { isPartReady } from './look-up.ts'
import { ticketOf, ticketsToDo, type World } from './world.ts'

/** Orders parts that have run low or out, and hands them out when they come. */
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
        await this.#handOut(part, now)
      },
    })
  }

  /** Orders a part that nobody has, for the depot of whoever needs it. */
  async orderFor(ticket: string, part: string, at: number): Promise<void> {
    const { owner_id } = await ticketOf(this.#world.db, ticket)
    const region = this.#world.owners.get(owner_id ?? '')?.region
    if (region !== undefined) this.order({ depot: depotId(region), part, at, available: 0, safety: 0 })
  }

  /** Tickets that wait for the part are given to their technicians anew: with that it is put aside for them. */
  async #handOut(part: string, now: number): Promise<void> {
    const { db, commands } = this.#world
    for (const ticket of await ticketsToDo(db)) {
      const { id, work_state, technician_id: technician } = ticket
      if (ticket.part !== part || work_state !== 'assigned' || technician === null) continue
      if (await isPartReady(db, ticket)) continue
      const order = { ticket: id, actor: 'dispatcher:ben', reason: 'the part has come', at: now }
      await commands.order({ ...order, command: { do: 'assign', technician } })
    }
  }
}
