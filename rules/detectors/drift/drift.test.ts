import { describe, expect, it } from 'vitest'
import { parseSeries } from '../../rule-tests/series.ts'
import { hotBatteryRule, TestPhone } from '../../testing/rules.ts'
import { type Baseline, learnBaseline, unlearnedBaseline } from './baseline.ts'
import { initialCusumSums, updateCusum } from './drift.ts'

/** Temperature is an example of any metric, cycles of the load. */
const drifted = (config: string) =>
  hotBatteryRule({ detect: `{ drift: { metric: battery_temp_c, learn: 20, ${config} } }` })

/** Readings, the same in each run: a hundred values about 25, then the given ones. */
function tempsOf(...later: string[]): number[] {
  return parseSeries(`25x99~1 ${later.join(' ')} every 1d`)?.values.map(Number) ?? []
}

function read(phone: TestPhone, temps: readonly number[]): TestPhone {
  for (const [at, temp] of temps.entries()) phone.read(at, { battery_temp_c: temp })
  return phone
}

describe('drift', () => {
  it('detects a jump after four readings, and its end', () => {
    const phone = read(new TestPhone(drifted('')), tempsOf('40x3', '25x40~1'))
    expect(phone.transitions).toEqual(['raised 103', expect.stringMatching(/^cleared 1[012]\d$/)])
  })

  it('is not moved by outliers, one or two at a time', () => {
    expect(read(new TestPhone(drifted('')), tempsOf('90x1', '25x8~1', '-40', '25x99~1')).transitions).toEqual(
      [],
    )
  })

  it('checks both directions, unless the rule or the kind names the worse one', () => {
    const raised = (config: string, temp: number) =>
      read(new TestPhone(drifted(config)), tempsOf(`${temp}x9`)).findings.length
    expect([raised('', 40), raised('', 10)]).toEqual([1, 1])
    expect([raised('direction: higher', 40), raised('direction: higher', 10)]).toEqual([1, 0])
    expect([raised('direction: lower', 40), raised('direction: lower', 10)]).toEqual([0, 1])
    const health = hotBatteryRule({ detect: '{ drift: { metric: battery_health_pct } }' })
    const phone = new TestPhone(health)
    for (let at = 0; at < 100; at++) phone.read(at, { battery_health_pct: at < 50 ? 80 : 100 })
    expect(phone.findings).toEqual([])
  })

  it('ignores a change below `least`', () => {
    const small = tempsOf('27x60~0.5')
    expect(read(new TestPhone(drifted('least: 25')), small).findings).toEqual([])
    expect(read(new TestPhone(drifted('least: 1')), small).findings).toHaveLength(1)
  })

  it('ignores a change below `least_change`, in the unit of the metric', () => {
    const small = tempsOf('27x60~0.5')
    expect(read(new TestPhone(drifted('least: 1, least_change: 5')), small).findings).toEqual([])
    expect(read(new TestPhone(drifted('least: 1, least_change: 2')), small).findings).toHaveLength(1)
  })

  it('reports the level, the baseline, the limit and the points', () => {
    const [finding] = read(new TestPhone(drifted('')), tempsOf('40x3')).findings
    const { value, baseline, limit, points } = finding?.evidence ?? { points: [] }
    expect(finding?.evidence).toMatchObject({ detector: 'drift', metric: 'battery_temp_c', unit: 'Cel' })
    expect([value, points.at(-1)?.[1]]).toEqual([40, 40].map((temp) => expect.closeTo(temp, 5)))
    expect(baseline).toBeCloseTo(25, 0)
    expect(limit).toBeGreaterThan(26)
    expect(limit).toBeLessThan(28)
  })

  it('changes nothing for a repeated or late reading', () => {
    const temps = tempsOf('40x1')
    const phone = read(new TestPhone(drifted('')), temps)
    phone.read(101, { battery_temp_c: 40 })
    phone.read(50, { battery_temp_c: 40 })
    expect(phone.state).toEqual(read(new TestPhone(drifted('')), temps).state)
  })

  it('does not learn twice from a repeated reading', () => {
    const phone = new TestPhone(drifted(''))
    for (const [at, temp] of tempsOf().slice(0, 20).entries()) {
      for (let time = 0; time < 2; time++) phone.read(at, { battery_temp_c: temp })
    }
    expect(phone.state?.rules).toEqual(read(new TestPhone(drifted('')), tempsOf().slice(0, 20)).state?.rules)
  })

  it('is unknown at a load that was not measured', () => {
    const phone = new TestPhone(drifted('at: { metric: battery_cycles, bin: 1000 }'))
    expect(read(phone, tempsOf('90x20')).findings).toEqual([])
  })
})

describe('the baseline', () => {
  const learning = { samples: 20, minScaleShare: 0.03, minScale: 0.01, isRiseBad: true }
  const learnt = (values: readonly number[]): Baseline =>
    values.reduce((before, value, ts) => learnBaseline(before, [ts, value], learning), unlearnedBaseline)
  const series = (text: string) => parseSeries(`${text} every 1d`)?.values.map(Number) ?? []

  it('is median and scaled median absolute deviation', () => {
    const twenty = '8 12 '.repeat(10)
    expect(learnt(series(twenty))).toEqual({ is: 'known', level: 10, scale: 2 * 1.4826 })
    expect(learnt(series('10x4 90 10x13'))).toEqual({ is: 'known', level: 10, scale: 0.3 })
  })

  it('is not taken from readings that have not settled', () => {
    expect(learnt(series('5x9 10x19'))).toEqual({ is: 'known', level: 10, scale: 0.3 })
  })

  it('is taken in the end from readings that never settle', () => {
    expect(learnt(series('10+1x99'))).toMatchObject({ is: 'known', level: 59.5 })
  })
})

describe('CUSUM', () => {
  const noise = parseSeries('0x1199999~1 every 1d')?.values.map(Number) ?? []
  /** Nearly normal: sums of twelve evenly distributed numbers have variance 4. */
  const normal = Array.from(
    { length: 100_000 },
    (_, i) => noise.slice(12 * i, 12 * i + 12).reduce((sum, value) => sum + value, 0) / 2,
  )

  function alarms(options: { shift: number; limit: number }): number {
    let [sums, count] = [initialCusumSums, 0]
    for (const value of normal) {
      sums = updateCusum(sums, value, options)
      if (Math.max(sums.rise, sums.fall) <= options.limit) continue
      count++
      sums = initialCusumSums
    }
    return count
  }

  it('raises no more false alarms than the theory says', () => {
    const runLength = normal.length / alarms({ shift: 1, limit: 5 })
    expect(runLength).toBeGreaterThan(465)
    expect(runLength).toBeLessThan(1_000)
    expect(alarms({ shift: 3, limit: 8 })).toBe(0)
  })
})
