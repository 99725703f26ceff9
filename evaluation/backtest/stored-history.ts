import type { Kysely } from 'kysely'
import type { RuleText } from '../../contract/rule-version.ts'
import type { Records } from '../../store/records/schema.ts'
import type { SeriesStore } from '../../store/series/series.ts'
import type { HistoryDevice, PartReplacement, PartVerdict, ReplayHistory } from './replay-history.ts'

export interface HistoryStores {
  series: Pick<SeriesStore, 'scan' | 'extent'>
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
    readings: (scan) => series.scan(scan),
    liveRules,
    close,
  }
}

async function devicesOf(records: Kysely<Records>): Promise<HistoryDevice[]> {
  const rows = await records.selectFrom('devices').selectAll().orderBy('id').execute()
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    firstSeen: row.first_seen.getTime(),
    ...(row.model === null ? {} : { model: row.model }),
    ...(row.firmware === null ? {} : { firmware: row.firmware }),
    ...(row.owner_id === null ? {} : { owner: row.owner_id }),
    ...(row.site === null ? {} : { site: row.site }),
    ...(row.region === null ? {} : { region: row.region }),
    ...(row.in_use_since === null ? {} : { inUseSince: row.in_use_since.getTime() }),
  }))
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
