import type { Insertable } from 'kysely'
import { beforeEach, expect, it } from 'vitest'
import { dayMs } from '../../lib/time.ts'
import { createDetectorRegistry } from '../../rules/detectors/registry.ts'
import type { FindingsTable } from '../../store/records/schema.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { describeEachDatabase } from '../../store/records/testing/describe-each-database.ts'
import { measurePfIntervals } from './pf-intervals.ts'

const now = Date.UTC(2026, 5, 1)
const daysAgo = (days: number) => new Date(now - days * dayMs)
const rule = 'robot_vacuum.battery_worn'
const raisedDaysAgo = 100

describeEachDatabase('P–F intervals', (records) => {
  beforeEach(() => deleteAllRecords(records()))

  const db = () => records().db
  const measured = () =>
    measurePfIntervals(db(), {}, { now: new Date(now), detectors: createDetectorRegistry() })

  /** A battery with an alarm a hundred days ago, that lasts or is beyond its limit after some days. */
  async function addAlarm(device: string, failedAfter?: number): Promise<void> {
    const at = daysAgo(500)
    const known = { kind: 'robot_vacuum', model: 'RV-20', first_seen: at, updated_at: at }
    await db()
      .insertInto('devices')
      .values({ id: device, ...known })
      .execute()
    await addFinding(device, { at: daysAgo(raisedDaysAgo), ...crossingIn(failedAfter === 0 ? 0 : 30) })
    if (failedAfter === undefined || failedAfter === 0) return
    const later = daysAgo(raisedDaysAgo - failedAfter)
    await addFinding(device, { state: 'updated', at: later, ...crossingIn(0, later) })
  }

  const crossingIn = (days: number, from = daysAgo(raisedDaysAgo)) => {
    const crossing = from.getTime() + days * dayMs
    const evidence = {
      detector: 'forecast',
      crossing: { p10: crossing, p50: crossing, p90: crossing },
      points: [],
    }
    return { evidence: JSON.stringify(evidence) }
  }

  let findings = 0
  const addFinding = (device: string, change: Partial<Insertable<FindingsTable>>) =>
    db()
      .insertInto('findings')
      .values({
        id: `f-${findings++}`,
        device_id: device,
        component: 'battery',
        epoch: 0,
        rule,
        version: 'v1',
        state: 'raised',
        severity: 'minor',
        at: daysAgo(raisedDaysAgo),
        evidence: '{}',
        ticket_id: null,
        owed_notice: null,
        ...change,
      })
      .execute()
  const replace = (device: string, after: number) =>
    db()
      .insertInto('epochs')
      .values({ device_id: device, component: 'battery', number: 1, since: daysAgo(raisedDaysAgo - after) })
      .execute()

  it('tells how long before the failure the alarms came', async () => {
    for (let n = 0; n < 10; n++) await addAlarm(`failed-${n}`, 20 + n)
    await addAlarm('late', 0)
    const [[key, intervals] = []] = [...(await measured())]
    expect(key).toBe('robot_vacuum\nbattery\nRV-20')
    expect(intervals).toMatchObject([{ rule, alarms: 11, failures: 11, failedAtAlarm: 1 }])
    expect(intervals?.[0]?.b50?.value).toBeGreaterThan(21)
    expect(intervals?.[0]?.b50?.value).toBeLessThan(28)
    expect(intervals?.[0]?.b10?.value).toBeLessThan(intervals?.[0]?.b50?.value ?? 0)
  })

  it('repairs in time do not make it shorter: they are censored, as alarms that cleared', async () => {
    for (let n = 0; n < 10; n++) await addAlarm(`failed-${n}`, 40)
    const [[, before] = []] = [...(await measured())]
    for (let n = 0; n < 10; n++) {
      await addAlarm(`replaced-${n}`)
      await replace(`replaced-${n}`, 5)
    }
    await addAlarm('cleared')
    await addFinding('cleared', { state: 'cleared', at: daysAgo(raisedDaysAgo - 5) })
    // Beyond its limit only in a later alarm: another story.
    await addFinding('cleared', { at: daysAgo(50) })
    await addFinding('cleared', { state: 'updated', at: daysAgo(20), ...crossingIn(0, daysAgo(20)) })
    await addFinding('cleared', { state: 'cleared', at: daysAgo(10) })
    const [[, after] = []] = [...(await measured())]
    expect(after).toMatchObject([{ alarms: 21, failures: 10, failedAtAlarm: 0 }])
    expect(after?.[0]?.b50?.value).toBeGreaterThan(0.95 * (before?.[0]?.b50?.value ?? 0))
  })

  it('counts neither alarms that a technician refuted nor those of rules on trial', async () => {
    await addAlarm('worn', 20)
    await addAlarm('refuted', 20)
    const at = daysAgo(50)
    const ticket = { severity: 'minor', sla: 'level3', condition: 'cleared', work_state: 'closed' } as const
    const times = { opened_at: at, created_at: at, updated_at: at }
    const part = { device_id: 'refuted', component: 'battery', epoch: 0, rule, part: null, skill: null }
    await db()
      .insertInto('tickets')
      .values({
        id: 't',
        number: 'FW-1',
        ...part,
        ...ticket,
        ...times,
        verdict: 'not_worn',
        evidence: '{}',
        operator_state: 'acknowledged',
      })
      .execute()
    await addFinding('worn', { rule: 'robot_vacuum.on_trial', shadow: true })
    expect([...(await measured()).values()]).toMatchObject([[{ rule, alarms: 1, failures: 1 }]])
  })
})
