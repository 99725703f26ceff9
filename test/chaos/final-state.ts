import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { loadSettings } from '../../app/settings/load.ts'
import type { Settings } from '../../app/settings/schema.ts'
import { openJournals } from '../../app/wiring/open-journals.ts'
import { combinedTally } from '../../store/journal/partitions.ts'
import { openRecords } from '../../store/records/records-store.ts'
import type { Records } from '../../store/records/schema.ts'
import type { ReceivedNotice } from './fleet/phone.ts'

/** Of an event that a command caused. */
const changeShape = z.object({ command: z.string().optional(), actor: z.string().optional() })

/** A reading as it is kept: its device, its moment and its values. */
export interface StoredReading {
  device: string
  ts: number
  values: Record<string, number>
}

export interface StoredTicket {
  id: string
  device: string
  component: string
  epoch: number
  rule: string
  severity: string
  condition: string
}

interface StoredNotice {
  id: string
  finding: string
  /** Notice that it was part of, which was sent in its place. */
  digest: string | null
  state: string
}

export interface StoredFinding {
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

/** A step of a ticket's history. Steps of the desk itself depend on the clock, and are left out. */
interface StoredStep {
  ticket: string
  step: string
  what: string
  /** Of the finding; other steps happen when they happen. */
  at?: number
}

/** A desk event that depends on findings and commands, not on the clock. */
interface StoredDeskEvent {
  type: string
  ticket: string
  /** The command that caused it. */
  command: string
}

export interface QuarantinedMessage {
  device: string
  reason: string
  payload: string
}

/** All that is there when everything has come to its end. */
export interface FinalState {
  /** Readings that the journal retains. */
  journal: StoredReading[]
  /** Whether the journal was trimmed, so that it has only the newest readings. */
  isTrimmed: boolean
  /** The journal's own count of them. */
  stored: number
  duplicates: number
  series: StoredReading[]
  /** The series' own count of values. */
  seriesValues: number
  findings: StoredFinding[]
  tickets: StoredTicket[]
  steps: StoredStep[]
  deskEvents: StoredDeskEvent[]
  notices: StoredNotice[]
  quarantined: QuarantinedMessage[]
  receivedNotices: ReceivedNotice[]
}

/** What the series hold, asked of the running program. */
export async function readSeries(httpUrl: string): Promise<StoredReading[]> {
  const answer = await fetch(`${httpUrl}/api/readings?from=0&to=${Date.UTC(2100, 0, 1)}`)
  if (!answer.ok || answer.body === null) throw new Error(`${answer.url}: ${answer.status}`)
  const lines = createInterface({ input: Readable.fromWeb(answer.body as ReadableStream) })
  const readings: StoredReading[] = []
  for await (const line of lines) readings.push(JSON.parse(line) as StoredReading)
  return readings
}

/** What journal and records hold. The program must have ended. */
export async function readStores(env: Record<string, string>) {
  const { settings } = loadSettings({ env, cwd: import.meta.dirname })
  const partitions = await openJournals(settings, { newId: randomUUID, warn: () => {} })
  const journal: StoredReading[] = []
  for (const partition of partitions) {
    for await (const { entries } of partition.scan('telemetry', 0)) {
      for (const entry of entries) if (entry.type === 'reading') journal.push(entry.reading)
    }
  }
  const { stored = 0, duplicate = 0 } = await combinedTally(partitions)
  const infos = await Promise.all(partitions.map((partition) => partition.info()))
  const isTrimmed = infos.some(({ streams }) => streams.telemetry.tail > 0)
  for (const partition of partitions) await partition.close()
  return { journal, isTrimmed, stored, duplicates: duplicate, ...(await readRecords(settings)) }
}

async function readRecords({ records: { databaseUrl }, dataDir }: Settings) {
  const errors: Error[] = []
  const onError = (error: Error) => errors.push(error)
  const { db, close } = await openRecords({ url: databaseUrl, dir: join(dataDir, 'records'), onError })
  const outcome = await selectRecords(db)
  await close()
  const [error] = errors
  if (error !== undefined) throw error
  return outcome
}

async function selectRecords(db: Kysely<Records>) {
  const [findings, tickets, history, events, notices, quarantined] = await Promise.all([
    db.selectFrom('findings').selectAll().orderBy('id').execute(),
    db.selectFrom('tickets').selectAll().orderBy('id').execute(),
    db.selectFrom('ticket_history').selectAll().where('actor', '!=', 'desk').execute(),
    db
      .selectFrom('desk_events')
      .select(['type', 'ticket_id', 'data'])
      .where('type', 'in', ['ticket_opened', 'ticket_changed'])
      .execute(),
    db
      .selectFrom('notices')
      .select(['id', 'finding_id as finding', 'digest_id as digest', 'state'])
      .where('finding_id', 'is not', null)
      .$narrowType<{ finding: string }>()
      .orderBy('id')
      .execute(),
    db.selectFrom('quarantine').select(['device_id', 'reason', 'payload']).execute(),
  ])
  return {
    findings: findings.map(({ device_id: device, at, ...row }): StoredFinding => {
      const { id, component, epoch, rule, state, severity, evidence } = row
      return { id, device, component, epoch, rule, state, severity, at: at.getTime(), evidence }
    }),
    tickets: tickets.map(
      ({ id, device_id: device, component, epoch, rule, severity, condition }): StoredTicket => ({
        id,
        device,
        component,
        epoch,
        rule,
        severity,
        condition,
      }),
    ),
    steps: history.map(({ ticket_id: ticket, step_id: step, actor, what, at }): StoredStep => {
      return { ticket, step, what, ...(actor === 'rules' && { at: at.getTime() }) }
    }),
    deskEvents: events.flatMap(({ type, ticket_id, data }): StoredDeskEvent[] => {
      const { command = '', actor = '' } = changeShape.parse(data)
      return actor === 'desk' ? [] : [{ type, ticket: ticket_id ?? '', command }]
    }),
    notices,
    quarantined: quarantined.map(
      ({ device_id, reason, payload }): QuarantinedMessage => ({
        device: device_id ?? '',
        reason,
        payload: payload.toString(),
      }),
    ),
  }
}
