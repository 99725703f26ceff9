import { beforeEach, expect, it } from 'vitest'
import type { Finding } from '../../contract/finding.ts'
import { hourMs } from '../../lib/time.ts'
import type { RecordsStore } from '../../store/records/records-store.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { describeEachDatabase } from '../../store/records/testing/describe-each-database.ts'
import { findingAt, makeFinding } from '../testing/findings.ts'
import { recordFindings } from './record-findings.ts'

const now = new Date(Date.UTC(2026, 5, 1))
const step = (id: string, hours: number, change: Partial<Finding> = {}) =>
  makeFinding({ id, at: findingAt + hours * hourMs, ...change })
const at = (hours: number) => new Date(findingAt + hours * hourMs)

/** Two episodes of one rule, an active one of its shadow, and one of another part. */
const findings: Finding[] = [
  step('first', 0),
  step('first-updated', 1, { state: 'updated', severity: 'major' }),
  step('first-cleared', 2, { state: 'cleared' }),
  step('second', 3),
  step('second-updated', 4, { state: 'updated', severity: 'critical' }),
  step('shadow', 0, { shadow: true }),
  step('other', 1, { component: 'filter' }),
  step('other-cleared', 5, { component: 'filter', state: 'cleared' }),
]
const expected = [
  { id: 'first', newest_id: 'first-cleared', newest_at: at(2), newest_severity: 'minor', cleared_at: at(2) },
  { id: 'other', newest_id: 'other-cleared', newest_at: at(5), newest_severity: 'minor', cleared_at: at(5) },
  {
    id: 'second',
    newest_id: 'second-updated',
    newest_at: at(4),
    newest_severity: 'critical',
    cleared_at: null,
  },
  { id: 'shadow', newest_id: 'shadow', newest_at: at(0), newest_severity: 'minor', cleared_at: null },
]

describeEachDatabase('episodes of findings', (records) => {
  let db: RecordsStore['db']
  beforeEach(async () => {
    db = records().db
    await deleteAllRecords(records())
  })
  const record = (given: readonly Finding[]) =>
    db.transaction().execute((trx) => recordFindings(trx, given, now))
  const episodes = () =>
    db
      .selectFrom('findings')
      .select(['id', 'newest_id', 'newest_at', 'newest_severity', 'cleared_at'])
      .where('state', '=', 'raised')
      .orderBy('id')
      .execute()

  it('have their newest finding and their end, recorded together', async () => {
    await record(findings)
    expect(await episodes()).toEqual(expected)
  })

  it('are the same in every order of arrival', async () => {
    const rotations = findings.map((_, n) => [...findings.slice(n), ...findings.slice(0, n)])
    for (const order of [findings.toReversed(), ...rotations]) {
      await deleteAllRecords(records())
      for (const finding of order) await record([finding])
      expect(await episodes()).toEqual(expected)
    }
  })

  it('write one event for each finding, once, that the sweep need not handle', async () => {
    await record(findings)
    await record(findings)
    const events = await db
      .selectFrom('desk_events')
      .selectAll()
      .where('type', 'like', 'finding%')
      .orderBy('id')
      .execute()
    expect(events).toHaveLength(findings.length)
    expect(events.every(({ handled, at }) => handled && at.getTime() === now.getTime())).toBe(true)
    expect(events.filter(({ type }) => type === 'finding_cleared').map(({ data }) => data)).toMatchObject([
      { finding: 'other-cleared', component: 'filter', shadow: false, findingAt: findingAt + 5 * hourMs },
      { finding: 'first-cleared', rule: 'robot_vacuum.battery_worn', version: '1', severity: 'minor' },
    ])
  })
})
