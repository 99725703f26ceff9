import { type Kysely, sql } from 'kysely'
import type { Finding } from '../../rules/finding.ts'
import type { Records } from '../../store/records/schema.ts'
import { handleDeskEvents, type Reaction } from '../../workers/handle-desk-events.ts'
import type { Channel } from '../../workers/notices/channel.ts'
import type { Messages } from '../../workers/notices/messages.ts'
import { sendNotice } from '../../workers/notices/send-notice.ts'
import { sweep } from '../../workers/sweep.ts'
import { handleFinding } from '../../workers/tickets/handle-finding.ts'

export interface DeskOptions {
  db: Kysely<Records>
  messages: Messages
  channels: readonly Channel[]
  reactions: readonly Reaction[]
}

/**
 * The service desk as the program runs it, with the clock passed in: the jobs of its queues are done at once, its sweep
 * when it is asked to.
 */
export class Desk {
  readonly #options: DeskOptions

  constructor(options: DeskOptions) {
    this.#options = options
  }

  /** What the queue of findings does with one. */
  async take(finding: Finding, now: number): Promise<void> {
    const { db, messages } = this.#options
    await this.#send(await handleFinding(finding, { db, messages, now: () => now }), now)
  }

  /** One sweep. */
  async sweep(now: number): Promise<void> {
    const { db, messages, reactions } = this.#options
    const at = new Date(now)
    await handleDeskEvents(db, reactions, at)
    const enqueueNotices = (ids: readonly string[]) => this.#send(ids, now)
    await sweep({ db, messages, now: () => now, enqueueNotices, keepQuarantined: 0 })
  }

  /** When there is something for the sweep to do, ms; undefined when nothing waits for a moment. */
  async nextDue(): Promise<number | undefined> {
    const { rows } = await sql<{ due: Date | null }>`
      select least(
        (select min(next_attempt_at) from notices where state in ('queued', 'sent')),
        (select min(answer_by) from offers where state = 'offered')
      ) as due`.execute(this.#options.db)
    return rows[0]?.due?.getTime()
  }

  /** What the queue of notices does, one after the other, so that each run is the same. */
  async #send(ids: readonly string[], now: number): Promise<void> {
    const { db, channels } = this.#options
    for (const id of ids) await sendNotice(id, { db, channels, now: () => now })
  }
}
