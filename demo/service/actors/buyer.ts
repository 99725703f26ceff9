import { depotId, type Shortage, sampleDelivery } from '../../../device-sim/people/stock.ts'
import { minuteMs } from '../../../lib/time.ts'
import { listOpenTickets, loadTicket, type ServiceContext } from '../context.ts'
import { isPartReserved } from './dispatch-queries.ts'

/** By then the desk has handed out what came. */
const allocationDelayMs = minuteMs

/** Orders parts that have run low or out. */
export class Buyer {
  readonly #world: ServiceContext
  readonly #ordered = new Set<string>()

  constructor(world: ServiceContext) {
    this.#world = world
  }

  /** Orders what has run low, unless it is on its way. */
  order(shortage: Shortage): void {
    const { queue: agenda, seed } = this.#world
    const { depot, part } = shortage
    const key = `${depot}/${part}`
    if (this.#ordered.has(key)) return
    this.#ordered.add(key)
    const { at, quantity } = sampleDelivery(seed, shortage)
    agenda.schedule({
      at,
      run: async (now) => {
        this.#ordered.delete(key)
        await this.#world.commands.receiveDelivery({ depot, part, quantity, at: now })
        agenda.schedule({ at: now + allocationDelayMs, run: (later) => this.#reorderForWaiting(part, later) })
      },
    })
  }

  /** Orders a part that nobody has, for the depot of whoever needs it. */
  async orderFor(ticket: string, part: string, at: number): Promise<void> {
    const { owner_id } = await loadTicket(this.#world.db, ticket)
    const region = this.#world.owners.get(owner_id ?? '')?.region
    if (region !== undefined) this.order({ depot: depotId(region), part, at, available: 0, safety: 0 })
  }

  /** The desk puts what has come aside for those who wait; for whom it did not reach, more is ordered. */
  async #reorderForWaiting(part: string, now: number): Promise<void> {
    const { db } = this.#world
    for (const ticket of await listOpenTickets(db)) {
      if (ticket.part !== part || ticket.work_state !== 'assigned') continue
      if (!(await isPartReserved(db, ticket))) await this.orderFor(ticket.id, part, now)
    }
  }
}
