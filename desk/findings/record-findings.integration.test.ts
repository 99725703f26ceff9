import { beforeEach, expect, it } from 'vitest'
import type { Finding } from '../../contract/finding.ts'
import { hourMs, secondMs } from '../../lib/time.ts'
import { loadMessageCatalog } from '../../notices/messages/message-catalog.ts'
import type { RecordsStore } from '../../store/records/records-store.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { describeEachDatabase } from '../../store/records/testing/describe-each-database.ts'
import { makeFinding } from '../testing/findings.ts'
import { IncidentFleet, raisedBy } from '../testing/incident-fleet.ts'
import { handleFindings } from './handle-findings.ts'

const messages = loadMessageCatalog()
const now = () => Date.UTC(2026, 5, 1)

describeEachDatabase('findings in one transaction', (records) => {
  const { announce, handle, incidents, count } = new IncidentFleet(records)
  let db: RecordsStore['db']
  beforeEach(() => {
    db = records().db
  })
  const handleTogether = (findings: readonly Finding[]) => handleFindings(findings, { db, messages, now })
  const handleApart = async (findings: readonly Finding[]) => {
    for (const finding of findings) await handleTogether([finding])
  }

  /** All that is decided, without times of this side. */
  async function outcome() {
    const [tickets, steps, findings, notices, events] = await Promise.all([
      db
        .selectFrom('tickets')
        .select(['id', 'severity', 'sla', 'condition', 'evidence'])
        .orderBy('id')
        .execute(),
      db.selectFrom('ticket_history').select(['ticket_id', 'step_id', 'what']).orderBy('step_id').execute(),
      db
        .selectFrom('findings')
        .select(['id', 'ticket_id', 'owed_notice', 'withheld'])
        .orderBy('id')
        .execute(),
      db.selectFrom('notices').select(['id', 'user_id', 'finding_id', 'state']).orderBy('id').execute(),
      db
        .selectFrom('desk_events')
        .select(['type', 'ticket_id'])
        .orderBy('ticket_id')
        .orderBy('type')
        .execute(),
    ])
    return { tickets, steps, findings, notices, events }
  }

  const flood = (size: number) => Array.from({ length: size }, (_, n) => raisedBy(n))

  it('are an incident from the one on that makes them a flood', async () => {
    await announce(100)
    const written = await handleTogether(flood(100))
    expect(written.map(({ finding }) => finding).toSorted()).toEqual(
      flood(20)
        .map(({ id }) => id)
        .toSorted(),
    )
    expect(await count('tickets')).toBe(20)
    expect(await count('notices')).toBe(20)
    expect(await incidents()).toMatchObject([{ threshold: 20, devices: 100, folded: 80 }])
    await handleTogether(flood(100))
    expect(await incidents()).toMatchObject([{ devices: 100, folded: 80 }])
  })

  it('have the same result as one after the other', async () => {
    const findings = Array.from({ length: 12 }, (_, n): Finding[] => {
      const raised = raisedBy(n, { severity: n % 2 === 0 ? 'minor' : 'critical' })
      const follow = (id: string, change: Partial<Finding>) =>
        raisedBy(n, { id: `${id}-${n}`, at: raised.at + hourMs, ...change })
      const second = { id: `second-${n}`, rule: 'robot_vacuum.second', ticket: { sla: 'level1' } as const }
      return [
        raised,
        ...(n % 3 === 0 ? [follow('updated', { state: 'updated', severity: 'major' })] : []),
        ...(n % 4 === 0 ? [follow('cleared', { state: 'cleared', at: raised.at + 2 * hourMs })] : []),
        ...(n % 5 === 0 ? [makeFinding({ ...raised, ...second, at: raised.at + secondMs })] : []),
        ...(n % 6 === 0 ? [follow('shadow', { shadow: true, rule: 'robot_vacuum.shadow' })] : []),
      ]
    }).flat()
    await announce(12)
    await handleApart(findings)
    const apart = await outcome()
    expect(apart.tickets).toHaveLength(12)
    for (const order of [findings, findings.toReversed()]) {
      await deleteAllRecords(records())
      await announce(12)
      await handleTogether(order)
      expect(await outcome()).toEqual(apart)
    }
  })

  it('of two floods are two incidents, and others have their tickets', async () => {
    await announce(60)
    const second = flood(60).map((one) =>
      makeFinding({ ...one, id: `${one.id}-b`, rule: 'b', component: 'brush' }),
    )
    const other = raisedBy(1, { id: 'other', rule: 'other', component: 'filter' })
    await handleTogether([...flood(60), other, ...second])
    expect(await incidents()).toMatchObject([
      { devices: 60, folded: 40 },
      { devices: 60, folded: 40 },
    ])
    expect(await count('tickets')).toBe(20 + 20 + 1)
  })

  it('join a flood that was detected before', async () => {
    await announce(100)
    await handle(flood(30))
    await handleTogether(flood(100).slice(30))
    expect(await incidents()).toMatchObject([{ devices: 100, folded: 80 }])
  })
})
