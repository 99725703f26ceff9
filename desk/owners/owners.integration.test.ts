import { beforeEach, describe, expect, it } from 'vitest'
import { dayMs, hourMs } from '../../lib/time.ts'
import { projectReceipts } from '../../store/records/project-receipts.ts'
import type { RecordsStore } from '../../store/records/records-store.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { describeEachDatabase } from '../../store/records/testing/describe-each-database.ts'
import { addDepot, addTechnicians, addTicket, now as start } from '../dispatch/testing/field.ts'
import type { Resolution } from '../tickets/command.ts'
import { TestDesk } from './testing/desk.ts'

const report: Resolution = {
  verdict: 'worn',
  cause: 'The cells are aged.',
  work: 'A new battery',
  parts: [{ part: 'battery', quantity: 1 }],
  nextServiceAt: start + 200 * dayMs,
}

describeEachDatabase('notices to owners', (records) => {
  let db: RecordsStore['db']
  let desk: TestDesk
  let ticket: string

  beforeEach(async () => {
    db = records().db
    await deleteAllRecords(records())
    desk = new TestDesk(db, start)
    ticket = await addTicket(db)
    await addDepot(db, { id: 'd-1' }, { onHand: 3 })
  })

  const setOwner = (set: object) => db.updateTable('owners').set(set).where('id', '=', 'u-1').execute()
  const keys = async (user = 'u-1') => (await desk.notices(user)).map(({ notice }) => notice)
  const ticketNow = () =>
    db.selectFrom('tickets').selectAll().where('id', '=', ticket).executeTakeFirstOrThrow()

  async function repair(): Promise<void> {
    await desk.sweep()
    await addTechnicians(db, [{ id: 'ada' }])
    await desk.command(ticket, { do: 'assign', technician: 'ada' })
    await desk.command(ticket, { do: 'depart' })
    await desk.command(ticket, { do: 'arrive' })
    await desk.command(ticket, { do: 'resolve', ...report })
  }

  describe('of a visit', () => {
    it('is sent once for each step, in the owner’s language', async () => {
      await setOwner({ locale: 'zh-CN', time_zone: 'Asia/Shanghai' })
      await repair()
      await desk.sweep()
      expect(await keys()).toEqual([
        'battery_replacement',
        'visit_accepted',
        'technician_on_way',
        'repair_started',
        'service_report',
      ])
      const { title, body, locale, kind } = await desk.notice('service_report')
      expect({ title, body, locale, kind }).toEqual({
        title: '已完成：您的扫地机器人 RV-20服务报告',
        body: '原因：The cells are aged。处理：A new battery。新换部件：1 × 电池。下次保养：2026年12月20日。',
        locale: 'zh-CN',
        kind: 'report',
      })
    })

    it('contains the time in the owner’s time zone', async () => {
      await addTechnicians(db, [{ id: 'ada' }])
      await setOwner({ time_zone: 'America/New_York' })
      const from = start + 26 * hourMs
      await desk.command(ticket, { do: 'book_visit', from, until: from + 2 * hourMs })
      expect((await desk.notice('visit_booked')).body).toBe(
        'A technician will come on Thursday, June 4 at 08:00 – 10:00.',
      )
      await desk.command(ticket, { do: 'assign', technician: 'ada' })
      const accepted = await desk.notice('visit_accepted')
      expect(accepted.body).toBe('ada has taken it on. The visit is on Thursday, June 4 at 08:00 – 10:00.')
      expect(accepted.actions).toEqual([])
    })

    it('that is cancelled sends a notice if the owner knows of it and did not cancel it', async () => {
      await addTechnicians(db, [{ id: 'ada' }])
      await desk.command(ticket, { do: 'assign', technician: 'ada' })
      await desk.command(ticket, { do: 'cancel' })
      expect(await keys()).toContain('visit_cancelled')
      const other = await addTicket(db, 2)
      await desk.command(other, { do: 'cancel' })
      expect(await keys('u-2')).toEqual(['battery_replacement'])
    })
  })

  describe('and asked', () => {
    beforeEach(repair)

    it('is sent once a day after the service, and can be answered once', async () => {
      desk.now += dayMs - 1
      await desk.sweep()
      expect(await keys()).not.toContain('survey')
      desk.now += 1
      await desk.sweep()
      await desk.sweep()
      expect((await keys()).filter((key) => key === 'survey')).toHaveLength(1)
      const { id, actions } = await desk.notice('survey')
      expect(actions).toEqual(['rate'])
      await desk.answer(id, { action: 'rate', score: 5 })
      await desk.sweep()
      expect(await db.selectFrom('surveys').select(['score', 'user_id']).execute()).toEqual([
        { score: 5, user_id: 'u-1' },
      ])
      expect(await keys('service_manager')).toEqual([])
      await expect(desk.answer(id, { action: 'rate', score: 1 })).rejects.toThrow('rated already')
      const { rating } = await db.selectFrom('technicians').select('rating').executeTakeFirstOrThrow()
      expect(rating).toBeCloseTo((5 + 5 * 4) / 6)
    })

    it.each([
      [3, 1],
      [4, 0],
    ])('with %i of 5 notifies %i service managers', async (score, notified) => {
      desk.now += dayMs
      await desk.sweep()
      await desk.answer((await desk.notice('survey')).id, { action: 'rate', score, comment: 'He was late' })
      await desk.sweep()
      const notices = await desk.notices('service_manager')
      expect(notices).toHaveLength(notified)
      if (notified > 0) {
        expect(notices[0]).toMatchObject({ title: 'FW-2026-000001: the owner gave 3 of 5', urgent: true })
        expect(notices[0]?.body).toBe('robot vacuum RV-20. He was late')
      }
    })

    it('is not sent weeks after the service, as after an installation', async () => {
      desk.now += 8 * dayMs
      await desk.sweep()
      expect(await keys()).not.toContain('survey')
    })
  })

  describe('and answers', () => {
    const finding = () => desk.notice('battery_replacement')

    beforeEach(async () => {
      await addTechnicians(db, [{ id: 'ada' }])
      await desk.sweep()
    })

    it('with a visit, when a technician is free', async () => {
      const { id } = await finding()
      const from = start + 22 * hourMs
      await expect(
        desk.answer(id, { action: 'book', from: start + 14 * hourMs, until: start + 16 * hourMs }),
      ).rejects.toThrow('No technician is free')
      await desk.answer(id, { action: 'book', from, until: from + 2 * hourMs })
      expect((await ticketNow()).visit_from?.getTime()).toBe(from)
      expect((await finding()).state).toBe('done')
      await desk.sweep()
      expect(await keys()).not.toContain('visit_booked')
    })

    it('that they have done the work: the ticket is cancelled', async () => {
      await desk.answer((await finding()).id, { action: 'done_myself' })
      expect(await ticketNow()).toMatchObject({ work_state: 'cancelled' })
      await desk.sweep()
      expect(await keys()).not.toContain('visit_cancelled')
    })

    it('that they are not interested, while the technician is on the way: a note is added', async () => {
      await desk.command(ticket, { do: 'assign', technician: 'ada' })
      await desk.command(ticket, { do: 'depart' })
      await desk.answer((await finding()).id, { action: 'not_interested' })
      expect(await ticketNow()).toMatchObject({ work_state: 'en_route' })
    })

    it('later: a reminder is sent then, unless the ticket is over', async () => {
      await desk.answer((await finding()).id, { action: 'snooze', forMs: 3 * dayMs })
      desk.now += 3 * dayMs - 1
      await desk.sweep()
      expect(desk.sent.filter(({ title }) => title.startsWith('Reminder'))).toEqual([])
      desk.now += 1
      await desk.sweep()
      const [reminder] = desk.sent.filter(({ title }) => title.startsWith('Reminder'))
      expect(reminder?.title).toBe('Reminder: The battery of your robot vacuum RV-20 is wearing out')
      await desk.answer(reminder?.id ?? '', { action: 'snooze', forMs: dayMs })
      const again = await desk.notice('battery_replacement')
      expect(again.title).toBe(reminder?.title)
      await desk.command(ticket, { do: 'cancel' })
      desk.now += 2 * dayMs
      await desk.sweep()
      expect(desk.sent.filter(({ title }) => title.startsWith('Reminder'))).toHaveLength(1)
    })

    it('in a month: a reminder is sent then, though notices expire after a week', async () => {
      await desk.answer((await finding()).id, { action: 'snooze', forMs: 30 * dayMs })
      desk.now += 30 * dayMs
      await desk.sweep()
      expect(desk.sent.filter(({ title }) => title.startsWith('Reminder'))).toHaveLength(1)
    })

    it('twice by the same id: one effect', async () => {
      const { id } = await finding()
      const twice = [1, 2].map(() => desk.answer(id, { action: 'done_myself' }, { id: 'same' }))
      await Promise.all(twice)
      expect(await db.selectFrom('owner_answers').select('action').execute()).toHaveLength(1)
      const cancels = db.selectFrom('ticket_history').select('actor').where('what', '=', 'cancel')
      expect(await cancels.execute()).toEqual([{ actor: 'owner:u-1' }])
    })

    it('only with offered actions, and only to their own notices', async () => {
      const { id } = await finding()
      await expect(desk.answer(id, { action: 'rate', score: 5 })).rejects.toThrow(
        `The notice ${id} does not offer the action rate. Possible actions: book, snooze, done_myself, not_interested`,
      )
      await expect(desk.answer(id, { action: 'done_myself' }, { user: 'u-2' })).rejects.toThrow(
        'u-2 has no notice',
      )
      expect(await db.selectFrom('owner_answers').selectAll().execute()).toEqual([])
    })
  })

  describe('of the next service', () => {
    it('is a week ahead, once', async () => {
      await repair()
      desk.now = start + 193 * dayMs - 1
      await desk.sweep()
      expect(await keys()).not.toContain('next_service')
      desk.now += 1
      await desk.sweep()
      await desk.sweep()
      expect((await keys()).filter((key) => key === 'next_service')).toHaveLength(1)
      expect((await desk.notice('next_service')).body).toContain('December 20, 2026')
    })
  })

  describe('in the morning', () => {
    const night = Date.UTC(2026, 5, 3, 23)
    const morning = Date.UTC(2026, 5, 4, 7)

    async function atNight(): Promise<void> {
      desk.now = night
      await db.updateTable('findings').set({ owed_notice: 'battery_replacement' }).execute()
      await addTechnicians(db, [{ id: 'ada' }])
      await desk.command(ticket, { do: 'assign', technician: 'ada' })
    }

    it('is one digest of the notices of the night', async () => {
      await atNight()
      desk.now = morning - 1
      await desk.sweep()
      expect(desk.sent.filter(({ user }) => user === 'u-1')).toEqual([])
      desk.now = morning
      await desk.sweep()
      await desk.sweep()
      expect(desk.sent.filter(({ user }) => user === 'u-1')).toMatchObject([
        {
          title: '2 messages about your home',
          body:
            '• The battery of your robot vacuum RV-20 is wearing out\n' +
            '• A technician will look after your robot vacuum RV-20',
          at: morning,
        },
      ])
      const digest = await desk.notice('digest')
      const folded = (await desk.notices('u-1')).filter(({ digest_id }) => digest_id === digest.id)
      expect(folded.map(({ state }) => state)).toEqual(['delivered', 'delivered'])
      const receipt = {
        type: 'receipt',
        notice: digest.id,
        user: 'u-1',
        status: 'read',
        receivedAt: morning,
      } as const
      await projectReceipts(db, [receipt])
      expect((await desk.notices('u-1')).map(({ state }) => state)).toEqual(['read', 'read', 'read'])
      expect((await desk.notice('battery_replacement')).actions).toContain('book')
    })

    it('is a single notice on its own; urgent ones were sent at night', async () => {
      desk.now = night
      await db.updateTable('findings').set({ owed_notice: 'battery_replacement' }).execute()
      await desk.sweep()
      const urgent = await addTicket(db, 2)
      await db.updateTable('findings').set({ severity: 'critical' }).where('ticket_id', '=', urgent).execute()
      await desk.sweep()
      expect(desk.sent.map(({ user }) => user)).toEqual(['u-2'])
      desk.now = morning
      await desk.sweep()
      expect(
        desk.sent.filter(({ user }) => user.startsWith('u-')).map(({ user, title }) => [user, title]),
      ).toEqual([
        ['u-2', 'The battery of your robot vacuum RV-20 is wearing out'],
        ['u-1', 'The battery of your robot vacuum RV-20 is wearing out'],
      ])
    })
  })

  describe('and to staff', () => {
    it('contain offers and escalations, once each, in the recipient’s time zone', async () => {
      await addTechnicians(db, [{ id: 'ada' }])
      await desk.sweep()
      const offered = await desk.notice('visit_offered', 'technician:ada')
      expect(offered.title).toBe('FW-2026-000001: a visit is offered to you')
      expect(offered.body).toContain('Please answer by Wednesday, June 3 at 18:00')
      await desk.command(ticket, { do: 'assign', technician: 'ada' })
      desk.now = ((await ticketNow()).solve_by?.getTime() ?? 0) - hourMs
      await desk.sweep()
      await desk.sweep()
      expect(await keys('technician:ada')).toEqual(['visit_offered', 'ticket_escalated'])
      desk.now += 2 * hourMs
      await desk.sweep()
      expect(await keys('dispatcher')).toEqual(['ticket_escalated'])
      desk.now += 5 * dayMs
      await desk.sweep()
      expect((await desk.notices('service_manager')).map(({ title }) => title)).toEqual([
        'FW-2026-000001: long overdue',
      ])
    })

    it('contain low stock', async () => {
      await addTechnicians(db, [{ id: 'ada' }])
      await addDepot(db, { id: 'd-2', kind: 'van' }, { onHand: 2, safety: 2 })
      await db.updateTable('technicians').set({ van_id: 'd-2' }).execute()
      await desk.command(ticket, { do: 'assign', technician: 'ada' })
      await desk.sweep()
      expect((await desk.notice('stock_low', 'dispatcher')).title).toBe('battery: 1 left in d-2')
    })
  })
})
