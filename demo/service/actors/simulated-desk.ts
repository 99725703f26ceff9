import { type Kysely, sql } from 'kysely'
import type { Finding } from '../../../contract/finding.ts'
import { sweep } from '../../../desk/sweep.ts'
import { handleFinding } from '../../../desk/tickets/handle-finding.ts'
import { escalationTimes } from '../../../desk/tickets/sla-clocks.ts'
import { slaClocksOf } from '../../../desk/tickets/ticket-sla.ts'
import type { Channel } from '../../../notices/channels/channel.ts'
import { deliverNotice } from '../../../notices/deliver/deliver-notice.ts'
import { loadMessageCatalog } from '../../../notices/messages/message-catalog.ts'
import type { Records } from '../../../store/records/schema.ts'

export interface SimulatedDeskOptions {
  db: Kysely<Records>
  channels: readonly Channel[]
}

/**
 * The service desk as the program runs it, with the clock passed in: the jobs of its queues are done at once, its sweep
 * when it is asked to.
 */
export class SimulatedDesk {
  readonly #db: Kysely<Records>
  readonly #channels: readonly Channel[]
  readonly #messages = loadMessageCatalog()

  constructor({ db, channels }: SimulatedDeskOptions) {
    this.#db = db
    this.#channels = channels
  }

  /** What the queue of findings does with one. */
  async receiveFinding(finding: Finding, now: number): Promise<void> {
    const options = { db: this.#db, messages: this.#messages, now: () => now }
    await this.#send(await handleFinding(finding, options), now)
  }

  /** One sweep. The rules are no part of the stage: what the desk has to tell them nobody hears. */
  async sweep(now: number): Promise<void> {
    await sweep({
      db: this.#db,
      messages: this.#messages,
      now: () => now,
      enqueueNotices: (ids) => this.#send(ids, now),
      keepQuarantined: 0,
      appendToJournal: async () => {},
    })
  }

  /** When there is something for the sweep to do, ms; undefined when nothing waits for a moment. */
  async nextDueAt(now: number): Promise<number | undefined> {
    const moments = [await this.#nextQueueDueAt(), ...(await this.#nextSlaSteps(now))]
    const due = moments.filter((moment) => moment !== undefined)
    return due.length === 0 ? undefined : Math.min(...due)
  }

  async #nextQueueDueAt(): Promise<number | undefined> {
    const { rows } = await sql<{ due: Date | null }>`
      select least(
        (select min(next_attempt_at) from notices where state in ('queued', 'sent') and digest_id is null),
        (select min(answer_by) + interval '1 second' from offers where state = 'offered')
      ) as due`.execute(this.#db)
    return rows[0]?.due?.getTime()
  }

  /** The steps of running clocks that are still to come. */
  async #nextSlaSteps(now: number): Promise<number[]> {
    const tickets = await this.#db
      .selectFrom('tickets')
      .selectAll()
      .where('work_state', 'in', ['open', 'assigned', 'en_route', 'in_progress'])
      .where('waiting_since', 'is', null)
      .execute()
    return tickets
      .flatMap((ticket) => Object.values(slaClocksOf(ticket)))
      .filter(({ metAt }) => metAt === undefined)
      .flatMap((clock) => Object.values(escalationTimes(clock)))
      .map((step) => step + 1)
      .filter((step) => step > now)
  }

  /** What the queue of notices does, one after the other, so that each run is the same. */
  async #send(ids: readonly string[], now: number): Promise<void> {
    for (const id of ids) await deliverNotice(id, { db: this.#db, channels: this.#channels, now: () => now })
  }
}
