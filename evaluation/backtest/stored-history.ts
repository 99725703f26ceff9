import { type Kysely, sql } from 'kysely'
import type { Reading } from '../../contract/reading.ts'
import type { RuleText } from '../../contract/rule-version.ts'
import { withoutNull } from '../../lib/without-null.ts'
import type { Records } from '../../store/records/schema.ts'
import type { ColumnScan, ColumnSlice } from '../../store/series/columns.ts'
import type { SeriesScan, SeriesStore } from '../../store/series/series.ts'
import type { HistoryDevice, PartReplacement, PartVerdict, ReplayHistory } from './replay-history.ts'

export interface HistoryStores {
  series: Pick<SeriesStore, 'scan' | 'scanColumns' | 'extent'>
  records: Kysely<Records>
  /** Reads the live rules. */
  liveRules(): Promise<RuleText[]>
  close(): Promise<void>
}

/** Open the history in the stores of this installation. */
export function storedHistory({ series, records, liveRules, close }: HistoryStores): ReplayHistory {
  return {
    devices: () => devicesOf(records),
    replacements: () => replacementsOf(records),
    verdicts: () => verdictsOf(records),
    extent: () => series.extent(),
    readings: (scan) => readingsByCurrentId(records, series, scan),
    columns: (scan) => columnsByCurrentId(records, series, scan),
    liveRules,
    close,
  }
}

async function devicesOf(records: Kysely<Records>): Promise<HistoryDevice[]> {
  const rows = await records
    .selectFrom('devices')
    .selectAll()
    .where('renamed_to', 'is', null)
    .orderBy('id')
    .execute()
  return rows.map((row) => {
    const { id, kind, model, firmware, owner_id: owner, site, region } = row
    const retired =
      row.retired_at === null ? null : { at: row.retired_at.getTime(), by: row.retired_by ?? 'operator' }
    const inUseSince = row.in_use_since?.getTime() ?? null
    const optional = { model, firmware, owner, site, region, inUseSince, retired }
    return { id, kind, firstSeen: row.first_seen.getTime(), ...withoutNull(optional) }
  })
}

/** Read series under the present ids of devices: values from before a renaming were stored under the former id. */
async function* readingsByCurrentId(
  records: Kysely<Records>,
  series: HistoryStores['series'],
  { devices, ...scan }: SeriesScan,
): AsyncIterable<Reading[]> {
  const { current, withFormer } = await readFormerIds(records)
  for await (const batch of series.scan({ ...scan, ...(devices && { devices: withFormer(devices) }) })) {
    yield current.size === 0
      ? batch
      : batch.map((reading) => ({ ...reading, device: current.get(reading.device) ?? reading.device }))
  }
}

async function* columnsByCurrentId(
  records: Kysely<Records>,
  series: HistoryStores['series'],
  { devices, ...scan }: ColumnScan,
): AsyncIterable<ColumnSlice> {
  const { current, withFormer } = await readFormerIds(records)
  const wanted = { ...scan, ...(devices && { devices: withFormer(devices) }) }
  for await (const { to, columns } of series.scanColumns(wanted)) {
    const isFormer = (device: string) => current.has(device)
    const [former, present] = [
      columns.filter(({ device }) => isFormer(device)),
      columns.filter(({ device }) => !isFormer(device)),
    ]
    const renamed = former.map((column) => ({
      ...column,
      device: current.get(column.device) ?? column.device,
    }))
    yield { to, columns: current.size === 0 ? columns : [...renamed, ...present] }
  }
}

interface FormerIds {
  /** Present id of a device, by former id. */
  current: ReadonlyMap<string, string>
  /** Return the ids of devices with their former ids. */
  withFormer(devices: readonly string[]): string[]
}

async function readFormerIds(records: Kysely<Records>): Promise<FormerIds> {
  const renamed = await records
    .selectFrom('devices')
    .select(['id', 'former_ids'])
    .where('renamed_to', 'is', null)
    .where(sql<boolean>`former_ids <> '[]'`)
    .execute()
  const current = new Map(renamed.flatMap(({ id, former_ids }) => former_ids.map((former) => [former, id])))
  const formerIds = new Map(renamed.map(({ id, former_ids }) => [id, former_ids]))
  return {
    current,
    withFormer: (devices) => devices.flatMap((id) => [...(formerIds.get(id) ?? []), id]),
  }
}

async function replacementsOf(records: Kysely<Records>): Promise<PartReplacement[]> {
  const rows = await records
    .selectFrom('epochs')
    .selectAll()
    .orderBy('since')
    .orderBy('device_id')
    .orderBy('component')
    .execute()
  return rows.map(({ device_id, component, since }) => ({
    device: device_id,
    component,
    ts: since.getTime(),
  }))
}

async function verdictsOf(records: Kysely<Records>): Promise<PartVerdict[]> {
  const rows = await records
    .selectFrom('tickets')
    .select(['device_id', 'component', 'epoch', 'verdict'])
    .where('verdict', 'is not', null)
    .orderBy('opened_at')
    .orderBy('id')
    .execute()
  return rows.flatMap(({ device_id, component, epoch, verdict }) =>
    verdict === null ? [] : [{ device: device_id, component, epoch, verdict }],
  )
}
