import type { Selectable } from 'kysely'
import { dayMs } from '../../../lib/time.ts'
import { inboxChannel } from '../../../notices/channels/inbox/channel.ts'
import { deliverNotice } from '../../../notices/deliver/deliver-notice.ts'
import { loadMessageCatalog } from '../../../notices/messages/message-catalog.ts'
import type { RecordsStore } from '../../../store/records/records-store.ts'
import type { NoticesTable } from '../../../store/records/schema.ts'
import { sweep } from '../../sweep.ts'
import type { TicketCommand } from '../../tickets/command.ts'
import { runCommandInTransaction } from '../../tickets/run-command.ts'
import { applyOwnerAnswer } from '../apply-owner-answer.ts'
import type { OwnerAnswer } from '../owner-answer.ts'

type Db = RecordsStore['db']

const messages = loadMessageCatalog()

/** Desk with a manual clock, and a channel that delivers everything. */
export class TestDesk {
  now: number
  /** Delivered notices. */
  readonly sent: { id: string; user: string; title: string; body: string; at: number }[] = []
  readonly #db: Db
  #requests = 0

  constructor(db: Db, now: number) {
    this.#db = db
    this.now = now
  }

  /** Run a command a second later, then the sweep. */
  async command(ticket: string, command: TicketCommand, actor = 'dispatcher:kim'): Promise<void> {
    const id = `o-${++this.#requests}`
    this.now += 1_000
    await runCommandInTransaction(this.#db, { ticket, actor, reason: 'asked for', at: this.now, id, command })
    await this.sweep()
  }

  answer(notice: string, answer: OwnerAnswer, { id = `a-${++this.#requests}`, user = 'u-1' } = {}) {
    const submitted = { id, notice, user, at: this.now, answer }
    return this.#db.transaction().execute((trx) => applyOwnerAnswer(trx, submitted, messages))
  }

  async sweep(): Promise<void> {
    const now = () => this.now
    const channels = [
      inboxChannel(this.#db, now),
      {
        name: 'phone',
        deliver: async ({
          id,
          user,
          title,
          body,
        }: {
          id: string
          user: string
          title: string
          body: string
        }) => {
          this.sent.push({ id, user, title, body, at: this.now })
          return { outcome: 'delivered' as const }
        },
      },
    ]
    await sweep({
      db: this.#db,
      messages,
      now,
      enqueueNotices: async (ids) => {
        for (const id of ids) await deliverNotice(id, { db: this.#db, channels, now })
      },
      keepQuarantinedMs: 90 * dayMs,
      appendToJournal: async () => {},
    })
  }

  /** Return the notices of a user, oldest first. */
  notices(user: string): Promise<Selectable<NoticesTable>[]> {
    return this.#db
      .selectFrom('notices')
      .selectAll()
      .where('user_id', '=', user)
      .orderBy('created_at')
      .orderBy('id')
      .execute()
  }

  /** Return the newest notice with a message key. */
  async notice(key: string, user = 'u-1'): Promise<Selectable<NoticesTable>> {
    const found = (await this.notices(user)).findLast((row) => row.notice === key)
    if (found === undefined) throw new Error(`${user} has no notice ${key}`)
    return found
  }
}
