import { type Kysely, sql } from 'kysely'
import type { EventEntry, PresenceEntry, RuleSetEntry, TelemetryEntry } from '../../contract/entry.ts'
import { passFailpoint } from '../../lib/failpoint.ts'
import { sanitizePgText, toRecordsetJson } from './pg-values.ts'
import { type ConsumerPosition, saveJournalPosition } from './positions/journal-positions.ts'
import { projectDevices } from './project-devices.ts'
import { projectReceipts } from './project-receipts.ts'
import { insertQuarantined, recordRetries, trimQuarantine } from './quarantine/quarantine-store.ts'
import type { Records } from './schema.ts'

/** Counts of the projection since the start. */
interface ProjectionCounts {
  devices: number
  quarantined: number
  receipts: number
  /** Receipts of notices that do not exist, or belong to another user. */
  unknownReceipts: number
}

export interface RecordsProjection {
  /**
   * Process a batch of the journal's `telemetry` stream and store the position after it, in one transaction. A batch may
   * come twice. Where a batch changes no row, the position is stored once a second only: such a batch can be read again.
   */
  handle(entries: readonly TelemetryEntry[], position?: ConsumerPosition): Promise<void>
  /** Check that the database accepts the writes of `handle`. */
  probe(): Promise<void>
  readonly counts: Readonly<ProjectionCounts>
}

export interface RecordsProjectionOptions {
  /** Maximum size of the quarantine; beyond it the oldest messages are deleted. Default 1 GiB. */
  quarantineMaxBytes?: number
  /** Called with the number of quarantined messages that were deleted because of the size. */
  onQuarantineDropped?(count: number): void
  /** Called with the ids of devices whose announcements were committed. */
  onDevices?(ids: readonly string[]): void
}

/** Key of the advisory lock of the projection; any number that nothing else uses. */
const projectionLock = 7_120_417

/** Interval at which the position is stored while batches contain readings only, ms. */
const idlePositionMs = 1_000

/**
 * Create the projection of all entries that are not readings: devices and owners, presence, quarantine, and the
 * delivery of notices.
 */
export function createRecordsProjection(
  db: Kysely<Records>,
  { quarantineMaxBytes = 2 ** 30, onQuarantineDropped, onDevices }: RecordsProjectionOptions = {},
): RecordsProjection {
  const counts: ProjectionCounts = { devices: 0, quarantined: 0, receipts: 0, unknownReceipts: 0 }
  const idlePositions = createInterval(idlePositionMs)
  return {
    counts,
    async handle(entries, position) {
      const devices = entries.filter((entry) => entry.type === 'device' || entry.type === 'renamed')
      const presences = lastByKey(entriesOfType(entries, 'presence'), (entry) => entry.device)
      const quarantined = lastByKey(entriesOfType(entries, 'quarantined'), (entry) => entry.id)
      const retried = lastByKey(entriesOfType(entries, 'quarantine_retried'), (entry) => entry.id)
      const receipts = entriesOfType(entries, 'receipt')
      const replacements = entriesOfType(entries, 'event').filter(({ event }) => event === 'part_replaced')
      const rules = entriesOfType(entries, 'rules')
      const told = [devices, presences, quarantined, retried, receipts, replacements, rules]
      if (told.every(({ length }) => length === 0)) {
        if (position !== undefined && idlePositions.isDue(position.consumer))
          await saveJournalPosition(db, position)
        return
      }
      let dropped = 0
      const applied = await db.transaction().execute(async (trx) => {
        // One at a time, over all processes: partitions may change the same rules and owners.
        await sql`select pg_advisory_xact_lock(${projectionLock}::bigint)`.execute(trx)
        if (position !== undefined) await saveJournalPosition(trx, position)
        if (devices.length > 0) await projectDevices(trx, devices)
        if (presences.length > 0) await projectPresence(trx, presences)
        await projectEpochs(trx, replacements)
        await projectRuleVersions(trx, rules)
        if (quarantined.length > 0) {
          await insertQuarantined(trx, quarantined)
          dropped = await trimQuarantine(trx, quarantineMaxBytes)
        }
        if (retried.length > 0) await recordRetries(trx, retried)
        const projected = await projectReceipts(trx, receipts)
        passFailpoint('records.in_transaction')
        return projected
      })
      passFailpoint('records.after_commit')
      if (dropped > 0) onQuarantineDropped?.(dropped)
      if (devices.length > 0) onDevices?.(devices.map(({ device }) => device.id))
      counts.devices += devices.length
      counts.quarantined += quarantined.length
      counts.receipts += receipts.length
      counts.unknownReceipts += applied.unknown
    },
    async probe() {
      // A read-only database rejects it, though there is nothing to change.
      await sql`update devices set id = id where false`.execute(db)
    },
  }
}

/** Tell for each key whether at least `ms` have passed since it was last due. */
function createInterval(ms: number): { isDue(key: string): boolean } {
  const last = new Map<string, number>()
  return {
    isDue(key) {
      const now = performance.now()
      if (now - (last.get(key) ?? Number.NEGATIVE_INFINITY) < ms) return false
      last.set(key, now)
      return true
    },
  }
}

function entriesOfType<T extends TelemetryEntry['type']>(entries: readonly TelemetryEntry[], type: T) {
  return entries.filter((entry): entry is Extract<TelemetryEntry, { type: T }> => entry.type === type)
}

/** Return the last entry of each key: one upsert statement must not contain the same row twice. */
function lastByKey<E>(entries: readonly E[], key: (entry: E) => string): E[] {
  return [...new Map(entries.map((entry) => [key(entry), entry])).values()]
}

/** Update registered devices only: a device that never announced itself has no row. */
async function projectPresence(db: Kysely<Records>, entries: readonly PresenceEntry[]): Promise<void> {
  const rows = toRecordsetJson(
    entries.map(({ device, state, receivedAt }) => ({ device, state, at: new Date(receivedAt) })),
  )
  await sql`
    update devices set presence = given.state, updated_at = given.at
    from json_to_recordset(${rows}::json) as given (device text, state text, at timestamptz)
    where devices.id = given.device`.execute(db)
}

/**
 * Record, from `part_replaced` events, when the epochs of parts began, numbered as the rules number them. An event that
 * is not newer than the part's current epoch (a duplicate, or late) changes nothing. Epoch 0 existed before and is not
 * recorded.
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

/** Record every version of a rule that was ever in a live rule set, and its later states. */
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
