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
 * The commands of people, through the functions that the API calls. Rejected commands are not
 * repeated; they are counted.
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
   * Execute a command on a ticket. Its id is a running number, so that the same run gives the same ids.
   * @returns whether it was executed
   */
  execute(order: Omit<CommandRequest, 'id'>): Promise<boolean> {
    const id = `sim-${++this.#commandCount}`
    return this.#tryCommand(order.command.do, (trx) => runCommand(trx, { ...order, id }))
  }

  /** Answer an offer. @returns whether the answer was accepted */
  answerOffer(answer: OfferAnswer): Promise<boolean> {
    return this.#tryCommand(`offer ${answer.answer}`, (trx) => answerOffer(trx, answer))
  }

  /** Answer a notice as its owner. @returns whether the answer was accepted */
  answerNotice(given: Omit<SubmittedAnswer, 'id'>): Promise<boolean> {
    const id = `sim-${++this.#commandCount}`
    const { action } = given.answer
    return this.#tryCommand(`answer ${action}`, (trx) =>
      applyOwnerAnswer(trx, { ...given, id }, this.#messages),
    )
  }

  /** Add delivered parts to the stock. */
  async receiveDelivery(delivery: GoodsReceipt): Promise<void> {
    await this.#db.transaction().execute((trx) => receiveStock(trx, delivery))
  }

  /** Rejected commands, by reason. */
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
