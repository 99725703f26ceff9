import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { Kysely } from 'kysely'
import { openLmdbJournal } from '../../store/journal/lmdb.ts'
import { openRecords } from '../../store/records/open.ts'
import type { Records } from '../../store/records/schema.ts'
import type { Heard } from './phone.ts'

/** A reading as it is kept: its device, its moment and its values. */
export interface KeptReading {
  device: string
  ts: number
  values: Record<string, number>
}

export interface KeptTicket {
  id: string
  device: string
  component: string
  epoch: number
  rule: string
  severity: string
  condition: string
}

export interface KeptNotice {
  id: string
  finding: string
  state: string
}

export interface KeptFinding {
  id: string
  device: string
  component: string
  epoch: number
  rule: string
  state: string
  severity: string
  at: number
  evidence: unknown
}

export interface Quarantined {
  device: string
  reason: string
  payload: string
}

/** All that is there when everything has come to its end. */
export interface Outcome {
  /** Entries of the journal. */
  journal: KeptReading[]
  /** The journal's own count of them. */
  stored: number
  duplicates: number
  series: KeptReading[]
  /** The series' own count of values. */
  seriesValues: number
  findings: KeptFinding[]
  tickets: KeptTicket[]
  notices: KeptNotice[]
  quarantined: Quarantined[]
  heard: Heard[]
}

/** What the series hold, asked of the running program. */
export async function readSeries(httpUrl: string): Promise<KeptReading[]> {
  const answer = await fetch(`${httpUrl}/api/readings?from=0&to=${Date.UTC(2100, 0, 1)}`)
  if (!answer.ok || answer.body === null) throw new Error(`${answer.url}: ${answer.status}`)
  const lines = createInterface({ input: Readable.fromWeb(answer.body as ReadableStream) })
  const readings: KeptReading[] = []
  for await (const line of lines) readings.push(JSON.parse(line) as KeptReading)
  return readings
}

/** What journal and records hold. The program must have ended. */
export async function readStores(env: Record<string, string>) {
  const dataDir = env.FOREWARN_DATA_DIR ?? ''
  const journal = await openLmdbJournal({
    dir: join(dataDir, 'journal'),
    maxBytes: 2 ** 31,
    keepEntries: 10_000_000,
  })
  const kept: KeptReading[] = []
  for await (const { entries } of journal.scan('telemetry', 0)) {
    for (const entry of entries) if (entry.type === 'reading') kept.push(entry.reading)
  }
  const tally = await journal.tally()
  await journal.close()
  const errors: Error[] = []
  const records = await openRecords({
    url: env.DATABASE_URL,
    dir: join(dataDir, 'records'),
    onError: (error) => errors.push(error),
  })
  const recorded = await readRecords(records.db)
  await records.close()
  if (errors[0] !== undefined) throw errors[0]
  return { journal: kept, stored: tally.stored ?? 0, duplicates: tally.duplicate ?? 0, ...recorded }
}

async function readRecords(db: Kysely<Records>) {
  const [findings, tickets, notices, quarantined] = await Promise.all([
    db.selectFrom('findings').selectAll().orderBy('id').execute(),
    db.selectFrom('tickets').selectAll().orderBy('id').execute(),
    db.selectFrom('notices').select(['id', 'finding_id as finding', 'state']).orderBy('id').execute(),
    db.selectFrom('quarantine').select(['device_id', 'reason', 'payload']).execute(),
  ])
  return {
    findings: findings.map(({ device_id: device, at, ...row }): KeptFinding => {
      const { id, component, epoch, rule, state, severity, evidence } = row
      return { id, device, component, epoch, rule, state, severity, at: at.getTime(), evidence }
    }),
    tickets: tickets.map(
      ({ id, device_id: device, component, epoch, rule, severity, condition }): KeptTicket => ({
        id,
        device,
        component,
        epoch,
        rule,
        severity,
        condition,
      }),
    ),
    notices,
    quarantined: quarantined.map(
      ({ device_id, ...row }): Quarantined => ({ device: device_id ?? '', ...row }),
    ),
  }
}
