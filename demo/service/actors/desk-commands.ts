import type { Kysely, Transaction } from 'kysely'
import { answerOffer, type OfferAnswer, OfferRejectedError } from '../../../desk/dispatch/offers.ts'
import { applyOwnerAnswer } from '../../../desk/owners/apply-owner-answer.ts'
import { AnswerRejectedError, type SubmittedAnswer } from '../../../desk/owners/owner-answer.ts'
import { type GoodsReceipt, receiveStock } from '../../../desk/stock/stock-movements.ts'
import { CommandRejectedError, type CommandRequest } from '../../../desk/tickets/command.ts'
import { runCommand } from '../../../desk/tickets/run-command.ts'
import { loadMessageCatalog } from '../../../notices/messages/message-catalog.ts'
import type { Records } from '../../../store/records/schema.ts'

const rejectionErrors = [CommandRejectedError, OfferRejectedError, AnswerRejectedError]

/**
 * What people may do, through the functions that the API calls. What the desk refuses they live with, as people at a screen
 * do; it is counted.
 */
export class DeskCommands {
  readonly #db: Kysely<Records>
  readonly #messages = loadMessageCatalog()
  readonly #refused = new Map<string, number>()
  #commandCount = 0

  constructor(db: Kysely<Records>) {
    this.#db = db
  }

  /**
   * Orders something of a ticket. The order's id is a number, for the same run gives the same orders.
   * @returns whether it was carried out
   */
  execute(order: Omit<CommandRequest, 'id'>): Promise<boolean> {
    const id = `sim-${++this.#commandCount}`
    return this.#tryCommand(order.command.do, (trx) => runCommand(trx, { ...order, id }))
  }

  /** Answers an offer. @returns whether the answer was taken */
  answerOffer(answer: OfferAnswer): Promise<boolean> {
    return this.#tryCommand(`offer ${answer.answer}`, (trx) => answerOffer(trx, answer))
  }

  /** An owner answers a notice. @returns whether the answer was taken */
  answerNotice(given: Omit<SubmittedAnswer, 'id'>): Promise<boolean> {
    const id = `sim-${++this.#commandCount}`
    const { action } = given.answer
    return this.#tryCommand(`answer ${action}`, (trx) =>
      applyOwnerAnswer(trx, { ...given, id }, this.#messages),
    )
  }

  /** Puts delivered parts on a shelf. */
  async receiveDelivery(delivery: GoodsReceipt): Promise<void> {
    await this.#db.transaction().execute((trx) => receiveStock(trx, delivery))
  }

  /** How often the desk refused what people wanted, by what that was. */
  get rejectedCounts(): Record<string, number> {
    return Object.fromEntries([...this.#refused].sort())
  }

  async #tryCommand(what: string, work: (trx: Transaction<Records>) => Promise<unknown>): Promise<boolean> {
    try {
      await this.#db.transaction().execute(work)
      return true
    } catch (error) {
      if (!rejectionErrors.some((refusal) => error instanceof refusal)) throw error
      this.#refused.set(what, (this.#refused.get(what) ?? 0) + 1)
      return false
    }
  }
}
