import { sql } from 'kysely'
import { beforeEach, expect, it } from 'vitest'
import type { QuarantineEntry } from '../../../contract/entry.ts'
import { dayMs } from '../../../lib/time.ts'
import { quarantineInFullMigration } from '../migrations/0009-quarantine-in-full.ts'
import type { RecordsStore } from '../records-store.ts'
import { deleteAllRecords } from '../testing/delete-all-records.ts'
import { describeEachDatabase } from '../testing/describe-each-database.ts'
import {
  expireQuarantined,
  insertQuarantined,
  readQuarantineTotals,
  recordRetries,
  trimQuarantine,
} from './quarantine-store.ts'
import { countQuarantine, findQuarantined, listQuarantine, readForRetry } from './read-quarantine.ts'

const t0 = Date.UTC(2026, 0, 2)

function entry(id: string, change: Partial<QuarantineEntry> = {}): QuarantineEntry {
  return {
    type: 'quarantined',
    receivedAt: t0,
    id,
    topic: 'pm/v1/devices/rv-1/telemetry',
    device: 'rv-1',
    kind: 'robot_vacuum',
    reason: 'ts_future',
    detail: 'too new',
    payload: '{"ts":1}',
    ...change,
  }
}

const many = (count: number, change: Partial<QuarantineEntry> = {}) =>
  Array.from({ length: count }, (_, n) =>
    entry(`q-${String(n).padStart(6, '0')}`, { receivedAt: t0 + n, ...change }),
  )

describeEachDatabase('quarantine', (records) => {
  let db: RecordsStore['db']
  beforeEach(async () => {
    db = records().db
    await deleteAllRecords(records())
  })

  const inTransaction = <T>(work: (trx: RecordsStore['db']) => Promise<T>) => db.transaction().execute(work)
  const insert = (entries: QuarantineEntry[]) => inTransaction((trx) => insertQuarantined(trx, entries))
  const ids = async () => (await listQuarantine(db, { limit: 1_000 })).map(({ id }) => id)

  /** The totals, which must agree with the rows. */
  async function totals() {
    const { bytes, waiting, dropped, expired, expiring } = await readQuarantineTotals(db)
    const rows = await db.selectFrom('quarantine').select(['bytes', 'outcome']).execute()
    expect(bytes).toBe(rows.reduce((sum, row) => sum + row.bytes, 0))
    expect(waiting).toBe(rows.filter(({ outcome }) => outcome === null).length)
    return { waiting, dropped, expired, expiring: expiring.count }
  }

  it('keeps payloads in full, once, however often and in whatever batches they come', async () => {
    const payload = 'x'.repeat(3 * 2 ** 20)
    const batch = [entry('q-1', { payload }), entry('q-2', { payload }), entry('q-3')]
    await insert(batch)
    await insert(batch)
    expect((await findQuarantined(db, 'q-2'))?.payload.toString()).toBe(payload)
    const [first] = await listQuarantine(db, { limit: 1 })
    expect(first).toMatchObject({ id: 'q-3', payload_bytes: 8, excerpt: Buffer.from('{"ts":1}') })
    expect(await totals()).toEqual({ waiting: 3, dropped: 0, expired: 0, expiring: 0 })
  })

  it('is listed and counted by reason, kind, device, metric and time', async () => {
    await insert([
      entry('q-1', { reason: 'unknown_metric', metric: 'colour' }),
      entry('q-2', { receivedAt: t0 + 1, kind: 'phone', device: 'ph-1' }),
      entry('q-3', { receivedAt: t0 + 2 }),
    ])
    const found = async (filter: Partial<Parameters<typeof listQuarantine>[1]>) =>
      (await listQuarantine(db, { limit: 10, ...filter })).map(({ id }) => id)
    expect(await found({ reason: 'ts_future' })).toEqual(['q-3', 'q-2'])
    expect(await found({ kind: 'phone' })).toEqual(['q-2'])
    expect(await found({ device: 'rv-1', until: new Date(t0) })).toEqual(['q-1'])
    expect(await found({ metric: 'colour' })).toEqual(['q-1'])
    expect(await found({ since: new Date(t0 + 1) })).toEqual(['q-3', 'q-2'])
    expect(await countQuarantine(db, {})).toMatchObject([
      { reason: 'ts_future', kind: 'phone', count: 1 },
      { reason: 'ts_future', kind: 'robot_vacuum', count: 1 },
      { reason: 'unknown_metric', kind: 'robot_vacuum', count: 1 },
    ])
  })

  it('finds a message of a device whose kind was not known at first', async () => {
    await insert([
      { ...entry('q-1', { reason: 'unknown_device', device: 'ph-1' }), kind: undefined as never },
    ])
    const at = new Date(t0)
    await db
      .insertInto('devices')
      .values({ id: 'ph-1', kind: 'phone', first_seen: at, updated_at: at } as never)
      .execute()
    expect(await countQuarantine(db, { kind: 'phone' })).toMatchObject([
      { reason: 'unknown_device', count: 1 },
    ])
  })

  it('gives waiting messages for a retry, oldest first, a bounded number of bytes at a time', async () => {
    await insert(many(5, { payload: 'x'.repeat(1_000) }))
    const some = await readForRetry(db, { limit: 4, maxBytes: 3_500 })
    expect(some.map(({ id }) => id)).toEqual(['q-000000', 'q-000001'])
    const after = { at: some[1]?.received_at ?? new Date(0), id: 'q-000001' }
    const more = await readForRetry(db, { limit: 4, maxBytes: 1, after })
    expect(more.map(({ id }) => id)).toEqual(['q-000002'])
    const named = await readForRetry(db, { limit: 4, maxBytes: 1e6, ids: ['q-000004', 'none'] })
    expect(named.map(({ id }) => id)).toEqual(['q-000004'])
  })

  it('records what a retry made of them, once', async () => {
    await insert(many(3))
    const retried = [
      { id: 'q-000000', at: t0 + 10, outcome: 'stored' as const },
      {
        id: 'q-000001',
        at: t0 + 10,
        outcome: 'quarantined' as const,
        reason: 'out_of_range',
        detail: 'too big',
      },
    ]
    await inTransaction((trx) => recordRetries(trx, retried))
    await inTransaction((trx) => recordRetries(trx, retried))
    expect(await findQuarantined(db, 'q-000000')).toMatchObject({
      ...{ outcome: 'stored', retries: 1, retried_at: new Date(t0 + 10), payload: Buffer.from('') },
    })
    expect(await findQuarantined(db, 'q-000001')).toMatchObject({
      ...{ outcome: null, retries: 1, reason: 'out_of_range', payload: Buffer.from('{"ts":1}') },
    })
    expect(await totals()).toMatchObject({ waiting: 2 })
    const waiting = await readForRetry(db, { limit: 10, maxBytes: 1e6 })
    expect(waiting.map(({ id }) => id)).toEqual(['q-000001', 'q-000002'])
  })

  it('deletes the oldest beyond its size, and counts those that waited', async () => {
    await insert(many(3_000, { payload: 'x'.repeat(1_000) }))
    await inTransaction((trx) => recordRetries(trx, [{ id: 'q-000000', at: t0, outcome: 'duplicate' }]))
    expect(await inTransaction((trx) => trimQuarantine(trx, 5e6))).toBe(0)
    expect(await totals()).toMatchObject({ waiting: 2_999 })
    expect(await inTransaction((trx) => trimQuarantine(trx, 4e6))).toBe(999)
    expect(await totals()).toMatchObject({ waiting: 2_000, dropped: 999 })
    expect((await ids()).at(0)).toBe('q-002999')
  })

  it('announces a week before it deletes the old, even when a clock made everything old at once', async () => {
    await insert([entry('q-1'), entry('q-2', { receivedAt: Date.UTC(2000, 0, 1) })])
    const sweep = (ms: number) =>
      inTransaction((trx) => expireQuarantined(trx, { now: new Date(t0 + ms), keepMs: 90 * dayMs }))
    await sweep(0)
    expect(await totals()).toMatchObject({ waiting: 2, expiring: 1 })
    await sweep(6.9 * dayMs)
    expect(await ids()).toEqual(['q-1', 'q-2'])
    await sweep(7.1 * dayMs)
    expect(await ids()).toEqual(['q-1'])
    expect(await totals()).toEqual({ waiting: 1, dropped: 0, expired: 1, expiring: 0 })
    await sweep(84 * dayMs)
    await sweep(89 * dayMs)
    expect(await ids()).toEqual(['q-1'])
    await sweep(92 * dayMs)
    expect(await totals()).toEqual({ waiting: 0, dropped: 0, expired: 2, expiring: 0 })
  })

  it('keeps what an earlier version quarantined, and says which payloads it cut', async () => {
    const rolledBack = new Error('rolled back')
    const migrating = inTransaction(async (trx) => {
      await sql`create schema before_0009`.execute(trx)
      await sql`set local search_path to before_0009`.execute(trx)
      await sql`
        create table quarantine (
          id text primary key, received_at timestamptz not null, topic text not null, device_id text,
          reason text not null, detail text not null, payload text not null
        )`.execute(trx)
      await sql`
        insert into quarantine values
          ('q-1', now(), 't', 'd', 'not_json', 'no JSON', 'grün {'),
          ('q-2', now(), 't', null, 'not_json', 'no JSON', ${'x'.repeat(2_000)})`.execute(trx)
      await quarantineInFullMigration.up(trx)
      const rows = await trx.selectFrom('quarantine').selectAll().orderBy('id').execute()
      expect(rows).toMatchObject([
        { id: 'q-1', payload: Buffer.from('grün {'), detail: 'no JSON', outcome: null, retries: 0 },
        { id: 'q-2', detail: expect.stringContaining('an earlier version kept the first 2,000 characters') },
      ])
      expect(await readQuarantineTotals(trx)).toMatchObject({
        waiting: 2,
        bytes: rows.reduce((sum, row) => sum + row.bytes, 0),
      })
      throw rolledBack
    })
    await expect(migrating).rejects.toBe(rolledBack)
  })
})
