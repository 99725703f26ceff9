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

/** One number of `countRecords`. */
interface CountRow {
  what: 'device' | 'ticket' | 'notice' | 'incident'
  key: string
  /** Null for the sum of nothing. */
  count: number | null
}

/**
 * Return the number of devices in use of each kind, tickets and notices in each state, findings grouped into
 * incidents, and the totals of the quarantine. All but the quarantine come from one statement: an idle program spends more on
 * sending statements than on counting.
 */
export async function countRecords(records: Kysely<Records>): Promise<RecordCounts> {
  const [{ rows }, quarantine] = await Promise.all([
    sql<CountRow>`
      select 'device' as what, kind as key, count(*)::float8 as count
        from devices where retired_at is null group by kind
      union all select 'ticket', work_state, count(*) from tickets group by work_state
      union all select 'notice', state, count(*) from notices group by state
      union all select 'notice', 'owed', count(*)
        from findings join devices on devices.id = findings.device_id
        where findings.owed_notice is not null and devices.owner_id is not null and devices.retired_at is null
      union all select 'incident', figure.key, figure.count
        from (select
          count(*) filter (where state = 'open') as open,
          sum(devices) filter (where state = 'open') as devices,
          sum(folded) as folded
          from incidents) as total,
        lateral (values ('open', total.open), ('devices', total.devices), ('folded', total.folded))
          as figure (key, count)`.execute(records),
    readQuarantineTotals(records),
  ])
  const of = (what: CountRow['what']) =>
    rows.flatMap((row) => (row.what === what ? [{ key: row.key, count: row.count ?? 0 }] : []))
  const incidents = new Map(of('incident').map(({ key, count }) => [key, count]))
  return {
    devices: of('device').map(({ key, count }) => ({ kind: key, count })),
    tickets: of('ticket').map(({ key, count }) => ({ work_state: key, count })),
    notices: of('notice').map(({ key, count }) => ({ state: key, count })),
    incidents: {
      open: incidents.get('open') ?? 0,
      devices: incidents.get('devices') ?? 0,
      folded: incidents.get('folded') ?? 0,
    },
    quarantine,
  }
}
