import { beforeEach, expect, it } from 'vitest'
import type { Device, ReceiptEntry, TelemetryEntry } from '../journal/entry.ts'
import type { RecordsStore } from './open.ts'
import { createProjection, type Projection } from './projection.ts'
import type { NoticesTable } from './schema.ts'
import { onEachDatabase } from './testing/on-each-database.ts'

const t0 = Date.UTC(2026, 0, 2)

function announced(device: Device, receivedAt = t0): TelemetryEntry {
  return { type: 'device', receivedAt, device }
}

function receipt(notice: string, status: ReceiptEntry['status'], receivedAt = t0): ReceiptEntry {
  return { type: 'receipt', receivedAt, user: 'u-1', notice, status }
}

onEachDatabase('projection', (records) => {
  let db: RecordsStore['db']
  let projection: Projection
  beforeEach(async () => {
    db = records().db
    projection = createProjection(db)
    await records().pool.query(
      'truncate owners, devices, epochs, findings, tickets, ticket_history, notices, quarantine',
    )
  })

  const device = (id: string) => db.selectFrom('devices').selectAll().where('id', '=', id).executeTakeFirst()

  async function addNotice(id: string, state: NoticesTable['state']): Promise<void> {
    const at = new Date(t0)
    const part = { device_id: 'rv-1', component: 'battery', epoch: 0, rule: 'r', version: '1' }
    await db
      .insertInto('findings')
      .values({ ...part, id: `f-${id}`, state: 'raised', severity: 'minor', at, evidence: '{}' })
      .execute()
    await db
      .insertInto('notices')
      .values({
        id,
        user_id: 'u-1',
        device_id: 'rv-1',
        finding_id: `f-${id}`,
        notice: 'battery_replacement',
        title: 'title',
        body: 'body',
        data: '{}',
        state,
        attempts: 1,
        created_at: at,
        next_attempt_at: at,
      })
      .execute()
  }

  it('knows devices and owners by their announcements, however often they come', async () => {
    const batch = [
      announced({ id: 'rv-1', kind: 'robot_vacuum', model: 'RV-20', owner: 'u-1' }),
      announced({ id: 'ph-1', kind: 'phone' }),
      announced({ id: 'rv-1', kind: 'robot_vacuum', firmware: '2.1.0' }, t0 + 1),
    ]
    await projection.handle(batch)
    await projection.handle(batch)
    expect(await device('rv-1')).toMatchObject({
      kind: 'robot_vacuum',
      model: 'RV-20',
      firmware: '2.1.0',
      owner_id: 'u-1',
      presence: null,
    })
    expect(await device('ph-1')).toMatchObject({ owner_id: null, model: null })
    expect(await db.selectFrom('owners').select('id').execute()).toEqual([{ id: 'u-1' }])
  })

  it('keeps what a later announcement leaves out, and when the device was first seen', async () => {
    await projection.handle([announced({ id: 'rv-1', kind: 'robot_vacuum', model: 'RV-20', owner: 'u-1' })])
    await projection.handle([announced({ id: 'rv-1', kind: 'robot_vacuum', owner: 'u-2' }, t0 + 5_000)])
    expect(await device('rv-1')).toMatchObject({
      model: 'RV-20',
      owner_id: 'u-2',
      first_seen: new Date(t0),
      updated_at: new Date(t0 + 5_000),
    })
  })

  it('knows the last presence of devices that are known', async () => {
    const presence = (id: string, state: 'online' | 'lost'): TelemetryEntry => ({
      type: 'presence',
      receivedAt: t0,
      device: id,
      state,
    })
    await projection.handle([
      presence('rv-1', 'online'),
      announced({ id: 'rv-1', kind: 'robot_vacuum' }),
      presence('rv-1', 'lost'),
      presence('stranger', 'online'),
    ])
    expect(await device('rv-1')).toMatchObject({ presence: 'lost' })
    expect(await device('stranger')).toBeUndefined()
  })

  it('knows where a device is used, and since when', async () => {
    const inUseSince = t0 - 86_400_000
    await projection.handle([announced({ id: 'rv-1', kind: 'robot_vacuum', site: 's-1', region: 'DE' })])
    await projection.handle([announced({ id: 'rv-1', kind: 'robot_vacuum', inUseSince })])
    expect(await device('rv-1')).toMatchObject({
      site: 's-1',
      region: 'DE',
      in_use_since: new Date(inUseSince),
    })
  })

  it('numbers the lives of parts as the rules do, however often a replacement is told', async () => {
    const replaced = (component: string, ts: number): TelemetryEntry => ({
      type: 'event',
      receivedAt: t0,
      device: 'rv-1',
      ts,
      event: 'part_replaced',
      component,
    })
    const batch = [
      replaced('battery', t0),
      replaced('filter', t0 + 1),
      replaced('battery', t0 + 5),
      replaced('battery', t0 + 2),
    ]
    await projection.handle(batch)
    await projection.handle(batch)
    await projection.handle([{ type: 'event', receivedAt: t0, device: 'rv-1', ts: t0 + 9, event: 'error' }])
    const lives = await db.selectFrom('epochs').selectAll().orderBy('component').orderBy('number').execute()
    expect(lives).toEqual([
      { device_id: 'rv-1', component: 'battery', number: 1, since: new Date(t0) },
      { device_id: 'rv-1', component: 'battery', number: 2, since: new Date(t0 + 5) },
      { device_id: 'rv-1', component: 'filter', number: 1, since: new Date(t0 + 1) },
    ])
  })

  it('keeps what was quarantined, whatever characters it has', async () => {
    const batch: TelemetryEntry[] = [
      {
        type: 'quarantined',
        receivedAt: t0,
        id: 'q-1',
        topic: 'pm/v1/devices/rv-1/telemetry',
        device: 'rv-1',
        reason: 'not_json',
        detail: 'unexpected end',
        payload: 'a\0b \\u0000 \ud83d',
      },
    ]
    await projection.handle(batch)
    await projection.handle(batch)
    const rows = await db.selectFrom('quarantine').select(['id', 'device_id', 'payload']).execute()
    expect(rows).toEqual([{ id: 'q-1', device_id: 'rv-1', payload: 'a␀b \\u0000 \ufffd' }])
  })

  it('moves a notice forward by receipts, never back', async () => {
    await addNotice('n-1', 'sent')
    const state = async () =>
      db.selectFrom('notices').select(['state', 'delivered_at', 'next_attempt_at']).executeTakeFirstOrThrow()

    await projection.handle([receipt('n-1', 'read', t0 + 1_000), receipt('n-1', 'delivered', t0 + 2_000)])
    const read = { state: 'read', delivered_at: new Date(t0 + 1_000), next_attempt_at: null }
    expect(await state()).toEqual(read)
    await projection.handle([receipt('n-1', 'delivered', t0 + 3_000)])
    expect(await state()).toEqual(read)
    await projection.handle([receipt('n-1', 'done', t0 + 4_000), receipt('n-1', 'snoozed', t0 + 5_000)])
    expect(await state()).toMatchObject({ state: 'done', delivered_at: new Date(t0 + 1_000) })
  })

  it('takes a receipt for one that was given up, or that this side does not know to be sent yet', async () => {
    await addNotice('n-queued', 'queued')
    await addNotice('n-failed', 'failed')
    await projection.handle([receipt('n-queued', 'delivered'), receipt('n-failed', 'delivered')])
    const rows = await db.selectFrom('notices').select('state').execute()
    expect(rows).toEqual([{ state: 'delivered' }, { state: 'delivered' }])
  })

  it('counts receipts of notices that do not exist or belong to somebody else', async () => {
    await addNotice('n-1', 'sent')
    await projection.handle([receipt('n-9', 'read'), { ...receipt('n-1', 'read'), user: 'u-2' }])
    expect(projection.counts).toMatchObject({ receipts: 2, unknownReceipts: 2 })
    expect(await db.selectFrom('notices').select('state').execute()).toEqual([{ state: 'sent' }])
  })

  it('asks nothing of the database for readings', async () => {
    await projection.handle([
      { type: 'reading', receivedAt: t0, reading: { device: 'rv-1', ts: t0, values: {} } },
    ])
    expect(projection.counts).toEqual({ devices: 0, quarantined: 0, receipts: 0, unknownReceipts: 0 })
  })
})
