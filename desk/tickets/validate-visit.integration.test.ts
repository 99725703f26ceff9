import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, expect, it } from 'vitest'
import { dayMs, hourMs } from '../../lib/time.ts'
import type { RecordsStore } from '../../store/records/records-store.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { describeEachDatabase } from '../../store/records/testing/describe-each-database.ts'
import { releaseTickets } from '../dispatch/release-tickets.ts'
import { addTechnicians, addTicket, now as start } from '../dispatch/testing/field.ts'
import type { TicketCommand } from './command.ts'
import { runCommand, runCommandInTransaction } from './run-command.ts'

describeEachDatabase('visits and assignments', (records) => {
  let db: RecordsStore['db']
  let first: string
  let second: string
  let requests = 0

  beforeEach(async () => {
    db = records().db
    await deleteAllRecords(records())
    await addTechnicians(db, [{ id: 'ada' }, { id: 'bo' }])
    first = await addTicket(db)
    second = await addTicket(db, 2)
  })

  const request = (ticket: string, command: TicketCommand) => {
    return { id: `c-${++requests}`, ticket, actor: 'dispatcher:kim', at: start, command }
  }
  const run = (ticket: string, command: TicketCommand) =>
    runCommandInTransaction(db, request(ticket, command))
  const visit = (fromHours: number, hours: number, force?: boolean): TicketCommand => {
    const from = start + fromHours * hourMs
    return { do: 'book_visit', from, until: from + hours * hourMs, ...(force !== undefined && { force }) }
  }
  const assign = (technician: string, force?: boolean): TicketCommand => {
    return { do: 'assign', technician, ...(force !== undefined && { force }) }
  }
  const deactivate = () =>
    db.updateTable('technicians').set({ active: false }).where('id', '=', 'ada').execute()

  it('a technician who has left cannot be assigned', async () => {
    await deactivate()
    await expect(run(first, assign('ada'))).rejects.toThrow('ada cannot be assigned: they are not active')
    await expect(run(first, assign('unknown'))).rejects.toThrow('there is no such technician')
    expect(await run(first, assign('bo'))).toMatchObject({ technician_id: 'bo' })
  })

  it('the assigned tickets of somebody who leaves are open again, those under way stay', async () => {
    await run(first, assign('ada'))
    await run(second, assign('ada'))
    await run(second, { do: 'depart' })
    await deactivate()
    await db.transaction().execute((trx) => releaseTickets(trx, { technicians: ['ada'], at: start }))
    const tickets = await db.selectFrom('tickets').select(['id', 'work_state', 'technician_id']).execute()
    expect(tickets).toEqual(
      expect.arrayContaining([
        { id: first, work_state: 'open', technician_id: null },
        { id: second, work_state: 'en_route', technician_id: 'ada' },
      ]),
    )
  })

  it.each([
    ['of a year', visit(24, 365 * 24), 'a visit of at most 24 hours'],
    ['of 25 hours', visit(24, 25), 'a visit of at most 24 hours'],
    ['in a year', visit(365 * 24, 1), 'a start within the next 90 days'],
  ])('a visit %s is rejected, and the due time stays', async (_what, command, words) => {
    const before = await db
      .selectFrom('tickets')
      .select('solve_by')
      .where('id', '=', first)
      .executeTakeFirst()
    await expect(run(first, command)).rejects.toThrow(words)
    expect(
      await db.selectFrom('tickets').select('solve_by').where('id', '=', first).executeTakeFirst(),
    ).toEqual(before)
    const { solve_by } = await run(first, visit(30 * 24, 2))
    expect(solve_by?.getTime()).toBeLessThan(start + 91 * dayMs)
  })

  it('two visits of one technician at the same time need force', async () => {
    await run(first, assign('ada'))
    await run(second, assign('ada'))
    await run(first, visit(48, 2))
    await expect(run(second, visit(48.5, 1))).rejects.toThrow('ada has a visit for ticket')
    expect(await run(second, visit(50, 1))).toMatchObject({ visit_from: new Date(start + 50 * hourMs) })
    expect(await run(second, visit(48.5, 1, true))).toMatchObject({
      visit_from: new Date(start + 48.5 * hourMs),
    })
  })

  it('of two overlapping visits that are booked at once, the second is rejected', async () => {
    await run(first, assign('ada'))
    await run(second, assign('ada'))
    const later = await db.transaction().execute(async (trx) => {
      await runCommand(trx, request(first, visit(48, 2)))
      const concurrent = Promise.allSettled([run(second, visit(49, 2))])
      // Time to finish, if it did not wait for this transaction.
      await sleep(200)
      return { concurrent }
    })
    expect(await later.concurrent).toMatchObject([{ status: 'rejected' }])
  })

  it('nor does an assignment make two of them', async () => {
    await run(first, assign('ada'))
    await run(first, visit(48, 2))
    await run(second, visit(49, 2))
    await expect(run(second, assign('ada'))).rejects.toThrow('"force": true')
    expect(await run(second, assign('bo'))).toMatchObject({ technician_id: 'bo' })
    expect(await run(second, assign('ada', true))).toMatchObject({ technician_id: 'ada' })
  })
})
