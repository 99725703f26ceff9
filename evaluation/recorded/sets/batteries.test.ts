import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dayMs } from '../../../lib/time.ts'
import type { PrognosisDataset } from '../prognosis-dataset.ts'
import { csv, temporaryFolder } from '../testing/folder.ts'
import { dayOf, fleetCsv, phone, readingsCsv } from '../testing/phones.ts'
import { calceBattery } from './calce-battery.ts'
import { laptopBattery } from './laptop-battery.ts'
import { nasaBattery } from './nasa-battery.ts'
import { phoneBattery } from './phone-battery.ts'

async function read(set: PrognosisDataset, files: Readonly<Record<string, string>>) {
  return set.read(await temporaryFolder(files))
}

describe('phone_battery', () => {
  it('forecasts at each reading with four before it, 540 to 30 days before the event', async () => {
    const [task] = await read(phoneBattery, { 'readings.csv': fleetCsv({ slow: 60 }) })
    const [slow] = task?.lifetimes ?? []
    expect(slow?.event).toBe(dayOf(1230))
    expect(slow?.forecastTimes).toEqual(Array.from({ length: 18 }, (_, n) => dayOf(690 + 30 * n)))
  })

  it('never forecasts with fewer than four readings, nor for a phone that was never above the limit', async () => {
    const worn = [['old', 'watch5small', '2020-01-01', 74]]
    const [task] = await read(phoneBattery, {
      'readings.csv': readingsCsv([...phone('quick', { perPercent: 10, until: 300 }), ...worn]),
    })
    const [quick, old] = task?.lifetimes ?? []
    expect(quick?.forecastTimes).toEqual([dayOf(120), dayOf(150), dayOf(180)])
    expect(old).toMatchObject({
      forecastTimes: [],
      lifetime: { cohort: { kind: 'watch', model: 'watch5small' } },
    })
  })

  it('takes age and event from units.csv where it has them', async () => {
    const units = csv('unit,model,battery_first_use,first_reading_below_80', [
      ['a', 'iPhone8', '2019-12-01', '2022-01-01'],
    ])
    const [task] = await read(phoneBattery, { 'readings.csv': fleetCsv({ a: 60 }), 'units.csv': units })
    expect(task?.lifetimes[0]).toMatchObject({
      event: Date.UTC(2022, 0, 1),
      lifetime: { startedAt: Date.UTC(2019, 11, 1), cohort: { kind: 'iPhone', model: 'iPhone8' } },
    })
  })

  it('has no event for a phone that stays above the limit, and forecasts until 30 days before the last reading', async () => {
    const [task] = await read(phoneBattery, {
      'readings.csv': readingsCsv(phone('good', { perPercent: 100, until: 300 })),
    })
    const [good] = task?.lifetimes ?? []
    expect(good).not.toHaveProperty('event')
    expect(good?.forecastTimes).toEqual([dayOf(120), dayOf(150), dayOf(180), dayOf(210), dayOf(240)])
  })
})

it('laptop_battery: each file is a laptop, with weekly forecasts for two limits', async () => {
  const rows = Array.from({ length: 200 }, (_, n) => [
    new Date(dayOf(n)).toISOString().slice(0, 10),
    100 - n / 10,
  ])
  const trials = await read(laptopBattery, { 'mine.csv': csv('date,health_pct', rows) })
  expect(
    trials.map(({ limit, lifetimes }) => [limit.value, lifetimes[0]?.unit, lifetimes[0]?.event]),
  ).toEqual([
    [90, 'mine', dayOf(101)],
    [85, 'mine', dayOf(151)],
  ])
  expect(trials[0]?.lifetimes[0]?.forecastTimes.slice(0, 2)).toEqual([dayOf(30), dayOf(37)])
})

it('nasa_battery: counts in discharges, and keeps invalid records apart', async () => {
  const cell = (name: string, step: number) =>
    Array.from({ length: 100 }, (_, n) => [name, n + 1, 2 - step * (n + 1)])
  const rows = csv('battery_id,discharge_no,capacity_ah', [
    ...cell('B0005', 0.0075),
    ...cell('B0007', 0.001),
    ...cell('B0041', 0.01),
  ])
  const [task] = await read(nasaBattery, { 'capacity_per_discharge.csv': rows })
  const lifetimes = task?.lifetimes.map(({ unit, event, forecastTimes }) => [
    unit,
    event,
    forecastTimes.length,
    (forecastTimes[0] ?? 0) / dayMs,
  ])
  expect(lifetimes).toEqual([
    ['B0005', 81 * dayMs, 21, 60],
    ['B0007', undefined, 40, 60],
  ])
  expect(task?.invalidRecords?.map(({ unit }) => unit)).toEqual(['B0041'])
})

it('calce_battery: the median of five complete cycles, with two limits', async () => {
  const cycles = Array.from({ length: 300 }, (_, n) => [
    'CS2_1',
    n + 1,
    1.1 - n / 1000,
    n % 50 === 20 ? 1 : 0,
  ])
  const text = csv('cell,cycle,discharge_ah,partial_flag', cycles)
  const trials = await read(calceBattery, { 'capacity_per_cycle.csv': text })
  const [first, second] = trials.map(({ lifetimes }) => lifetimes[0])
  // Below 0.88 from cycle 222 on; two cycles later it is the median of five.
  expect((first?.event ?? 0) / dayMs).toBe(224)
  expect(first?.forecastTimes.slice(0, 2)).toEqual([100 * dayMs, 110 * dayMs])
  expect(second).not.toHaveProperty('event')
})

it('a dataset without its main file is rejected with the name of the file', async () => {
  const folder = await temporaryFolder({})
  await expect(phoneBattery.read(folder)).rejects.toThrow(`${join(folder, 'readings.csv')}: no such file`)
})
