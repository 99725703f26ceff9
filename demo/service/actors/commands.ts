import type { Kysely, Transaction } from 'kysely'
import { answerOffer, type OfferAnswer, OfferRefusedError } from '../../../desk/dispatch/offers.ts'
import { AnswerRefusedError, type GivenAnswer } from '../../../desk/owners/answer.ts'
import { answerNotice } from '../../../desk/owners/answer-notice.ts'
import { type Delivery, restock } from '../../../desk/stock/move.ts'
import { type CommandOrder, CommandRefusedError } from '../../../desk/tickets/command.ts'
import { runCommand } from '../../../desk/tickets/run-command.ts'
import { loadMessages } from '../../../notices/messages.ts'
import type { Records } from '../../../store/records/schema.ts'

const refusals = [CommandRefusedError, OfferRefusedError, AnswerRefusedError]

/**
 * What people may do, through the functions that the API calls. What the desk refuses they live with, as people at a screen
 * do; it is counted.
 */
export class Commands {
  readonly #db: Kysely<Records>
  readonly #messages = loadMessages()
  readonly #refused = new Map<string, number>()
  #ordered = 0

  constructor(db: Kysely<Records>) {
    this.#db = db
  }

  /**
   * Orders something of a ticket. The order's id is a number, for the same run gives the same orders.
   * @returns whether it was carried out
   */
  order(order: Omit<CommandOrder, 'id'>): Promise<boolean> {
    const id = `sim-${++this.#ordered}`
    return this.#attempt(order.command.do, (trx) => runCommand(trx, { ...order, id }))
  }

  /** Answers an offer. @returns whether the answer was taken */
  answerOffer(answer: OfferAnswer): Promise<boolean> {
    return this.#attempt(`offer ${answer.answer}`, (trx) => answerOffer(trx, answer))
  }

  /** An owner answers a notice. @returns whether the answer was taken */
  answerNotice(given: Omit<GivenAnswer, 'id'>): Promise<boolean> {
    const id = `sim-${++this.#ordered}`
    const { action } = given.answer
    return this.#attempt(`answer ${action}`, (trx) => answerNotice(trx, { ...given, id }, this.#messages))
  }

  /** Puts delivered parts on a shelf. */
  async receive(delivery: Delivery): Promise<void> {
    await this.#db.transaction().execute((trx) => restock(trx, delivery))
  }

  /** How often the desk refused what people wanted, by what that was. */
  get refused(): Record<string, number> {
    return Object.fromEntries([...this.#refused].sort())
  }

  async #attempt(what: string, work: (trx: Transaction<Records>) => Promise<unknown>): Promise<boolean> {
    try {
      await this.#db.transaction().execute(work)
      return true
    } catch (error) {
      if (!refusals.some((refusal) => error instanceof refusal)) throw error
      this.#refused.set(what, (this.#refused.get(what) ?? 0) + 1)
      return false
    }
  }
}
