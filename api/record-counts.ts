import { sql } from 'kysely'
import type { ApiParts } from './parts.ts'

export interface RecordCounts {
  devices: { kind: string; count: number }[]
  tickets: { work_state: string; count: number }[]
  notices: { state: string; count: number }[]
}

/** How many devices there are of each kind, and tickets and notices in each state. */
export async function countRecords(records: ApiParts['records']): Promise<RecordCounts> {
  const count = sql<number>`count(*)::int`.as('count')
  const [devices, tickets, notices] = await Promise.all([
    records.selectFrom('devices').select('kind').select(count).groupBy('kind').execute(),
    records.selectFrom('tickets').select('work_state').select(count).groupBy('work_state').execute(),
    records.selectFrom('notices').select('state').select(count).groupBy('state').execute(),
  ])
  return { devices, tickets, notices }
}
