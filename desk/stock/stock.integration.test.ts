import { beforeEach, describe, expect, it } from 'vitest'
import type { RecordsStore } from '../../store/records/records-store.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { describeEachDatabase } from '../../store/records/testing/describe-each-database.ts'
import { addDepot, addTechnicians, addTicket, now } from '../dispatch/testing/field.ts'
import { processDeskEvents } from '../process-desk-events.ts'
import type { TicketCommand } from '../tickets/command.ts'
import { runCommandInTransaction } from '../tickets/run-command.ts'
import { forecastDemand } from './forecast-demand.ts'
import { reservePart } from './reserve.ts'
import { stockEventHandler } from './stock-event-handler.ts'
import { receiveStock, transferStock } from './stock-movements.ts'
import { sweepReservations } from './sweep-reservations.ts'

describeEachDatabase('stock', (records) => {
  let db: RecordsStore['db']
  let orders = 0
  beforeEach(async () => {
    db = records().db
    await deleteAllRecords(records())
  })

  const stock = () =>
    db.selectFrom('stock').select(['depot_id', 'on_hand', 'reserved']).orderBy('depot_id').execute()
  const replenishments = () => db.selectFrom('replenishments').select(['depot_id', 'state']).execute()
  const eventsOf = (type: string) =>
    db.selectFrom('desk_events').select('data').where('type', '=', type).execute()
  const reserve = (ticket: string, van: string | null = null) =>
    db
      .transaction()
      .execute((trx) => reservePart(trx, { ticket, part: 'battery', van, near: undefined, at: now }))

  async function order(ticket: string, ...commands: TicketCommand[]): Promise<void> {
    for (const command of commands) {
      const given = { ticket, actor: 'dispatcher:kim', reason: 'so', at: now, id: `c-${orders++}`, command }
      await runCommandInTransaction(db, given)
      await processDeskEvents(db, [stockEventHandler], new Date(now))
    }
  }
  const resolved = (part?: string): TicketCommand => ({
    do: 'resolve',
    verdict: 'worn',
    cause: 'aged',
    work: 'replaced',
    parts: part === undefined ? [] : [{ part, quantity: 1 }],
  })

  it('gives the last two parts to two of twenty concurrent requests', async () => {
    await addDepot(db, { id: 'berlin' }, { onHand: 2 })
    const tickets = []
    for (let number = 1; number <= 20; number++) tickets.push(await addTicket(db, number))
    const got = await Promise.all(tickets.map((ticket) => reserve(ticket)))
    expect(got.filter((depot) => depot === 'berlin')).toHaveLength(2)
    expect(await stock()).toEqual([{ depot_id: 'berlin', on_hand: 2, reserved: 2 }])
    expect(await eventsOf('part_missing')).toHaveLength(18)
  })

  it('reserves, consumes, and reports low stock', async () => {
    await addDepot(db, { id: 'berlin' }, { onHand: 2, safety: 2 })
    await addTechnicians(db, [{ id: 'ada' }])
    const ticket = await addTicket(db)
    await order(ticket, { do: 'assign', technician: 'ada' })
    expect(await stock()).toEqual([{ depot_id: 'berlin', on_hand: 2, reserved: 1 }])
    expect(await replenishments()).toEqual([{ depot_id: 'berlin', state: 'open' }])
    await order(ticket, { do: 'arrive' }, resolved('battery'))
    expect(await stock()).toEqual([{ depot_id: 'berlin', on_hand: 1, reserved: 0 }])
    expect(await eventsOf('stock_low')).toEqual([
      { data: { part: 'battery', depot: 'berlin', available: 1, safety: 2 } },
    ])
    await db
      .transaction()
      .execute((trx) => receiveStock(trx, { depot: 'berlin', part: 'battery', quantity: 5, at: now }))
    expect(await replenishments()).toEqual([{ depot_id: 'berlin', state: 'done' }])
  })

  it.each<[string, TicketCommand[]]>([
    ['the visit is called off', [{ do: 'cancel' }]],
    ['it is unassigned', [{ do: 'unassign' }]],
    ['nothing was built in', [{ do: 'arrive' }, resolved()]],
  ])('releases the reserved part when %s', async (_, commands) => {
    await addDepot(db, { id: 'berlin' }, { onHand: 1 })
    await addTechnicians(db, [{ id: 'ada' }])
    const ticket = await addTicket(db)
    await order(ticket, { do: 'assign', technician: 'ada' }, ...commands)
    expect(await stock()).toEqual([{ depot_id: 'berlin', on_hand: 1, reserved: 0 }])
  })

  it('reserves in the technician’s van, and releases when another technician is assigned', async () => {
    await addDepot(db, { id: 'berlin' }, { onHand: 1 })
    await addDepot(db, { id: 'van-ada', kind: 'van' }, { onHand: 1 })
    await addTechnicians(db, [{ id: 'ada', van: 'van-ada' }, { id: 'bo' }])
    const ticket = await addTicket(db)
    await order(ticket, { do: 'assign', technician: 'ada' })
    expect((await stock()).find(({ reserved }) => reserved === 1)?.depot_id).toBe('van-ada')
    await order(ticket, { do: 'assign', technician: 'bo' })
    expect((await stock()).find(({ reserved }) => reserved === 1)?.depot_id).toBe('berlin')
  })

  it('transfers at most the free parts', async () => {
    await addDepot(db, { id: 'berlin' }, { onHand: 3 })
    await addDepot(db, { id: 'bonn' }, { onHand: 0 })
    await reserve(await addTicket(db))
    const move = { from: 'berlin', to: 'bonn', part: 'battery', at: now }
    const results = await Promise.allSettled(
      [1, 1, 1].map((quantity) =>
        db.transaction().execute((trx) => transferStock(trx, { ...move, quantity })),
      ),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
    expect(await stock()).toEqual([
      { depot_id: 'berlin', on_hand: 1, reserved: 1 },
      { depot_id: 'bonn', on_hand: 2, reserved: 0 },
    ])
  })

  describe('parts that arrive late', () => {
    const hour = 3_600_000
    const deliver = (quantity: number) =>
      db
        .transaction()
        .execute((trx) => receiveStock(trx, { depot: 'berlin', part: 'battery', quantity, at: now }))
    const sweep = () => sweepReservations(db, new Date(now))
    const holders = async () => {
      const rows = await db
        .selectFrom('reservations')
        .select('ticket_id')
        .where('state', '=', 'held')
        .orderBy('at')
        .execute()
      return rows.map(({ ticket_id }) => ticket_id)
    }

    /** Create tickets of ada whose part is not in stock; later ones are due earlier. */
    async function waiting(count: number): Promise<string[]> {
      await addDepot(db, { id: 'berlin' }, { onHand: 0 })
      await addTechnicians(db, [{ id: 'ada' }])
      const tickets = []
      for (let number = 1; number <= count; number++) {
        const ticket = await addTicket(db, number)
        await order(ticket, { do: 'assign', technician: 'ada' })
        const solve_by = new Date(now + (count - number) * hour)
        await db.updateTable('tickets').set({ solve_by }).where('id', '=', ticket).execute()
        tickets.push(ticket)
      }
      return tickets
    }

    it('are reserved by due time, as far as they suffice', async () => {
      const [later, sooner] = await waiting(2)
      await deliver(1)
      await sweep()
      expect(await holders()).toEqual([sooner])
      expect(await stock()).toEqual([{ depot_id: 'berlin', on_hand: 1, reserved: 1 }])
      await deliver(2)
      await sweep()
      expect((await holders()).toSorted()).toEqual([later, sooner].toSorted())
      expect(await stock()).toEqual([{ depot_id: 'berlin', on_hand: 3, reserved: 2 }])
    })

    it('go to one of two tickets in concurrent sweeps, and `part_missing` is recorded once', async () => {
      const [, sooner] = await waiting(2)
      await sweep()
      await deliver(1)
      await Promise.all([sweep(), sweep(), sweep()])
      await sweep()
      expect(await holders()).toEqual([sooner])
      expect(await stock()).toEqual([{ depot_id: 'berlin', on_hand: 1, reserved: 1 }])
      expect(await eventsOf('part_missing')).toHaveLength(2)
      expect(await eventsOf('part_reserved')).toHaveLength(1)
    })

    it('are reserved also for a technician at work, from the own van only', async () => {
      const [ticket = ''] = await waiting(1)
      await order(ticket, { do: 'arrive' })
      await addDepot(db, { id: 'van-bo', kind: 'van' }, { onHand: 1 })
      await sweep()
      expect(await holders()).toEqual([])
      await addDepot(db, { id: 'van-ada', kind: 'van' }, { onHand: 1 })
      await db.updateTable('technicians').set({ van_id: 'van-ada' }).execute()
      await sweep()
      expect(await holders()).toEqual([ticket])
    })

    it('are reserved after the handlers of a ticket’s events', async () => {
      const [ticket = ''] = await waiting(1)
      await deliver(1)
      for (const command of [{ do: 'unassign' }, { do: 'assign', technician: 'ada' }] as const)
        await runCommandInTransaction(db, {
          ticket,
          actor: 'desk',
          reason: 'so',
          at: now,
          id: command.do,
          command,
        })
      await sweep()
      expect(await holders()).toEqual([])
      await processDeskEvents(db, [stockEventHandler], new Date(now))
      expect(await holders()).toEqual([ticket])
    })
  })

  describe('the forecast of demand', () => {
    it('sums the probabilities of failures, and proposes transfers of surplus', async () => {
      await addDepot(db, { id: 'berlin' }, { onHand: 0 })
      await addDepot(db, { id: 'paris', region: 'FR', latitude: 48.9 }, { onHand: 4, safety: 1 })
      const day = 86_400_000
      const soon = { p10: now + 5 * day, p50: now + 10 * day, p90: now + 20 * day }
      const even = { p10: now + 20 * day, p50: now + 30 * day, p90: now + 50 * day }
      for (const [number, crossing] of [soon, even].entries()) {
        const id = await addTicket(db, number)
        const evidence = JSON.stringify({ detector: 'forecast', crossing, points: [] })
        await db.updateTable('tickets').set({ evidence }).where('id', '=', id).execute()
      }
      const { demand, transfers } = await forecastDemand(db, new Date(now))
      // The horizon is two P50-to-P90 widths after the first P50 (0.9948), and at the second P50 (0.5).
      const both = expect.closeTo(1.4948, 4)
      expect(demand).toEqual([
        {
          region: 'DE',
          part: 'battery',
          expected: both,
          expectedByAge: 0,
          tickets: 2,
          free: 0,
          shortage: both,
        },
      ])
      expect(transfers).toEqual([{ from: 'paris', to: 'berlin', quantity: 2, part: 'battery' }])
    })

    it('adds what parts without a ticket will need at their age', async () => {
      const day = 86_400_000
      const daysAgo = (days: number) => new Date(now - days * day)
      // Batteries of devices all 700 days in use failed at 300 to 400 days; those after them are half as old as that.
      for (let number = 1; number <= 20; number++) {
        const id = await addTicket(db, number)
        await db
          .updateTable('devices')
          .set({ in_use_since: daysAgo(700), first_seen: daysAgo(700) })
          .execute()
        await db
          .updateTable('tickets')
          .set({ work_state: 'closed', verdict: 'worn' })
          .where('id', '=', id)
          .execute()
        const since = daysAgo(700 - 300 - 5 * number)
        await db
          .insertInto('epochs')
          .values({ device_id: `rv-${number}`, component: 'battery', number: 1, since })
          .execute()
      }
      const soon = await forecastDemand(db, new Date(now))
      const later = await forecastDemand(db, new Date(now), 180)
      expect(soon.demand).toHaveLength(1)
      expect(soon.demand[0]).toMatchObject({ region: 'DE', part: 'battery', tickets: 0 })
      expect(soon.demand[0]?.expectedByAge).toBe(soon.demand[0]?.expected)
      // Eight of the twenty are 300 days old and more, where half fail within 50 days.
      expect(soon.demand[0]?.expected).toBeGreaterThan(2)
      expect(soon.demand[0]?.expected).toBeLessThan(12)
      expect(later.demand[0]?.expected).toBeGreaterThan(15)
      // An open ticket says more than the age: one that is expected at once counts as one.
      await db.updateTable('tickets').set({ work_state: 'open', evidence: '{}' }).execute()
      expect((await forecastDemand(db, new Date(now))).demand[0]).toMatchObject({
        tickets: 20,
        expectedByAge: 0,
      })
    })
  })
})
