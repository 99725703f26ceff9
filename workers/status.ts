import type { Kysely } from 'kysely'
import type { NoticesTable, Records } from '../store/records/schema.ts'
import type { QueueName } from './jobs.ts'
import type { QueueCounts, Queues } from './queues.ts'

export interface WorkersStatus {
  queues: Record<QueueName, QueueCounts>
  /** A state without notices is absent. */
  notices: Partial<Record<NoticesTable['state'], number>>
  openTickets: number
  tickets: number
}

export async function workersStatus(
  db: Kysely<Records>,
  queues: Pick<Queues, 'counts'>,
): Promise<WorkersStatus> {
  const [counts, notices, tickets] = await Promise.all([
    queues.counts(),
    db
      .selectFrom('notices')
      .select(({ fn }) => ['state', fn.countAll<string>().as('count')])
      .groupBy('state')
      .execute(),
    db
      .selectFrom('tickets')
      .select(({ fn }) => [
        fn.countAll<string>().as('all'),
        fn.countAll<string>().filterWhere('work_state', 'not in', ['closed', 'cancelled']).as('open'),
      ])
      .executeTakeFirstOrThrow(),
  ])
  return {
    queues: counts,
    notices: Object.fromEntries(notices.map(({ state, count }) => [state, Number(count)])),
    openTickets: Number(tickets.open),
    tickets: Number(tickets.all),
  }
}
