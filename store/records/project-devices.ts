import { type Kysely, sql } from 'kysely'
import { type ClearableField, clearableFields } from '../../contract/device.ts'
import type { DeviceEntry, RenameEntry } from '../../contract/entry.ts'
import { toRecordsetJson } from './pg-values.ts'
import type { Records } from './schema.ts'

/** Project devices and their new ids, in the order of the journal: a device may be retired and renamed in one batch. */
export async function projectDevices(
  db: Kysely<Records>,
  entries: readonly (DeviceEntry | RenameEntry)[],
): Promise<void> {
  let announced: DeviceEntry[] = []
  for (const entry of entries) {
    if (entry.type === 'device') {
      announced.push(entry)
      continue
    }
    await upsertDevices(db, announced)
    announced = []
    await upsertDevices(db, [{ type: 'device', receivedAt: entry.receivedAt, device: entry.device }])
    await takeOverFirstSeen(db, entry)
    await moveToNewId(db, { from: entry.from, to: entry.device.id })
  }
  await upsertDevices(db, announced)
}

/**
 * Upsert devices and owners; fields that an announcement omits stay unchanged unless it clears them. The time zone of an
 * owner registered this way is unknown, so there are no quiet hours before it is set.
 */
async function upsertDevices(db: Kysely<Records>, entries: readonly DeviceEntry[]): Promise<void> {
  if (entries.length === 0) return
  const devices = new Map<string, DeviceRow>()
  for (const entry of entries) devices.set(entry.device.id, toRow(entry, devices.get(entry.device.id)))
  const rows = toRecordsetJson(
    [...devices.values()].map(({ cleared, ...row }) => ({ ...row, cleared: [...cleared] })),
  )
  await sql`
    insert into owners (id, created_at, quiet_from, quiet_until)
    select owner, min(at), '00:00', '00:00' from json_to_recordset(${rows}::json) as given (owner text, at timestamptz)
    where owner is not null group by owner
    on conflict do nothing`.execute(db)
  await sql`
    insert into devices
      (id, kind, model, firmware, owner_id, site, region, in_use_since, first_seen, updated_at,
       retired_at, retired_by, retired_reason, renamed_to, former_ids)
    select id, kind, model, firmware, owner, site, region, in_use_since, at, at,
      retired_at, retired_by, retired_reason, renamed_to, former_ids
    from json_to_recordset(${rows}::json) as given (
      id text, kind text, model text, firmware text, owner text,
      site text, region text, in_use_since timestamptz, at timestamptz,
      retired_at timestamptz, retired_by text, retired_reason text, renamed_to text, former_ids jsonb
    )
    on conflict (id) do update set
      kind = excluded.kind,
      model = coalesce(excluded.model, devices.model),
      firmware = coalesce(excluded.firmware, devices.firmware),
      owner_id = coalesce(excluded.owner_id, devices.owner_id),
      site = coalesce(excluded.site, devices.site),
      region = coalesce(excluded.region, devices.region),
      in_use_since = coalesce(excluded.in_use_since, devices.in_use_since),
      updated_at = excluded.updated_at,
      retired_at = excluded.retired_at,
      retired_by = excluded.retired_by,
      retired_reason = excluded.retired_reason,
      renamed_to = excluded.renamed_to,
      former_ids = excluded.former_ids`.execute(db)
  for (const field of clearableFields) await clearField(db, field, [...devices.values()])
}

interface DeviceRow {
  id: string
  /** Fields that were removed, and not set again in the same batch. */
  cleared: ReadonlySet<ClearableField>
}

function toRow({ device, receivedAt, cleared = [] }: DeviceEntry, before: DeviceRow | undefined): DeviceRow {
  const { inUseSince, retired, formerIds = [], ...fields } = device
  const kept = Object.fromEntries(
    Object.entries(before ?? {}).filter(([name]) => !cleared.some((field) => columnOf[field] === name)),
  )
  const stillCleared = [...(before?.cleared ?? []), ...cleared].filter((field) => device[field] === undefined)
  return {
    ...kept,
    ...fields,
    ...(inUseSince !== undefined && { in_use_since: new Date(inUseSince) }),
    at: new Date(receivedAt),
    retired_at: retired === undefined ? null : new Date(retired.at),
    retired_by: retired?.by ?? null,
    retired_reason: retired?.reason ?? null,
    renamed_to: retired?.renamedTo ?? null,
    former_ids: formerIds,
    cleared: new Set(stillCleared),
  } as DeviceRow
}

/** Name of each field in the rows above. */
const columnOf: Readonly<Record<ClearableField, string>> = {
  model: 'model',
  firmware: 'firmware',
  owner: 'owner',
  site: 'site',
  region: 'region',
  inUseSince: 'in_use_since',
}

async function clearField(
  db: Kysely<Records>,
  field: ClearableField,
  devices: readonly DeviceRow[],
): Promise<void> {
  const ids = devices.filter(({ cleared }) => cleared.has(field)).map(({ id }) => id)
  if (ids.length === 0) return
  const column = field === 'owner' ? 'owner_id' : columnOf[field]
  await sql`update devices set ${sql.ref(column)} = null where id in (${sql.join(ids)})`.execute(db)
}

async function takeOverFirstSeen(db: Kysely<Records>, { from, device }: RenameEntry): Promise<void> {
  await sql`
    update devices set first_seen = former.first_seen, presence = former.presence
    from devices as former where devices.id = ${device.id} and former.id = ${from}`.execute(db)
}

/**
 * Give what is recorded of a renamed device to its new id: tickets, findings, epochs, notices and reminders. Idempotent: a
 * finding that was on its way under the former id is moved later.
 */
export async function moveToNewId(
  db: Kysely<Records>,
  { from, to }: { from: string; to: string },
): Promise<void> {
  await sql`
    update tickets set device_id = ${to} where device_id = ${from} and (
      work_state in ('closed', 'cancelled') or not exists (
        select from tickets as open
        where open.device_id = ${to} and open.component = tickets.component and open.epoch = tickets.epoch
          and open.work_state not in ('closed', 'cancelled')))`.execute(db)
  await sql`update findings set device_id = ${to} where device_id = ${from}`.execute(db)
  await sql`update notices set device_id = ${to} where device_id = ${from}`.execute(db)
  await sql`
    update epochs set device_id = ${to} where device_id = ${from} and not exists (
      select from epochs as moved
      where moved.device_id = ${to} and moved.component = epochs.component and moved.number = epochs.number)`.execute(
    db,
  )
  await sql`
    update care_reminders set device_id = ${to} where device_id = ${from} and not exists (
      select from care_reminders as moved
      where moved.device_id = ${to} and moved.care = care_reminders.care and moved.due_on = care_reminders.due_on)`.execute(
    db,
  )
}
