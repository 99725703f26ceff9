import { type Kysely, sql } from 'kysely'
import type {
  DeviceEntry,
  EventEntry,
  PresenceEntry,
  QuarantineEntry,
  RuleSetEntry,
  TelemetryEntry,
} from '../../contract/entry.ts'
import { sanitizePgText, toRecordsetJson } from './pg-values.ts'
import { projectReceipts } from './project-receipts.ts'
import type { Records } from './schema.ts'

/** What the projection has met since the start. */
interface ProjectionCounts {
  devices: number
  quarantined: number
  receipts: number
  /** Receipts of notices that do not exist, or not for that user. */
  unknownReceipts: number
}

export interface RecordsProjection {
  /** Takes a batch of the journal's `telemetry` stream, in one transaction. A batch may come twice. */
  handle(entries: readonly TelemetryEntry[]): Promise<void>
  /** Succeeds while the database would take what `handle` writes. */
  probe(): Promise<void>
  readonly counts: Readonly<ProjectionCounts>
}

/** Keeps in records what is not a reading: devices and owners, presence, quarantine, and how far notices got. */
export function createRecordsProjection(db: Kysely<Records>): RecordsProjection {
  const counts: ProjectionCounts = { devices: 0, quarantined: 0, receipts: 0, unknownReceipts: 0 }
  return {
    counts,
    async handle(entries) {
      const devices = entriesOfType(entries, 'device')
      const presences = lastByKey(entriesOfType(entries, 'presence'), (entry) => entry.device)
      const quarantined = lastByKey(entriesOfType(entries, 'quarantined'), (entry) => entry.id)
      const receipts = entriesOfType(entries, 'receipt')
      const replacements = entriesOfType(entries, 'event').filter(({ event }) => event === 'part_replaced')
      const rules = entriesOfType(entries, 'rules')
      const told = [devices, presences, quarantined, receipts, replacements, rules]
      if (told.every(({ length }) => length === 0)) return

      const applied = await db.transaction().execute(async (trx) => {
        if (devices.length > 0) await projectDevices(trx, devices)
        if (presences.length > 0) await projectPresence(trx, presences)
        await projectEpochs(trx, replacements)
        await projectRuleVersions(trx, rules)
        if (quarantined.length > 0) await projectQuarantine(trx, quarantined)
        return projectReceipts(trx, receipts)
      })
      counts.devices += devices.length
      counts.quarantined += quarantined.length
      counts.receipts += receipts.length
      counts.unknownReceipts += applied.unknown
    },
    async probe() {
      // A database that can only be read refuses it, though there is nothing to change.
      await sql`update devices set id = id where false`.execute(db)
    },
  }
}

function entriesOfType<T extends TelemetryEntry['type']>(entries: readonly TelemetryEntry[], type: T) {
  return entries.filter((entry): entry is Extract<TelemetryEntry, { type: T }> => entry.type === type)
}

/** One entry of each key, the last: a statement that upserts may not meet the same row twice. */
function lastByKey<E>(entries: readonly E[], key: (entry: E) => string): E[] {
  return [...new Map(entries.map((entry) => [key(entry), entry])).values()]
}

/**
 * What an announcement leaves out stays as it was. Of an owner that it makes known nobody has said where he lives, so no hours
 * can be quiet before somebody does.
 */
async function projectDevices(db: Kysely<Records>, entries: readonly DeviceEntry[]): Promise<void> {
  const devices = new Map<string, object>()
  for (const { device, receivedAt } of entries) {
    const { inUseSince, ...rest } = device
    const since = inUseSince === undefined ? {} : { in_use_since: new Date(inUseSince) }
    devices.set(device.id, { ...devices.get(device.id), ...rest, ...since, at: new Date(receivedAt) })
  }
  const rows = toRecordsetJson([...devices.values()])
  await sql`
    insert into owners (id, created_at, quiet_from, quiet_until)
    select owner, min(at), '00:00', '00:00' from json_to_recordset(${rows}::json) as given (owner text, at timestamptz)
    where owner is not null group by owner
    on conflict do nothing`.execute(db)
  await sql`
    insert into devices
      (id, kind, model, firmware, owner_id, site, region, in_use_since, first_seen, updated_at)
    select id, kind, model, firmware, owner, site, region, in_use_since, at, at
    from json_to_recordset(${rows}::json) as given (
      id text, kind text, model text, firmware text, owner text,
      site text, region text, in_use_since timestamptz, at timestamptz
    )
    on conflict (id) do update set
      kind = excluded.kind,
      model = coalesce(excluded.model, devices.model),
      firmware = coalesce(excluded.firmware, devices.firmware),
      owner_id = coalesce(excluded.owner_id, devices.owner_id),
      site = coalesce(excluded.site, devices.site),
      region = coalesce(excluded.region, devices.region),
      in_use_since = coalesce(excluded.in_use_since, devices.in_use_since),
      updated_at = excluded.updated_at`.execute(db)
}

/** Of devices that are known: one that never said what it is has no row. */
async function projectPresence(db: Kysely<Records>, entries: readonly PresenceEntry[]): Promise<void> {
  const rows = toRecordsetJson(
    entries.map(({ device, state, receivedAt }) => ({ device, state, at: new Date(receivedAt) })),
  )
  await sql`
    update devices set presence = given.state, updated_at = given.at
    from json_to_recordset(${rows}::json) as given (device text, state text, at timestamptz)
    where devices.id = given.device`.execute(db)
}

async function projectQuarantine(db: Kysely<Records>, entries: readonly QuarantineEntry[]): Promise<void> {
  const rows = toRecordsetJson(entries.map((entry) => ({ ...entry, at: new Date(entry.receivedAt) })))
  await sql`
    insert into quarantine (id, received_at, topic, device_id, reason, detail, payload)
    select id, at, topic, device, reason, detail, payload
    from json_to_recordset(${rows}::json)
      as given (id text, at timestamptz, topic text, device text, reason text, detail text, payload text)
    on conflict do nothing`.execute(db)
}

/**
 * Notes, from `part_replaced` events, when the lives of parts began, numbered as the rules number them: one that is not newer than the part's present
 * life (told again, or late) changes nothing. Life 0 was there before and is not noted.
 */
async function projectEpochs(db: Kysely<Records>, entries: readonly EventEntry[]): Promise<void> {
  for (const { device, component, ts } of entries) {
    if (component === undefined) continue
    await sql`
      insert into epochs (device_id, component, number, since)
      select ${device}::text, ${component}::text, coalesce(max(number), 0) + 1, ${new Date(ts)}::timestamptz
      from epochs where device_id = ${device} and component = ${component}
      having max(since) is null or max(since) < ${new Date(ts)}::timestamptz`.execute(db)
  }
}

/** Notes every version of a rule that was ever in force, and what became of it. */
async function projectRuleVersions(db: Kysely<Records>, entries: readonly RuleSetEntry[]): Promise<void> {
  for (const { at, by, why, changes, live, shadow } of entries) {
    const changedAt = new Date(at)
    const versions = [...live, ...shadow].map(({ file, text, name, version }) => ({
      name,
      version,
      file: sanitizePgText(file),
      text: sanitizePgText(text),
      first_seen: changedAt,
      by: sanitizePgText(by),
    }))
    if (versions.length > 0)
      await db
        .insertInto('rule_versions')
        .values(versions)
        .onConflict((is) => is.doNothing())
        .execute()
    const ruleChanges = changes.map(({ name, version, to }) => ({
      name,
      version,
      at: changedAt,
      became: to,
      why,
      by: sanitizePgText(by),
    }))
    if (ruleChanges.length > 0)
      await db
        .insertInto('rule_changes')
        .values(ruleChanges)
        .onConflict((is) => is.doNothing())
        .execute()
  }
}
