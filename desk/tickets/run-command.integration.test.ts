import fc from 'fast-check'
import type { Selectable } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import { hourMs } from '../../lib/time.ts'
import type { RecordsStore } from '../../store/records/records-store.ts'
import type { TicketsTable } from '../../store/records/schema.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { describeEachDatabase } from '../../store/records/testing/describe-each-database.ts'
import { recordFindings } from '../findings/record-findings.ts'
import { relayOutbox } from '../sweep.ts'
import { findingAt, makeFinding } from '../testing/findings.ts'
import type { CommandRejectedError, CommandRequest, TicketCommand } from './command.ts'
import { runCommandInTransaction } from './run-command.ts'
import { decideTransition } from './state-machines.ts'
import { sweepTicketTimers } from './sweep-ticket-timers.ts'

const start = findingAt
const report = { verdict: 'worn', cause: 'cells aged', work: 'battery replaced' } as const
const parts = [{ part: 'battery', quantity: 1 }]

describeEachDatabase('commands on tickets', (records) => {
  let db: RecordsStore['db']
  let ticket: string
  let orders = 0

  beforeEach(async () => {
    db = records().db
    await deleteAllRecords(records())
    await addTechnicians()
    ticket = await openTicket(makeFinding())
  })

  async function addTechnicians(): Promise<void> {
    const at = new Date(start)
    const row = { name: 'Ada', time_zone: 'UTC', shift: '[]', visits_a_day: 5, active: true, updated_at: at }
    const none = { region: null, latitude: null, longitude: null, rating: null, van_id: null }
    await db
      .insertInto('technicians')
      .values(['ada', 'bo'].map((id) => ({ id, ...row, ...none })))
      .execute()
  }

  async function openTicket(finding: ReturnType<typeof makeFinding>): Promise<string> {
    await db.transaction().execute((trx) => recordFindings(trx, [finding], new Date(start)))
    const { id } = await db
      .selectFrom('tickets')
      .select('id')
      .where('component', '=', finding.component)
      .executeTakeFirstOrThrow()
    return id
  }

  function order(command: TicketCommand, change: Partial<CommandRequest> = {}) {
    const reason = 'asked for'
    const given = {
      ticket,
      actor: 'dispatcher:kim',
      reason,
      at: start,
      id: `o-${orders++}`,
      command,
      ...change,
    }
    return runCommandInTransaction(db, given)
  }

  const read = () => db.selectFrom('tickets').selectAll().where('id', '=', ticket).executeTakeFirstOrThrow()
  const history = () =>
    db.selectFrom('ticket_history').selectAll().where('actor', '!=', 'rules').orderBy('at').execute()
  const rejection = (code: CommandRejectedError['code']) =>
    expect.objectContaining({ name: 'CommandRejectedError', code })

  it('leads a ticket from its finding to its end, and records each step', async () => {
    const commands: TicketCommand[] = [
      { do: 'assign', technician: 'ada' },
      { do: 'depart' },
      { do: 'arrive' },
      { do: 'resolve', ...report, parts },
      { do: 'close' },
    ]
    for (const [index, command] of commands.entries()) await order(command, { at: start + index * hourMs })
    expect(await read()).toMatchObject({
      work_state: 'closed',
      operator_state: 'acknowledged',
      technician_id: 'ada',
      responded_at: new Date(start),
      on_site_at: new Date(start + 2 * hourMs),
      resolved_at: new Date(start + 3 * hourMs),
      closed_at: new Date(start + 4 * hourMs),
      verdict: 'worn',
    })
    expect((await history()).map(({ what }) => what)).toEqual(commands.map((one) => one.do))
    const events = await db
      .selectFrom('desk_events')
      .select(['type', 'data'])
      .where('ticket_id', 'is not', null)
      .orderBy('id')
      .execute()
    expect(events.map(({ type }) => type)).toEqual(['ticket_opened', ...commands.map(() => 'ticket_changed')])
  })

  it('puts one event for a replaced worn part into the outbox', async () => {
    await order({ do: 'assign', technician: 'ada' })
    await order({ do: 'arrive' })
    await order({ do: 'resolve', ...report, parts })
    const sent: unknown[] = []
    const append = async (entries: unknown[]) => void sent.push(...entries)
    await relayOutbox(db, { append, now: new Date(start) })
    await relayOutbox(db, { append, now: new Date(start) })
    const entry = { type: 'event', event: 'part_replaced', device: 'rv-1', component: 'battery', ts: start }
    expect(sent).toEqual([expect.objectContaining(entry)])
  })

  it.each([
    ['a part that was not worn', { ...report, verdict: 'not_worn' as const, parts }],
    ['what was repaired without one', { ...report, parts: [] }],
  ])('puts nothing into the outbox for %s', async (_, resolution) => {
    await order({ do: 'assign', technician: 'ada' })
    await order({ do: 'arrive' })
    await order({ do: 'resolve', ...resolution })
    expect(await db.selectFrom('journal_outbox').select('id').execute()).toEqual([])
  })

  it('rejects with a reason, and changes nothing', async () => {
    const before = await read()
    await expect(order({ do: 'arrive' })).rejects.toEqual(rejection('not_allowed'))
    await expect(order({ do: 'cancel' }, { reason: ' ' })).rejects.toThrow('cancel needs a reason')
    await expect(order({ do: 'note', text: 'x' }, { ticket: 't-none' })).rejects.toEqual(
      rejection('unknown_ticket'),
    )
    await expect(order({ do: 'acknowledge' }, { expectedVersion: before.version + 1 })).rejects.toEqual(
      rejection('changed_meanwhile'),
    )
    expect(await read()).toEqual(before)
  })

  it('has one effect for twenty concurrent requests with the same id', async () => {
    const { version } = await read()
    const given = Array.from({ length: 20 }, () => order({ do: 'assign', technician: 'ada' }, { id: 'same' }))
    const answers = await Promise.all(given)
    expect(new Set(answers.map((one) => one.version))).toEqual(new Set([version + 1]))
    expect(await history()).toHaveLength(1)
  })

  it('accepts one of two commands for the same version', async () => {
    const { version } = await read()
    const results = await Promise.allSettled(
      ['ada', 'bo'].map((technician) => order({ do: 'assign', technician }, { expectedVersion: version })),
    )
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const lost = results.find((one) => one.status === 'rejected')
    expect(lost?.reason).toEqual(rejection('changed_meanwhile'))
    expect(await history()).toHaveLength(1)
  })

  it('extends the due times by the time waited for the owner', async () => {
    const { respond_by, solve_by } = await read()
    await order({ do: 'wait_for_owner' }, { at: start + hourMs })
    await sweepTicketTimers(db, new Date(start + 500 * hourMs))
    await order({ do: 'owner_answered' }, { at: start + 501 * hourMs })
    const after = await read()
    expect(after.respond_by?.getTime()).toBe((respond_by?.getTime() ?? 0) + 500 * hourMs)
    expect(after.solve_by?.getTime()).toBe((solve_by?.getTime() ?? 0) + 500 * hourMs)
    expect(await db.selectFrom('escalations').selectAll().execute()).toEqual([])
  })

  it('moves the due time to a later visit that the owner books', async () => {
    await order({ do: 'wait_for_owner' })
    await order({ do: 'book_visit', from: start + 200 * hourMs, until: start + 202 * hourMs })
    expect(await read()).toMatchObject({ waiting_since: null, solve_by: new Date(start + 202 * hourMs) })
  })

  it('does not move a due time that has passed', async () => {
    const { solve_by } = await read()
    const broken = (solve_by?.getTime() ?? 0) + hourMs
    await order({ do: 'book_visit', from: broken + hourMs, until: broken + 3 * hourMs }, { at: broken })
    expect(await read()).toMatchObject({ solve_by, visit_until: new Date(broken + 3 * hourMs) })
  })

  describe('the sweep', () => {
    it('escalates each step once, in order, also in late and concurrent sweeps', async () => {
      await Promise.all(
        Array.from({ length: 20 }, () => sweepTicketTimers(db, new Date(start + 1_000 * hourMs))),
      )
      const steps = (await history()).map(({ detail }) => detail)
      expect(steps).toHaveLength(6)
      const escalations = await db.selectFrom('escalations').select(['clock', 'step', 'told']).execute()
      const byStep = { at_risk: 'dispatcher', breached: 'dispatcher', overdue: 'service_manager' }
      for (const clock of ['response', 'solution']) {
        for (const [step, who] of Object.entries(byStep)) {
          expect(escalations).toContainEqual({ clock, step, told: who })
        }
      }
    })

    it('escalates to the assigned technician first', async () => {
      await order({ do: 'assign', technician: 'ada' })
      const { solve_by } = await read()
      await sweepTicketTimers(db, new Date((solve_by?.getTime() ?? 0) - hourMs))
      const escalations = await db.selectFrom('escalations').select(['clock', 'step', 'told']).execute()
      expect(escalations).toEqual([{ clock: 'solution', step: 'at_risk', told: 'technician' }])
    })

    it('unshelves at the end of the period, and not before', async () => {
      await order({ do: 'shelve', until: start + 10 * hourMs })
      await sweepTicketTimers(db, new Date(start + 9 * hourMs))
      expect((await read()).operator_state).toBe('shelved')
      await Promise.all(Array.from({ length: 5 }, () => sweepTicketTimers(db, new Date(start + 10 * hourMs))))
      expect((await read()).operator_state).toBe('acknowledged')
    })

    it('closes three days after the work was resolved', async () => {
      await order({ do: 'assign', technician: 'ada' })
      await order({ do: 'arrive' })
      await order({ do: 'resolve', ...report, parts })
      await sweepTicketTimers(db, new Date(start + 71 * hourMs))
      expect((await read()).work_state).toBe('resolved')
      await sweepTicketTimers(db, new Date(start + 72 * hourMs))
      expect((await read()).work_state).toBe('closed')
    })
  })

  it('keeps to the state machines for all commands: history, versions and states agree', async () => {
    let lives = 0
    const anyCommand = fc.constantFrom<TicketCommand>(
      { do: 'acknowledge' },
      { do: 'shelve', until: start + 10_000 * hourMs },
      { do: 'unshelve' },
      { do: 'assign', technician: 'ada', force: true },
      { do: 'assign', technician: 'bo', force: true },
      { do: 'unassign' },
      { do: 'depart' },
      { do: 'arrive' },
      { do: 'resolve', ...report, parts },
      { do: 'reopen' },
      { do: 'close' },
      { do: 'cancel' },
      { do: 'wait_for_owner' },
      { do: 'owner_answered' },
      { do: 'book_visit', from: start + 2_000 * hourMs, until: start + 2_001 * hourMs, force: true },
    )
    const steps = fc.array(fc.record({ command: anyCommand, hours: fc.integer({ min: 0, max: 30 }) }), {
      minLength: 5,
      maxLength: 25,
    })
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const component = `part-${lives++}`
        ticket = await openTicket(makeFinding({ id: `f-${component}`, component }))
        let at = start
        let before: Selectable<TicketsTable> = await read()
        let allowed = 0
        for (const { command, hours } of given) {
          at += hours * hourMs
          await sweepTicketTimers(db, new Date(at))
          before = await read()
          const states = {
            work: before.work_state,
            operator: before.operator_state,
            waitingForOwner: before.waiting_since !== null,
          }
          const decision = decideTransition(states, command)
          if (decision.is === 'rejected') {
            await expect(order(command, { at })).rejects.toEqual(rejection('not_allowed'))
            expect(await read()).toEqual(before)
            continue
          }
          allowed++
          const after = await order(command, { at })
          expect(after.version).toBe(before.version + 1)
          expect(after).toMatchObject({
            work_state: decision.states.work,
            operator_state: decision.states.operator,
          })
          expect(after.waiting_since !== null).toBe(decision.states.waitingForOwner)
        }
        const steps = (await history()).filter((one) => one.ticket_id === ticket)
        expect(steps.filter(({ step_id }) => step_id.startsWith('command:o-'))).toHaveLength(allowed)
        const escalated = steps.filter(({ what }) => what === 'escalated').map(({ step_id }) => step_id)
        expect(new Set(escalated).size).toBe(escalated.length)
      }),
      { numRuns: 12 },
    )
  })
})
