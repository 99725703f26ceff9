import type { Kysely } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { type CommandOrder, CommandRefusedError } from '../../workers/tickets/command.ts'
import { orderCommand } from '../../workers/tickets/run-command.ts'

/** What people wanted and the desk refused, by its reason: they live with it, as people at a screen do. */
export class Commands {
  readonly #db: Kysely<Records>
  readonly #refused = new Map<CommandRefusedError['why'], number>()
  #ordered = 0

  constructor(db: Kysely<Records>) {
    this.#db = db
  }

  /**
   * Gives an order as the API does. Its id is a number, for the same run gives the same orders.
   * @returns whether it was carried out
   */
  async order(order: Omit<CommandOrder, 'id'>): Promise<boolean> {
    const id = `sim-${++this.#ordered}`
    return this.attempt(() => orderCommand(this.#db, { ...order, id }))
  }

  /** @returns whether it was not refused */
  async attempt(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      if (!(error instanceof CommandRefusedError)) throw error
      this.#refused.set(error.why, (this.#refused.get(error.why) ?? 0) + 1)
      return false
    }
  }

  get refused(): Record<string, number> {
    return Object.fromEntries([...this.#refused].sort())
  }
}
