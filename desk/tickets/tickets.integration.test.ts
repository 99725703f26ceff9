import { beforeEach, describe, expect, it } from 'vitest'
import type { Finding } from '../../contract/finding.ts'
import { dayMs } from '../../lib/time.ts'
import { loadMessageCatalog } from '../../notices/messages/message-catalog.ts'
import { createOwedNotices } from '../../notices/write/create-owed-notices.ts'
import { createRecordsProjection } from '../../store/records/projection.ts'
import type { RecordsStore } from '../../store/records/records-store.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { describeEachDatabase } from '../../store/records/testing/describe-each-database.ts'
import { handleFindings } from '../findings/handle-findings.ts'
import { findingAt, makeFinding } from '../testing/findings.ts'

const now = Date.UTC(2026, 5, 1)
const messages = loadMessageCatalog()

const raised = makeFinding()
const updated = makeFinding({ id: 'f-2', state: 'updated', severity: 'major', at: findingAt + dayMs })
const cleared = makeFinding({ id: 'f-3', state: 'cleared', at: findingAt + 2 * dayMs })
const vibration = makeFinding({
  id: 'f-v',
  rule: 'robot_vacuum.battery_hot',
  severity: 'critical',
  at: findingAt + dayMs,
  ticket: { sla: 'level1', part: 'battery_pack' },
})

describeEachDatabase('tickets', (records) => {
  let db: RecordsStore['db']
  beforeEach(async () => {
    db = records().db
    await deleteAllRecords(records())
  })

  async function announce(owner?: string): Promise<void> {
    const device = { id: 'rv-1', kind: 'robot_vacuum', model: 'RV-20', ...(owner && { owner }) }
    await createRecordsProjection(db).handle([{ type: 'device', receivedAt: now, device }])
  }

  async function handle(...findings: Finding[]): Promise<string[]> {
    const notices: string[] = []
    for (const finding of findings) {
      {
        const written = await handleFindings([finding], { db, messages, now: () => now })
        notices.push(...written.map(({ notice }) => notice))
      }
    }
    return notices
  }

  const tickets = () => db.selectFrom('tickets').selectAll().orderBy('opened_at').execute()
  const closeTickets = () => db.updateTable('tickets').set({ work_state: 'closed' }).execute()
  const steps = async () =>
    (await db.selectFrom('ticket_history').selectAll().orderBy('at').execute()).map(({ what }) => what)

  /** All that is left of a ticket when times of this side are not looked at. */
  async function outcome() {
    const [ticket] = await db
      .selectFrom('tickets')
      .select(['id', 'severity', 'sla', 'condition', 'work_state', 'opened_at', 'evidence'])
      .execute()
    return { ticket, steps: await steps() }
  }

  it('opens a ticket and writes the notice in one transaction', async () => {
    await announce('u-1')
    const [notice, ...more] = await handle(raised)
    expect(more).toEqual([])
    expect(await tickets()).toMatchObject([
      {
        device_id: 'rv-1',
        component: 'battery',
        epoch: 0,
        rule: 'robot_vacuum.battery_worn',
        severity: 'minor',
        sla: 'level3',
        part: 'battery',
        skill: 'power',
        condition: 'active',
        operator_state: 'unacknowledged',
        work_state: 'open',
        opened_at: new Date(findingAt),
        evidence: raised.evidence,
      },
    ])
    const written = await db.selectFrom('notices').selectAll().executeTakeFirstOrThrow()
    expect(written).toMatchObject({
      id: notice,
      user_id: 'u-1',
      state: 'queued',
      attempts: 0,
      finding_id: 'f-1',
      ticket_id: (await tickets())[0]?.id,
      title: 'The battery of your robot vacuum RV-20 is wearing out',
      next_attempt_at: new Date(now),
    })
    expect(written.body).toContain('in about three weeks')
  })

  it('changes nothing when findings are handled again', async () => {
    await announce('u-1')
    await handle(raised, updated, cleared)
    const before = await outcome()
    expect(await handle(raised, cleared, updated)).toEqual([])
    expect(await outcome()).toEqual(before)
    expect(before.steps).toEqual(['finding_raised', 'finding_updated', 'finding_cleared'])
  })

  it('gives a notice the same id when the records were lost, by which a phone knows it again', async () => {
    await announce('u-1')
    const notices = await handle(raised)
    await deleteAllRecords(records())
    await announce('u-1')
    expect(await handle(raised)).toEqual(notices)
    expect(notices).toHaveLength(1)
  })

  it.each([
    ['late', [updated, cleared, raised]],
    ['backwards', [cleared, updated, raised]],
    ['mixed', [updated, raised, cleared]],
  ])('has the same result when findings arrive %s', async (_order, findings) => {
    await handle(raised, updated, cleared)
    const inOrder = await outcome()
    await deleteAllRecords(records())
    await handle(...findings)
    expect(await outcome()).toEqual(inOrder)
    expect(inOrder.ticket).toMatchObject({ condition: 'cleared', work_state: 'open' })
  })

  it('joins findings of other rules on the part, with the highest severity and the strictest service level', async () => {
    await announce('u-1')
    const notices = await handle(raised, vibration)
    expect(notices).toHaveLength(2)
    expect(await tickets()).toMatchObject([
      {
        severity: 'critical',
        sla: 'level1',
        part: 'battery',
        condition: 'active',
        opened_at: new Date(findingAt),
      },
    ])
    await handle({ ...vibration, id: 'f-v2', state: 'cleared', at: findingAt + 3 * dayMs })
    expect(await tickets()).toMatchObject([{ severity: 'minor', sla: 'level1', condition: 'active' }])
  })

  it('has separate tickets for parts, devices and lifetimes', async () => {
    await handle(
      raised,
      makeFinding({ id: 'f-epoch', epoch: 1 }),
      makeFinding({ id: 'f-filter', component: 'filter' }),
      makeFinding({ id: 'f-other', device: 'rv-2' }),
    )
    expect(new Set((await tickets()).map(({ id }) => id)).size).toBe(4)
  })

  it('opens another ticket when the rule raises again after the first was closed', async () => {
    await handle(raised, cleared)
    await closeTickets()
    const again = makeFinding({ id: 'f-4', at: findingAt + 10 * dayMs })
    const overAgain = makeFinding({ id: 'f-5', state: 'cleared', at: findingAt + 12 * dayMs })
    await handle(overAgain, again)
    expect((await tickets()).map((ticket) => [ticket.work_state, ticket.condition])).toEqual([
      ['closed', 'cleared'],
      ['open', 'cleared'],
    ])
  })

  it('opens one ticket when rules raise concurrently', async () => {
    await announce('u-1')
    const findings = Array.from({ length: 12 }, (_, n) => makeFinding({ id: `f-p${n}`, rule: `rule_${n}` }))
    await Promise.all(findings.map((finding) => handle(finding)))
    expect(await tickets()).toHaveLength(1)
    expect(await steps()).toHaveLength(12)
  })

  describe('notices', () => {
    const notices = () =>
      db
        .selectFrom('notices')
        .select(['finding_id', 'user_id'])
        .$narrowType<{ finding_id: string }>()
        .execute()
    const byFinding = (one: { finding_id: string }, other: { finding_id: string }) =>
      one.finding_id < other.finding_id ? -1 : 1

    /** What the sweep does for those who became known. */
    async function createOwed(): Promise<string[]> {
      const options = { messages, now: new Date(now), limit: 100 }
      await db.transaction().execute((trx) => createOwedNotices(trx, options))
      return (await notices()).map(({ finding_id }) => finding_id)
    }

    it('are not owed without an owner, and pending for an unknown device', async () => {
      expect(await handle(raised)).toEqual([])
      await announce()
      expect(await handle(makeFinding({ id: 'f-9', rule: 'other' }))).toEqual([])
      expect(await tickets()).toHaveLength(1)
      expect(await notices()).toEqual([])
    })

    it('are the same for every order of handling, once for each raised finding', async () => {
      await announce('u-1')
      const again = makeFinding({ id: 'f-10', at: findingAt + 20 * dayMs })
      const more = makeFinding({ id: 'f-11', state: 'updated', at: findingAt + 21 * dayMs })
      await handle(raised, updated, cleared, again, more)
      const inOrder = await notices()
      expect(inOrder.map(({ finding_id }) => finding_id).sort()).toEqual(['f-1', 'f-10'])
      await records().pool.query(
        'delete from notices; delete from findings; delete from ticket_history; delete from tickets',
      )
      await handle(more, cleared, again, updated, raised, raised)
      expect((await notices()).toSorted(byFinding)).toEqual(inOrder.toSorted(byFinding))
    })

    it('wait for a device whose announcement is not recorded yet, though they are cleared', async () => {
      await handle(raised, cleared)
      await announce('u-1')
      expect(await createOwed()).toEqual(['f-1'])
    })

    it.each([
      ['in order', [raised, cleared]],
      ['backwards', [cleared, raised]],
    ])('are not owed to a later owner for cleared findings, handled %s', async (_order, findings) => {
      await announce()
      await handle(...findings, makeFinding({ id: 'f-12', rule: 'other' }))
      await announce('u-1')
      expect(await createOwed()).toEqual(['f-12'])
    })

    it('are written without a ticket where the rule opens none', async () => {
      await announce('u-1')
      const { ticket: _none, ...silent } = makeFinding({ notice: 'device_silent' })
      expect(await handle(silent, { ...silent, id: 'f-12', state: 'cleared' })).toHaveLength(1)
      expect(await tickets()).toEqual([])
    })

    it('are rejected when they have no text, before anything is written', async () => {
      await announce('u-1')
      await expect(handle(makeFinding({ notice: 'tea_is_ready' }))).rejects.toThrow('"tea_is_ready"')
      expect(await tickets()).toEqual([])
    })
  })
})
