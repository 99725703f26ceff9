import { once } from 'node:events'
import { type Insertable, sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from './migrate.ts'
import type { RecordsStore } from './records-store.ts'
import type { TicketsTable } from './schema.ts'

export interface RecordsFixture {
  /** Open the same database every time. */
  open(): Promise<RecordsStore>
}

const at = new Date('2026-01-02T03:04:05.678Z')
const points: [number, number][] = [[at.getTime(), 81.5]]

function ticket(id: string, change: Partial<Insertable<TicketsTable>> = {}): Insertable<TicketsTable> {
  return {
    id,
    number: `FW-2026-${id}`,
    device_id: 'rv-1',
    component: 'battery',
    epoch: 0,
    rule: 'robot_vacuum.battery_worn',
    severity: 'minor',
    sla: 'level3',
    part: null,
    skill: null,
    condition: 'active',
    operator_state: 'unacknowledged',
    work_state: 'open',
    opened_at: at,
    evidence: JSON.stringify({ detector: 'forecast', value: 81.5, points }),
    created_at: at,
    updated_at: at,
    ...change,
  }
}

/** Define the tests that the records database must pass, embedded or not. */
export function describeRecordsConformance(name: string, subject: () => RecordsFixture): void {
  describe(`records on ${name}`, () => {
    let records: RecordsStore
    beforeAll(async () => {
      records = await subject().open()
    })
    afterAll(() => records.close())

    it('migrates again without a change', async () => {
      await migrate(records.db)
      await Promise.all([migrate(records.db), migrate(records.db)])
    })

    it('keeps JSON, times and numbers as they were given', async () => {
      await records.db.insertInto('tickets').values(ticket('t-types')).execute()
      const read = await records.db
        .selectFrom('tickets')
        .selectAll()
        .where('id', '=', 't-types')
        .executeTakeFirstOrThrow()
      expect(read.opened_at).toEqual(at)
      expect(read.epoch).toBe(0)
      expect(read.part).toBeNull()
      expect(read.evidence).toEqual({ detector: 'forecast', value: 81.5, points })
    })

    it('gives the types that pg gives', async () => {
      const { rows, rowCount, fields } = await records.pool.query(
        `select 9007199254740993::int8 as big, 1.5::float8 as real, $1::bytea as bytes, array['a', 'b'] as list`,
        [Buffer.from([0, 255])],
      )
      expect(rows).toEqual([
        { big: '9007199254740993', real: 1.5, bytes: Buffer.from([0, 255]), list: ['a', 'b'] },
      ])
      expect(rowCount).toBe(1)
      expect(fields.map((field) => field.name)).toEqual(['big', 'real', 'bytes', 'list'])
    })

    it('has one open ticket of a part, however many come at once', async () => {
      const insert = (n: number) =>
        records.db
          .insertInto('tickets')
          .values(ticket(`t-race-${n}`, { component: 'filter' }))
          .onConflict((conflict) => conflict.doNothing())
          .returning('id')
          .execute()
      const inserted = await Promise.all(Array.from({ length: 20 }, (_, n) => insert(n)))
      expect(inserted.flat()).toHaveLength(1)
    })

    it('lets a part have another ticket when the first is closed', async () => {
      const part = { component: 'drum_motor' }
      await records.db
        .insertInto('tickets')
        .values([
          ticket('t-closed', { ...part, work_state: 'closed' }),
          ticket('t-cancelled', { ...part, work_state: 'cancelled' }),
          ticket('t-open', part),
        ])
        .execute()
      const second = records.db.insertInto('tickets').values(ticket('t-second', part)).execute()
      await expect(second).rejects.toMatchObject({ code: '23505', constraint: 'tickets_one_open' })
    })

    it('undoes a transaction that fails, and keeps its work from others until it ends', async () => {
      const owners = () => records.db.selectFrom('owners').select('id').execute()
      const failing = records.db.transaction().execute(async (trx) => {
        await trx.insertInto('owners').values({ id: 'u-undone', created_at: at }).execute()
        await trx.insertInto('owners').values({ id: 'u-undone', created_at: at }).execute()
      })
      const seen = owners()
      await expect(failing).rejects.toMatchObject({ code: '23505', constraint: 'owners_pkey' })
      expect(await seen).toEqual([])
      expect(await owners()).toEqual([])
    })

    it('runs many transactions at once without losing an update', async () => {
      await records.db
        .insertInto('tickets')
        .values(ticket('t-count', { component: 'count' }))
        .execute()
      await Promise.all(
        Array.from({ length: 20 }, () =>
          records.db.transaction().execute(async (trx) => {
            const row = await trx
              .selectFrom('tickets')
              .select('epoch')
              .where('id', '=', 't-count')
              .forUpdate()
              .executeTakeFirstOrThrow()
            await trx
              .updateTable('tickets')
              .set({ epoch: row.epoch + 1 })
              .where('id', '=', 't-count')
              .execute()
          }),
        ),
      )
      const { rows } = await sql<{ epoch: number }>`select epoch from tickets where id = 't-count'`.execute(
        records.db,
      )
      expect(rows).toEqual([{ epoch: 20 }])
    })

    it('tells listeners what was notified, once it is committed', async () => {
      const listener = await records.pool.connect()
      const heard: string[] = []
      listener.on('notification', ({ channel, payload }) => heard.push(`${channel} ${payload}`))
      await listener.query('LISTEN jobs')
      await records.db.transaction().execute(async (trx) => {
        await sql`select pg_notify('jobs', 'one'), pg_notify('others', 'none')`.execute(trx)
        expect(heard).toEqual([])
      })
      await records.pool.query(`NOTIFY jobs, 'two'`)
      while (heard.length < 2) await once(listener, 'notification')
      listener.release(true)
      expect(heard).toEqual(['jobs one', 'jobs two'])
    })

    it('opens again with what it had', async () => {
      await records.close()
      records = await subject().open()
      const { id } = await records.db
        .selectFrom('tickets')
        .select('id')
        .where('id', '=', 't-types')
        .executeTakeFirstOrThrow()
      expect(id).toBe('t-types')
    })
  })
}
