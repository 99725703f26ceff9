import { depotId, type Shortage, sampleDelivery } from '../../../device-sim/people/stock.ts'
import { minuteMs } from '../../../lib/time.ts'
import { listOpenTickets, loadTicket, type ServiceContext } from '../context.ts'
import { isPartReserved } from './dispatch-queries.ts'

/** By then the desk has allocated the delivery. */
const allocationDelayMs = minuteMs

/** Orders parts that are low or out of stock. */
export class Buyer {
  readonly #context: ServiceContext
  readonly #ordered = new Set<string>()

  constructor(context: ServiceContext) {
    this.#context = context
  }

  /** Order a part that is low, unless an order is already on its way. */
  order(shortage: Shortage): void {
    const { queue, seed } = this.#context
    const { depot, part } = shortage
    const key = `${depot}/${part}`
    if (this.#ordered.has(key)) return
    this.#ordered.add(key)
    const { at, quantity } = sampleDelivery(seed, shortage)
    queue.schedule({
      at,
      run: async (now) => {
        this.#ordered.delete(key)
        await this.#context.commands.receiveDelivery({ depot, part, quantity, at: now })
        queue.schedule({ at: now + allocationDelayMs, run: (later) => this.#reorderForWaiting(part, later) })
      },
    })
  }

  /** Order a part that is out of stock, for the depot of the ticket that needs it. */
  async orderFor(ticket: string, part: string, at: number): Promise<void> {
    const { owner_id } = await loadTicket(this.#context.db, ticket)
    const region = this.#context.owners.get(owner_id ?? '')?.region
    if (region !== undefined) this.order({ depot: depotId(region), part, at, available: 0, safety: 0 })
  }

  /** After the desk has reserved a delivery for waiting tickets, order more for those without a part. */
  async #reorderForWaiting(part: string, now: number): Promise<void> {
    const { db } = this.#context
    for (const ticket of await listOpenTickets(db)) {
      if (ticket.part !== part || ticket.work_state !== 'assigned') continue
      if (!(await isPartReserved(db, ticket))) await this.orderFor(ticket.id, part, now)
    }
  }
}
