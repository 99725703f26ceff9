import { type Kysely, sql } from 'kysely'
import { type QuarantineTotals, readQuarantineTotals } from '../store/records/quarantine/quarantine-store.ts'
import type { Records } from '../store/records/schema.ts'

export interface RecordCounts {
  devices: { kind: string; count: number }[]
  tickets: { work_state: string; count: number }[]
  /** `owed`: notices still to be written, now that the owner is registered. */
  notices: { state: string; count: number }[]
  /** `devices`: devices in open incidents; `folded`: findings grouped into all incidents ever. */
  incidents: { open: number; devices: number; folded: number }
  quarantine: QuarantineTotals
}

/**
 * Return the number of devices in use of each kind, tickets and notices in each state, findings grouped into
 * incidents, and the totals of the quarantine.
 */
export async function countRecords(records: Kysely<Records>): Promise<RecordCounts> {
  const count = sql<number>`count(*)::int`.as('count')
  const [devices, tickets, notices, incidents, quarantine] = await Promise.all([
    records
      .selectFrom('devices')
      .select('kind')
      .select(count)
      .where('retired_at', 'is', null)
      .groupBy('kind')
      .execute(),
    records.selectFrom('tickets').select('work_state').select(count).groupBy('work_state').execute(),
    records
      .selectFrom('notices')
      .select([sql<string>`state`.as('state'), count])
      .groupBy('state')
      .unionAll(
        records
          .selectFrom('findings')
          .innerJoin('devices', 'devices.id', 'findings.device_id')
          .select([sql<string>`'owed'`.as('state'), count])
          .where('findings.owed_notice', 'is not', null)
          .where('devices.owner_id', 'is not', null)
          .where('devices.retired_at', 'is', null),
      )
      .execute(),
    records
      .selectFrom('incidents')
      .select([
        sql<number>`(count(*) filter (where state = 'open'))::int`.as('open'),
        sql<number>`coalesce(sum(devices) filter (where state = 'open'), 0)::int`.as('devices'),
        sql<number>`coalesce(sum(folded), 0)::int`.as('folded'),
      ])
      .executeTakeFirstOrThrow(),
    readQuarantineTotals(records),
  ])
  return { devices, tickets, notices, incidents, quarantine }
}
