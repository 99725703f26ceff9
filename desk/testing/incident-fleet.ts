import { sql } from 'kysely'
import { beforeEach } from 'vitest'
import type { Device } from '../../contract/device.ts'
import type { Finding } from '../../contract/finding.ts'
import { dayMs, secondMs } from '../../lib/time.ts'
import { loadMessageCatalog } from '../../notices/messages/message-catalog.ts'
import { createRecordsProjection } from '../../store/records/projection.ts'
import type { RecordsStore } from '../../store/records/records-store.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { handleFindings } from '../findings/handle-findings.ts'
import { sweep } from '../sweep.ts'
import { findingAt, makeFinding } from './findings.ts'

const messages = loadMessageCatalog()

/** Return the first finding of a device by its number, as many seconds later. */
export const raisedBy = (n: number, change: Partial<Finding> = {}): Finding =>
  makeFinding({ id: `f-${n}`, device: `rv-${n}`, at: findingAt + n * secondMs, ...change })

/** A fleet whose findings are handled as they would be by the queue; records and time are reset before each test. */
export class IncidentFleet {
  readonly #records: () => RecordsStore
  #now = 0

  constructor(records: () => RecordsStore) {
    this.#records = records
    beforeEach(async () => {
      this.#now = Date.UTC(2026, 5, 1)
      await deleteAllRecords(records())
    })
  }

  get #db(): RecordsStore['db'] {
    return this.#records().db
  }

  announce = async (count: number, change: (n: number) => Partial<Device> = () => ({})): Promise<void> => {
    const entries = Array.from({ length: count }, (_, n) => ({
      type: 'device' as const,
      receivedAt: this.#now,
      device: { id: `rv-${n}`, kind: 'robot_vacuum', owner: `u-${n}`, ...change(n) },
    }))
    await createRecordsProjection(this.#db).handle(entries)
  }

  handle = async (findings: readonly Finding[]): Promise<void> => {
    for (const finding of findings)
      await handleFindings([finding], { db: this.#db, messages, now: () => this.#now })
  }

  /** So many devices raise the same, a second apart. */
  flood = (from: number, to: number, change: Partial<Finding> = {}): Promise<void> =>
    this.handle(Array.from({ length: to - from }, (_, n) => raisedBy(from + n, change)))

  sweepAfter = async (ms: number): Promise<void> => {
    this.#now += ms
    await sweep({
      appendToJournal: async () => {},
      db: this.#db,
      messages,
      now: () => this.#now,
      enqueueNotices: async () => {},
      keepQuarantinedMs: 90 * dayMs,
    })
  }

  incidents = () => this.#db.selectFrom('incidents').selectAll().orderBy('opened_at').execute()

  /** Of notices only those to owners, without those to staff. */
  count = async (table: 'tickets' | 'notices' | 'findings'): Promise<number | undefined> => {
    const owners = table === 'notices' ? sql`where kind = 'finding'` : sql``
    const { rows } = await sql<{
      n: number
    }>`select count(*)::integer as n from ${sql.table(table)} ${owners}`.execute(this.#db)
    return rows[0]?.n
  }
}
