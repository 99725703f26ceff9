import type { Selectable } from 'kysely'
import { inboxChannel } from '../../../notices/channels/inbox/channel.ts'
import { loadMessages } from '../../../notices/messages.ts'
import { sendNotice } from '../../../notices/send-notice.ts'
import type { RecordsStore } from '../../../store/records/open.ts'
import type { NoticesTable } from '../../../store/records/schema.ts'
import { sweep } from '../../sweep.ts'
import type { TicketCommand } from '../../tickets/command.ts'
import { orderCommand } from '../../tickets/run-command.ts'
import type { OwnerAnswer } from '../answer.ts'
import { answerNotice } from '../answer-notice.ts'

type Db = RecordsStore['db']

const messages = loadMessages()

/** A desk whose clock is moved by hand, and phones that get everything. */
export class TestDesk {
  now: number
  /** What came to phones. */
  readonly sent: { id: string; user: string; title: string; body: string; at: number }[] = []
  readonly #db: Db
  #orders = 0

  constructor(db: Db, now: number) {
    this.#db = db
    this.now = now
  }

  /** Orders something a second later, and lets the sweep do what follows. */
  async order(ticket: string, command: TicketCommand, actor = 'dispatcher:kim'): Promise<void> {
    const id = `o-${++this.#orders}`
    this.now += 1_000
    await orderCommand(this.#db, { ticket, actor, reason: 'asked for', at: this.now, id, command })
    await this.sweep()
  }

  answer(notice: string, answer: OwnerAnswer, { id = `a-${++this.#orders}`, user = 'u-1' } = {}) {
    const given = { id, notice, user, at: this.now, answer }
    return this.#db.transaction().execute((trx) => answerNotice(trx, given, messages))
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
        for (const id of ids) await sendNotice(id, { db: this.#db, channels, now })
      },
      keepQuarantined: 0,
      tellJournal: async () => {},
    })
  }

  /** What is in the ledger for a user, the oldest first. */
  notices(user: string): Promise<Selectable<NoticesTable>[]> {
    return this.#db
      .selectFrom('notices')
      .selectAll()
      .where('user_id', '=', user)
      .orderBy('created_at')
      .orderBy('id')
      .execute()
  }

  /** The newest of a message key. */
  async notice(key: string, user = 'u-1'): Promise<Selectable<NoticesTable>> {
    const found = (await this.notices(user)).findLast((row) => row.notice === key)
    if (found === undefined) throw new Error(`${user} has no notice ${key}`)
    return found
  }
}
