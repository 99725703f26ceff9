import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { shippedDetectors } from '../../rules/testing/rules.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { describeEachDatabase } from '../../store/records/testing/describe-each-database.ts'
import { buildMonthlyReport } from './monthly-report.ts'
import { monthPeriod } from './period.ts'
import { type MonthlyReport, reportSchema } from './report-schema.ts'
import { recordFixtures } from './testing/record-fixtures.ts'
import { seedServiceMonths } from './testing/service-months.ts'

const at = (text: string) => new Date(`2026-${text}Z`)
const now = at('08-15T00:00')
const june = { ...monthPeriod('2026-06', 'UTC'), timeZone: 'UTC', now, detectors: shippedDetectors }
const monthsOf = (days: number) => days / 30.436_875

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0)

describeEachDatabase('a monthly report', (records) => {
  const report = (options = june) => buildMonthlyReport(records().db, options)
  let put: ReturnType<typeof recordFixtures>
  const emptyRecords = async () => {
    await deleteAllRecords(records())
    put = recordFixtures(records().db)
  }

  describe('of made-up months', () => {
    let made: MonthlyReport
    beforeAll(async () => {
      await emptyRecords()
      await seedServiceMonths(records().db)
      const timeZone = 'Asia/Shanghai'
      made = await report({ ...monthPeriod('2026-06', timeZone), timeZone, now, detectors: shippedDetectors })
    })

    it('matches its schema', () => {
      expect(reportSchema.parse(made)).toEqual(made)
    })

    it('is consistent', () => {
      const { tickets, faultTypes, technicians, trend, kpis, demand } = made
      expect(sum(tickets.byDay.map(({ opened }) => opened))).toBe(tickets.opened)
      expect(sum(tickets.byDay.map(({ resolved }) => resolved))).toBe(tickets.resolved)
      expect(sum(faultTypes.map(({ faults, noFaultFound }) => faults + noFaultFound))).toBe(tickets.opened)
      expect(sum(Object.values(tickets.verdicts))).toBe(tickets.resolved)
      expect(sum(technicians.map(({ resolved }) => resolved))).toBe(tickets.resolved)
      expect(sum(demand.map(({ needed }) => needed))).toBe(tickets.opened)
      expect(sum(demand.map(({ used }) => used))).toBe(tickets.verdicts.worn)
      expect(trend.map(({ month }) => month)).toEqual([
        '2026-01',
        '2026-02',
        '2026-03',
        '2026-04',
        '2026-05',
        '2026-06',
      ])
      expect(trend.at(-1)?.kpis).toEqual(kpis)
    })

    it('marks the model with early failures', () => {
      const worse = made.earlyFailures.rows.filter(({ isWorse }) => isWorse)
      expect(worse).toMatchObject([{ model: 'RV-30 <Plus>', isNew: true, firmware: '1.0.0' }])
    })
  })

  describe('of rows', () => {
    beforeEach(emptyRecords)

    it('is empty without rows, and has no NaN', async () => {
      const { tickets, kpis, ...rest } = await report()
      expect(kpis.every(({ value }) => value === null)).toBe(true)
      expect(tickets.byDay).toHaveLength(30)
      expect(tickets).toMatchObject({ opened: 0, resolved: 0, openAtEnd: 0 })
      const lists = [rest.faultTypes, rest.earlyFailures.rows, rest.demand, rest.technicians, rest.rules]
      expect(lists).toEqual([[], [], [], [], []])
    })

    it('counts tickets in the days of its time zone', async () => {
      const timeZone = 'Asia/Shanghai'
      await put.ticket('may', { created_at: at('05-31T15:59'), resolved_at: at('05-31T15:59') })
      await put.ticket('june', {
        created_at: at('05-31T16:00'),
        resolved_at: at('06-30T15:59'),
        verdict: 'worn',
      })
      await put.ticket('july', { created_at: at('06-30T16:00') })
      const { tickets } = await report({
        ...monthPeriod('2026-06', timeZone),
        timeZone,
        now,
        detectors: shippedDetectors,
      })
      expect(tickets).toMatchObject({ opened: 1, resolved: 1, openAtEnd: 0, verdicts: { worn: 1, none: 0 } })
      expect(tickets.byDay[0]).toEqual({ day: '2026-06-01', opened: 1, resolved: 0 })
      expect(tickets.byDay.at(-1)).toEqual({ day: '2026-06-30', opened: 0, resolved: 1 })
    })

    it('counts tickets open at the end', async () => {
      await put.ticket('open', { sla: 'level1', created_at: at('05-01T00:00') })
      await put.ticket('resolved later', { sla: 'level1', resolved_at: at('07-02T00:00') })
      await put.ticket('resolved', { sla: 'level1', resolved_at: at('06-30T23:59') })
      await put.ticket('cancelled', { sla: 'level1', work_state: 'cancelled', closed_at: at('06-30T23:59') })
      await put.ticket('cancelled later', {
        sla: 'level1',
        work_state: 'cancelled',
        closed_at: at('07-01T00:00'),
      })
      const { tickets } = await report()
      expect(tickets.byLevel[0]).toEqual({ level: 'level1', opened: 4, resolved: 1, openAtEnd: 3 })
      expect(tickets.openAtEnd).toBe(3)
    })

    it('relates faults to the time that devices were registered and in use', async () => {
      await put.device('d-1')
      await put.device('d-2', { first_seen: at('06-16T00:00') })
      await put.device('d-3', { in_use_since: at('06-21T00:00') })
      await put.device('d-4', { firmware: null, in_use_since: at('12-01T00:00') })
      await put.ticket('a', { device_id: 'd-1', verdict: 'worn' })
      await put.ticket('b', { device_id: 'd-2' })
      await put.ticket('c', { device_id: 'd-2', verdict: 'sensor_fault', epoch: 1 })
      await put.ticket('d', { device_id: 'd-2', work_state: 'cancelled', epoch: 2 })
      await put.ticket('e', { device_id: 'd-4' })
      const [first, second, ...rest] = (await report()).faultTypes
      expect(first).toMatchObject({ firmware: '2.1.0', faults: 2, worn: 1, noFaultFound: 1 })
      expect(first?.deviceMonths).toBeCloseTo(monthsOf(30 + 15 + 10), 6)
      expect(first?.perHundredDeviceMonths).toBeCloseTo(200 / monthsOf(55), 6)
      expect(second).toMatchObject({
        firmware: null,
        faults: 1,
        deviceMonths: 0,
        perHundredDeviceMonths: null,
      })
      expect(rest).toEqual([])
    })

    it('compares early failures with those of other devices of the kind', async () => {
      await put.device('old', { first_seen: at('01-10T00:00') })
      await put.device('new', { model: 'RV-30', first_seen: at('06-11T00:00') })
      await put.device('later', { model: 'RV-30', first_seen: at('07-11T00:00') })
      await put.device('fridge', { kind: 'refrigerator', model: 'RF', first_seen: at('03-01T00:00') })
      await put.ticket('young', { device_id: 'new', created_at: at('06-30T00:00') })
      await put.ticket('noFaultFound', {
        device_id: 'new',
        component: 'a',
        created_at: at('06-30T00:00'),
        verdict: 'not_worn',
      })
      await put.ticket('older', { device_id: 'old', created_at: at('03-30T00:00') })
      const { from, rows } = (await report()).earlyFailures
      expect(from).toBe('2026-01-02T00:00:00.000Z')
      const [fridge, rv20, rv30] = rows
      expect(fridge).toMatchObject({ kind: 'refrigerator', ratio: null, low: null, isWorse: false })
      expect(rv20).toMatchObject({ model: 'RV-20', devices: 1, faults: 0, isNew: true, ratio: 0 })
      expect(rv30).toMatchObject({
        model: 'RV-30',
        devices: 1,
        faults: 1,
        others: { faults: 0 },
        ratio: null,
      })
      expect(rv30?.deviceMonths).toBeCloseTo(monthsOf(20), 6)
      expect(rv20?.deviceMonths).toBeCloseTo(monthsOf(30), 6)
    })

    it('sums parts by region of the device, else of its owner', async () => {
      await put.owner('o-1', { region: 'DE' })
      await put.device('d-1', { owner_id: 'o-1' })
      await put.device('d-2', { region: 'CN-GD', owner_id: 'o-1' })
      await put.ticket('used', { device_id: 'd-1', part: 'battery', resolved_at: at('06-20T00:00') })
      await put.usedPart('used', 'battery', { quantity: 2 })
      await put.ticket('waits', { device_id: 'd-2', part: 'battery', created_at: at('05-01T00:00') })
      await put.ticket('cancelled', { device_id: 'd-2', part: 'battery', epoch: 1, work_state: 'cancelled' })
      await put.ticket('unknown', { device_id: 'd-9', part: 'motor' })
      await put.usedPart('waits', 'battery', { state: 'held' })
      expect((await report()).demand).toEqual([
        { region: 'CN-GD', part: 'battery', needed: 0, used: 0, waiting: 1 },
        { region: 'DE', part: 'battery', needed: 1, used: 2, waiting: 0 },
        { region: null, part: 'motor', needed: 1, used: 0, waiting: 1 },
      ])
    })

    it('counts the work of each technician', async () => {
      await put.technician('t-1', { name: 'Kim' })
      await put.technician('idle')
      const his = { technician_id: 't-1', on_site_at: at('06-10T10:00') }
      await put.ticket('agreed', {
        ...his,
        visit_until: at('06-10T11:00'),
        solve_by: at('06-10T09:00'),
        resolved_at: now,
      })
      await put.ticket('late', { ...his, solve_by: at('06-10T09:00'), resolved_at: at('06-12T00:00') })
      await put.ticket('again', {
        ...his,
        on_site_at: null,
        device_id: 'd-late',
        epoch: 1,
        created_at: at('06-14T00:00'),
      })
      await put.ticket('promised nothing', { ...his, resolved_at: at('06-12T00:00') })
      await put.survey('late', 3)
      await put.survey('agreed', 5)
      await put.survey('again', 1, { answered_at: at('07-02T00:00') })
      expect((await report()).technicians).toEqual([
        {
          id: 't-1',
          name: 'Kim',
          visits: 3,
          resolved: 2,
          firstTimeFix: 0.5,
          onTime: 0.5,
          rating: 4,
          ratings: 2,
        },
      ])
    })
  })
})
