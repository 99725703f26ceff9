import { type Kysely, sql } from 'kysely'
import type { Finding } from '../../../contract/finding.ts'
import { handleFindings } from '../../../desk/findings/handle-findings.ts'
import { sweep } from '../../../desk/sweep.ts'
import { escalationTimes } from '../../../desk/tickets/sla-clocks.ts'
import { slaClocksOf } from '../../../desk/tickets/ticket-sla.ts'
import { dayMs } from '../../../lib/time.ts'
import type { Channel } from '../../../notices/channels/channel.ts'
import { deliverNotice } from '../../../notices/deliver/deliver-notice.ts'
import { loadMessageCatalog } from '../../../notices/messages/message-catalog.ts'
import type { Records } from '../../../store/records/schema.ts'

export interface SimulatedDeskOptions {
  db: Kysely<Records>
  channels: readonly Channel[]
}

/**
 * The service desk as the program runs it, with the clock passed in: jobs of its queues run at once, its sweep
 * on request.
 */
export class SimulatedDesk {
  readonly #db: Kysely<Records>
  readonly #channels: readonly Channel[]
  readonly #messages = loadMessageCatalog()

  constructor({ db, channels }: SimulatedDeskOptions) {
    this.#db = db
    this.#channels = channels
  }

  /** Process a finding as the queue of findings does. */
  async receiveFinding(finding: Finding, now: number): Promise<void> {
    const options = { db: this.#db, messages: this.#messages, now: () => now }
    const written = await handleFindings([finding], options)
    await this.#send(
      written.map(({ notice }) => notice),
      now,
    )
  }

  /** Run one sweep. The outbox to the rules is discarded: no rules run here. */
  async sweep(now: number): Promise<void> {
    await sweep({
      db: this.#db,
      messages: this.#messages,
      now: () => now,
      enqueueNotices: (ids) => this.#send(ids, now),
      keepQuarantinedMs: 90 * dayMs,
      appendToJournal: async () => {},
    })
  }

  /** Return when the sweep has something to do, ms; undefined when nothing is scheduled. */
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

  /** Return the coming steps of running SLA timers, ms. */
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

  /** Deliver notices as their queue does, one after the other, so that each run is the same. */
  async #send(ids: readonly string[], now: number): Promise<void> {
    for (const id of ids) await deliverNotice(id, { db: this.#db, channels: this.#channels, now: () => now })
  }
}
