import { beforeEach, describe, expect, it } from 'vitest'
import { shippedDetectors } from '../../rules/testing/rules.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { describeEachDatabase } from '../../store/records/testing/describe-each-database.ts'
import { computeKpis } from './kpis.ts'
import type { KpiId } from './report-schema.ts'
import { type Row, recordFixtures } from './testing/record-fixtures.ts'

const at = (text: string) => new Date(`2026-${text}Z`)
const june = {
  from: at('06-01T00:00'),
  until: at('07-01T00:00'),
  now: at('08-15T00:00'),
  detectors: shippedDetectors,
}
const ahead = { p10: Date.parse('2026-06-20'), p50: Date.parse('2026-06-25'), p90: Date.parse('2026-07-01') }
const early = { detector: 'forecast', value: 84, limit: 80, slopePerDay: -0.2, crossing: ahead, points: [] }

describeEachDatabase('KPIs', (records) => {
  let put: ReturnType<typeof recordFixtures>
  beforeEach(async () => {
    await deleteAllRecords(records())
    put = recordFixtures(records().db)
  })

  async function kpi(id: KpiId, period = june) {
    const found = (await computeKpis(records().db, period)).find((one) => one.id === id)
    return found ?? expect.fail(`there is no ${id}`)
  }

  /** Return hits and n as text: `3/4`. */
  async function count(id: KpiId, period = june) {
    const { value, n } = await kpi(id, period)
    return `${Math.round((value ?? 0) * n)}/${n}`
  }

  it('are null without data, never NaN', async () => {
    for (const kpi of await computeKpis(records().db, june)) {
      expect(kpi).toMatchObject({ value: null, n: 0, low: null, high: null, met: null, provisional: 0 })
    }
  })

  describe('response SLA compliance', () => {
    const due = at('06-15T12:00')
    it.each<[string, Row<'tickets'>, string]>([
      ['taken before', { responded_at: at('06-15T11:00') }, '1/1'],
      ['taken at that moment', { responded_at: due }, '1/1'],
      ['taken late', { responded_at: at('06-15T12:01') }, '0/1'],
      ['never taken', {}, '0/1'],
      ['cancelled before it was due', { work_state: 'cancelled', closed_at: at('06-15T10:00') }, '0/0'],
      ['cancelled when it was overdue', { work_state: 'cancelled', closed_at: at('06-15T13:00') }, '0/1'],
      ['waiting for its owner', { waiting_since: at('06-15T10:00') }, '0/0'],
      ['due in another month', { respond_by: at('07-01T00:00') }, '0/0'],
    ])('%s', async (_what, row, expected) => {
      await put.ticket('t', { respond_by: due, ...row })
      expect(await count('responseSlaCompliance')).toBe(expected)
    })

    it('does not count what is not due yet', async () => {
      await put.ticket('t', { respond_by: due })
      expect(await count('responseSlaCompliance', { ...june, now: at('06-15T11:59') })).toBe('0/0')
      expect(await count('responseSlaCompliance', { ...june, now: due })).toBe('0/1')
    })

    it('is compared with its target, with an interval', async () => {
      for (let n = 0; n < 20; n++)
        await put.ticket(`t-${n}`, { respond_by: due, responded_at: n < 19 ? due : null })
      expect(await kpi('responseSlaCompliance')).toMatchObject({
        value: 0.95,
        n: 20,
        target: 0.95,
        met: true,
      })
      await put.ticket('late', { respond_by: due })
      expect(await kpi('responseSlaCompliance')).toMatchObject({ n: 21, met: false })
    })
  })

  it('level 3 meets its solution SLA when it is resolved in time', async () => {
    const due = at('06-15T12:00')
    const late = at('06-15T13:00')
    await put.ticket('a', { sla: 'level1', solve_by: due, on_site_at: due, resolved_at: late })
    await put.ticket('b', { sla: 'level2', solve_by: due, on_site_at: late, resolved_at: late })
    await put.ticket('c', { sla: 'level3', solve_by: due, on_site_at: due, resolved_at: late })
    expect(await count('solutionSlaCompliance')).toBe('1/3')
  })

  describe('first-time fix', () => {
    const resolved = { device_id: 'd-1', work_state: 'closed', resolved_at: at('06-10T12:00') } as const
    const later = { device_id: 'd-1', epoch: 1, created_at: at('07-10T12:00') }

    it.each<[string, Row<'tickets'>, string]>([
      ['another ticket within 30 days', later, '0/1'],
      ['another ticket after them', { ...later, created_at: at('07-10T12:01') }, '1/1'],
      ['another ticket before', { ...later, created_at: at('06-09T12:00') }, '1/1'],
      ['a ticket for another component', { ...later, component: 'main_brush' }, '1/1'],
      ['a ticket of another device', { ...later, device_id: 'd-2' }, '1/1'],
      ['one that was cancelled', { ...later, work_state: 'cancelled' }, '1/1'],
    ])('with %s', async (_what, row, expected) => {
      await put.ticket('first', resolved)
      await put.ticket('second', row)
      expect(await count('firstTimeFix')).toBe(expected)
    })

    it('excludes reopened tickets', async () => {
      await put.ticket('first', resolved)
      await put.step('first', 'resolve')
      expect(await count('firstTimeFix')).toBe('1/1')
      await put.step('first', 'reopen')
      expect(await count('firstTimeFix')).toBe('0/1')
    })

    it('is provisional for 30 days', async () => {
      await put.ticket('first', resolved)
      expect(await kpi('firstTimeFix', { ...june, now: at('07-01T00:00') })).toMatchObject({
        value: 1,
        provisional: 1,
      })
      expect(await kpi('firstTimeFix', { ...june, now: at('07-10T12:00') })).toMatchObject({ provisional: 0 })
    })
  })

  it('satisfaction counts answers of 4 or 5, and no missing answers', async () => {
    const scores = [5, 4, 3, 1, null]
    for (const [n, score] of scores.entries()) {
      await put.ticket(`t-${n}`)
      await put.survey(`t-${n}`, score)
    }
    await put.ticket('july')
    await put.survey('july', 5, { answered_at: june.until })
    expect(await count('satisfaction')).toBe('2/4')
  })

  describe('repaired before failure', () => {
    const worn = { verdict: 'worn', work_state: 'closed', resolved_at: at('06-18T12:00') } as const
    const failed = { detector: 'threshold', value: 79, limit: 80, points: [] }

    it('is a repair before any finding that indicates a failure', async () => {
      for (const id of ['before', 'after', 'between', 'cleared']) await put.ticket(id, worn)
      await put.finding('f-1', 'before', early)
      await put.finding('f-2', 'after', failed)
      await put.finding('f-3', 'between', early)
      await put.finding('f-4', 'between', failed, { state: 'updated' })
      await put.finding('f-5', 'cleared', early)
      await put.finding('f-6', 'cleared', failed, { state: 'cleared' })
      await put.finding('f-7', 'cleared', failed, { at: at('06-19T12:00') })
      expect(await count('repairedBeforeFailureShare')).toBe('2/4')
      expect(await kpi('repairedBeforeFailureShare')).toMatchObject({ target: null, met: null })
    })

    it('counts only parts found worn', async () => {
      for (const verdict of ['not_worn', 'sensor_fault', 'other', null] as const) {
        await put.ticket(`t-${verdict}`, { ...worn, verdict })
        await put.finding(`f-${verdict}`, `t-${verdict}`, early)
      }
      expect(await count('repairedBeforeFailureShare')).toBe('0/0')
    })
  })

  it('counts notices that reached an owner, a digest as one', async () => {
    await put.owner('o-1')
    await put.owner('o-2', { created_at: at('06-16T00:00') })
    await put.owner('no device')
    await put.device('d-1', { owner_id: 'o-1' })
    await put.device('d-2', { owner_id: 'o-2' })
    const nothing = { sent_at: null, delivered_at: null, inbox_at: null }
    await put.notice('sent')
    await put.notice('delivered', { ...nothing, delivered_at: at('06-02T00:00') })
    await put.notice('digest', { ...nothing, inbox_at: at('06-03T00:00') })
    await put.notice('in the digest', { digest_id: 'digest' })
    await put.notice('not sent', nothing)
    await put.notice('before', { sent_at: at('05-31T23:59') })
    await put.notice('to a technician', { user_id: 'technician' })
    const { value, n } = await kpi('noticesPerOwnerMonth')
    expect(n).toBeCloseTo(45 / 30.436_875, 6)
    expect(value).toBeCloseTo(3 / n, 6)
    expect(await kpi('noticesPerOwnerMonth', { ...june, now: at('03-01T00:00') })).toMatchObject({
      n: 0,
      value: null,
    })
  })
})
