import { describe, expect, test } from 'vitest'
import { bootstrapInterval } from '../figures/bootstrap.ts'
import { temporaryFolder } from '../testing/folder.ts'
import { type AlarmUnit, alarmFigures, areaUnderCurve } from './alarm-figures.ts'
import { diskSmart } from './disk-smart.ts'
import { foldsOf } from './folds.ts'
import { lifeEvents } from './life-events.ts'
import { lifetimesTable, scoreLifetimes } from './score-lifetimes.ts'

describe('figures of alarms', () => {
  const look = (score: number, fails = false) => ({ score, fails, isWhole: true })
  const units: AlarmUnit[] = [
    { failed: true, weight: 1, years: 1, looks: [look(0.1), look(0.9, true)] },
    { failed: true, weight: 3, years: 3, looks: [look(0.2, true)] },
    { failed: false, weight: 2, years: 4, looks: [look(0.5), look(0.3)] },
    { failed: false, weight: 2, years: 2, looks: [look(0.05)] },
  ]
  const all = new Float64Array(units.length).fill(1)

  test('recall and false alarms are weighted', () => {
    expect(alarmFigures(units, all, { aboveScore: 0.4 })).toEqual({
      recall: 0.25,
      falsePerYear: 0.2,
      threshold: 0.4,
    })
  })

  test('the threshold keeps false alarms within a rate', () => {
    expect(alarmFigures(units, all, { maxFalsePerYear: 0.1 })).toMatchObject({
      threshold: 0.5,
      falsePerYear: 0,
    })
    expect(alarmFigures(units, all, { maxFalsePerYear: 0.3 })).toMatchObject({
      threshold: 0.05,
      falsePerYear: 0.2,
      recall: 1,
    })
  })

  test('the area under the curve counts pairs', () => {
    // Failures 0.9 (weight 1) and 0.2 (3) against 0.1 (1), 0.5 (2), 0.3 (2), 0.05 (2).
    expect(areaUnderCurve(units)(all)).toBeCloseTo((1 * 7 + 3 * 3) / (4 * 7), 10)
  })
})

test('a bootstrap interval is repeatable and contains the value', () => {
  const values = [1, 2, 3, 4, 5, 6, 7, 8]
  const mean = (counts: Float64Array) =>
    values.reduce((sum, value, n) => sum + value * (counts[n] ?? 0), 0) / values.length
  const interval = bootstrapInterval(values.length, 400, mean)
  expect(interval).toEqual(bootstrapInterval(values.length, 400, mean))
  expect(interval.value).toBe(4.5)
  expect(interval.low).toBeGreaterThan(2)
  expect(interval.high).toBeLessThan(7)
})

test('no unit is among those that it is predicted from', () => {
  const units = Array.from({ length: 40 }, (_, n) => ({ unit: `u${n}` }))
  const folds = foldsOf(units, undefined)
  expect(folds.flatMap(({ test: tested }) => tested)).toHaveLength(40)
  for (const { test: tested, training } of folds)
    expect(training.filter((each) => tested.includes(each))).toEqual([])
  expect(foldsOf(units, [{ unit: 'u3' }, { unit: 'other' }])).toEqual([
    { test: units, training: [{ unit: 'other' }] },
  ])
})

const head = 'set,unit,cohort,time,time_unit,failed,mode\n'
const lives = (set: string, prefix: string, ages: readonly number[]) =>
  ages.map((age, n) => `${set},${prefix}${n},,${age},hours,${n % 5 === 4 ? 0 : 1},\n`).join('')
const ages = Array.from({ length: 40 }, (_, n) => 900 + 10 * ((n * 7) % 40))

test('wear-out is predicted better than by a constant rate, on units of the folder or of another one', async () => {
  const data = await temporaryFolder({ 'lives.csv': head + lives('pump', 'a', ages) })
  const others = await temporaryFolder({ 'lives.csv': head + lives('pump', 'b', ages.slice(5)) })
  for (const training of [undefined, others]) {
    const { rows, json } = await lifeEvents.score(data, training)
    expect(rows).toHaveLength(3)
    expect(json).toMatchObject({
      sets: {
        pump: { units: 40, failures: 32, gainPerFailure: { forewarn: { value: expect.any(Number) } } },
      },
    })
    expect(gainOf(json)).toBeGreaterThan(0.8)
  }
})

function gainOf(json: object): number {
  const { sets } = json as { sets: Record<string, { gainPerFailure: { forewarn: { value: number } } }> }
  return sets['all sets']?.gainPerFailure.forewarn.value ?? 0
}

test('disks with counters that rise before they fail', async () => {
  const count = 80
  const units = Array.from({ length: count }, (_, n) => ({
    unit: `d${n}`,
    failed: n % 4 === 0,
    to: 5_000 + 90 * n,
  }))
  const data = await temporaryFolder({
    'disk_smart/units.csv': `unit,model,size_tb,from_hours,to_hours,failed,weight\n${units
      .map(({ unit, failed, to }) => `${unit},M,4,0,${to},${failed ? 1 : 0},2\n`)
      .join('')}`,
    'disk_smart/readings.csv': `unit,from_hours,to_hours,smart_187\n${units
      .flatMap(({ unit, failed, to }) => [
        `${unit},0,${to - 700},0\n`,
        ...(failed ? [`${unit},${to - 900},${to},12\n`] : []),
      ])
      .join('')}`,
  })
  const scored = await scoreLifetimes(diskSmart, data, data)
  expect(scored.score.json).toMatchObject({
    disks: count,
    failures: 20,
    recall: { value: 1 },
    auc: { value: 1 },
    baselines: { uncorrectableAboveZero: { recall: 1, falsePerYear: 0 } },
  })
  expect(lifetimesTable(scored)).toContain('Hard disks in the field')
})
