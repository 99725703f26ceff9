import { beforeEach, expect, it } from 'vitest'
import type { Device } from '../../contract/device.ts'
import { dayMs, minuteMs } from '../../lib/time.ts'
import { deliverNotice } from '../../notices/deliver/deliver-notice.ts'
import { isForeignNotice } from '../../notices/deliver/withdraw-foreign.ts'
import { loadMessageCatalog } from '../../notices/messages/message-catalog.ts'
import { createRecordsProjection } from '../../store/records/projection.ts'
import type { RecordsStore } from '../../store/records/records-store.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { describeEachDatabase } from '../../store/records/testing/describe-each-database.ts'
import { addTechnicians, addTicket, now as start } from '../dispatch/testing/field.ts'
import { handleFindings } from '../findings/handle-findings.ts'
import { TestDesk } from '../owners/testing/desk.ts'
import { makeFinding } from '../testing/findings.ts'

describeEachDatabase('devices that change', (records) => {
  let db: RecordsStore['db']
  let desk: TestDesk
  let ticket: string
  let device: Device

  beforeEach(async () => {
    db = records().db
    await deleteAllRecords(records())
    desk = new TestDesk(db, start)
    ticket = await addTicket(db)
    const { id, kind } = await db.selectFrom('devices').selectAll().executeTakeFirstOrThrow()
    device = { id, kind }
  })

  const announce = (change: Partial<Device>, cleared: 'owner'[] = []) =>
    createRecordsProjection(db).handle([
      { type: 'device', receivedAt: desk.now, device: { ...device, ...change }, cleared },
    ])
  const retire = () =>
    announce({ owner: 'u-1', retired: { at: desk.now, by: 'operator', reason: 'scrapped' } })
  const ticketNow = () =>
    db.selectFrom('tickets').selectAll().where('id', '=', ticket).executeTakeFirstOrThrow()
  const states = async (user = 'u-1') =>
    (await desk.notices(user)).map(({ notice, state }) => `${notice} ${state}`)

  async function inQuietHours(): Promise<void> {
    await db
      .updateTable('owners')
      .set({ quiet_from: '00:00', quiet_until: '23:59', time_zone: 'UTC' })
      .where('id', '=', 'u-1')
      .execute()
  }

  it('a ticket of a retired device is cancelled with the reason, and nothing waits to be sent', async () => {
    await inQuietHours()
    await desk.sweep()
    expect(await states()).toEqual(['battery_replacement queued'])
    await retire()
    await desk.sweep()
    expect(await ticketNow()).toMatchObject({ work_state: 'cancelled' })
    const step = await db
      .selectFrom('ticket_history')
      .selectAll()
      .where('what', '=', 'cancel')
      .executeTakeFirst()
    expect(step).toMatchObject({ actor: 'desk', detail: { reason: 'The device was retired: scrapped' } })
    expect(await states()).toEqual(['battery_replacement withdrawn'])
    expect(desk.sent).toEqual([])
  })

  it('an owner with an appointment gets a notice that it is cancelled', async () => {
    await addTechnicians(db, [{ id: 'ada' }])
    await desk.command(ticket, { do: 'assign', technician: 'ada' })
    await retire()
    await desk.sweep()
    await desk.sweep()
    expect(await states()).toContain('visit_cancelled delivered')
  })

  it('work that has begun on a retired device is left to the report of the technician', async () => {
    await db.updateTable('tickets').set({ work_state: 'in_progress' }).where('id', '=', ticket).execute()
    await retire()
    await desk.sweep()
    expect(await ticketNow()).toMatchObject({ work_state: 'in_progress' })
  })

  it('a former owner gets no further notices and cannot answer earlier ones; the new owner gets a notice of the ticket', async () => {
    await inQuietHours()
    await desk.sweep()
    const old = await desk.notice('battery_replacement')
    await announce({ owner: 'bea' })
    await desk.sweep()
    expect(await states()).toEqual(['battery_replacement withdrawn'])
    expect(desk.sent).toMatchObject([{ user: 'bea' }])
    await expect(desk.answer(old.id, { action: 'done_myself' })).rejects.toThrow(
      'cannot be answered: the device has another owner',
    )
    expect(await ticketNow()).toMatchObject({ work_state: 'open' })
    expect(await states('bea')).toEqual(['service_needed delivered'])
  })

  it('an owner who gives a device away and gets it back has one notice of its ticket', async () => {
    await desk.sweep()
    await announce({}, ['owner'])
    await desk.sweep()
    await announce({ owner: 'bea' })
    await desk.sweep()
    await announce({ owner: 'u-1' })
    for (let i = 0; i < 3; i++) await desk.sweep()
    expect(desk.sent.map(({ user }) => user)).toEqual(['u-1', 'bea'])
  })

  it('an owner who gets a device back before the notice of its ticket was sent is notified all the same', async () => {
    await inQuietHours()
    await desk.sweep()
    await announce({}, ['owner'])
    await desk.sweep()
    expect(await states()).toEqual(['battery_replacement withdrawn'])
    await announce({ owner: 'u-1' })
    for (let i = 0; i < 2; i++) await desk.sweep()
    expect((await states()).toSorted()).toEqual(['battery_replacement withdrawn', 'service_needed queued'])
  })

  it('an owner who gets a device back after weeks gets the notice of its ticket that was withdrawn unsent', async () => {
    await inQuietHours()
    await desk.sweep()
    for (const owner of [undefined, 'u-1', undefined]) {
      await announce(owner === undefined ? {} : { owner }, owner === undefined ? ['owner'] : [])
      for (let i = 0; i < 2; i++) await desk.sweep()
    }
    expect((await states()).toSorted()).toEqual(['battery_replacement withdrawn', 'service_needed withdrawn'])
    desk.now += 20 * dayMs
    await db.updateTable('owners').set({ quiet_from: '00:00', quiet_until: '00:00' }).execute()
    await announce({ owner: 'u-1' })
    for (let i = 0; i < 2; i++) await desk.sweep()
    expect(await states()).toContain('service_needed delivered')
  })

  it('a notice is looked at again at the moment at which it is sent', async () => {
    await inQuietHours()
    await desk.sweep()
    const { id } = await desk.notice('battery_replacement')
    await announce({}, ['owner'])
    await db.updateTable('owners').set({ quiet_from: '00:00', quiet_until: '00:00' }).execute()
    const deliver = () => Promise.reject(new Error('nothing is to be sent'))
    const channels = [{ name: 'phone', deliver }]
    expect(await deliverNotice(id, { db, channels, now: () => desk.now })).toEqual({ is: 'recorded' })
    expect(await states()).toEqual(['battery_replacement withdrawn'])
  })

  it('a renamed device takes its tickets along, and findings that were on their way', async () => {
    const renamed = { ...device, id: 'hall', owner: 'u-1', formerIds: [device.id] }
    const former = {
      ...device,
      owner: 'u-1',
      retired: { at: start, by: 'operator', renamedTo: 'hall' } as const,
    }
    await createRecordsProjection(db).handle([
      { type: 'renamed', receivedAt: start, from: device.id, device: renamed },
      { type: 'device', receivedAt: start, device: former },
    ])
    await desk.sweep()
    expect(await ticketNow()).toMatchObject({ device_id: 'hall', work_state: 'open' })
    const { epoch, component, rule } = await ticketNow()
    const late = makeFinding({
      id: 'f-late',
      device: device.id,
      state: 'cleared',
      at: start + minuteMs,
      epoch,
      component,
      rule,
    })
    await handleFindings([late], { db, messages: loadMessageCatalog(), now: () => desk.now })
    expect(await ticketNow()).toMatchObject({ condition: 'cleared' })
    const { id: notice } = await desk.notice('battery_replacement')
    await db.updateTable('notices').set({ device_id: device.id }).where('id', '=', notice).execute()
    expect(await isForeignNotice(db, notice)).toBe(false)
    const left = await db.selectFrom('findings').select('id').where('device_id', '=', device.id).execute()
    expect(left).toEqual([])
    expect(
      await db.selectFrom('devices').selectAll().where('id', '=', 'hall').executeTakeFirst(),
    ).toMatchObject({
      owner_id: 'u-1',
      former_ids: [device.id],
      retired_at: null,
    })
  })
})
