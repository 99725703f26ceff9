import { expect, test } from 'vitest'
import { failureModes } from './failure-modes.ts'
import { curveAt, kaplanMeier } from './kaplan-meier.ts'
import { meanCumulativeRepairs } from './mean-cumulative-repairs.ts'
import { replacementAge } from './replacement-age.ts'

/** Remission times of 21 patients with 6-mercaptopurine (E. J. Freireich and others, Blood 21, 1963), weeks. */
const freireich = [
  ...[6, 6, 6, 7, 10, 13, 16, 22, 23].map((age) => ({ age, failed: true })),
  ...[6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map((age) => ({ age, failed: false })),
]

test('the Kaplan–Meier curve of a published example', () => {
  const curve = kaplanMeier(freireich)
  expect(curve.map(({ value }) => value.toFixed(3))).toEqual([
    '0.857',
    '0.807',
    '0.753',
    '0.690',
    '0.627',
    '0.538',
    '0.448',
  ])
  expect(curveAt(curve, 15, 1)).toBeCloseTo(0.69, 2)
  expect(curveAt(curve, 3, 1)).toBe(1)
  for (const { value, lower, upper } of curve) {
    expect(lower).toBeLessThan(value)
    expect(upper).toBeGreaterThan(value)
  }
})

test('a part that entered late is not at risk before', () => {
  const curve = kaplanMeier([
    { age: 2, failed: true },
    { age: 5, failed: true },
    { age: 9, failed: false, enteredAt: 3 },
  ])
  expect(curve.map(({ value }) => value)).toEqual([0.5, 0.25])
})

test('failure modes add up to all failures', () => {
  const lifetimes = freireich.map((each, n) => ({ ...each, mode: n % 3 === 0 ? 'surge' : 'wear' }))
  const modes = failureModes(lifetimes)
  expect(modes.map(({ mode, failures }) => [mode, failures])).toEqual([
    ['wear', 6],
    ['surge', 3],
  ])
  const sum = modes.reduce((all, { incidence }) => all + (incidence.at(-1)?.value ?? 0), 0)
  expect(sum).toBeCloseTo(1 - (kaplanMeier(lifetimes).at(-1)?.value ?? 0), 10)
})

test('mean cumulative repairs over systems of different ages', () => {
  const curve = meanCumulativeRepairs([
    { until: 10, repairs: [2, 2, 8] },
    { until: 6, repairs: [4] },
    { until: 3, repairs: [] },
    { from: 5, until: 10, repairs: [8] },
  ])
  expect(curve.map(({ age, value }) => [age, value])).toEqual([
    [2, 2 / 3],
    [4, 2 / 3 + 1 / 2],
    [8, 2 / 3 + 1 / 2 + 1],
  ])
  for (const { value, lower, upper } of curve) expect(lower <= value && value <= upper).toBe(true)
  expect(() => meanCumulativeRepairs([{ until: 5, repairs: [6] }])).toThrow(/the repair at 6 is not within/)
  expect(() => meanCumulativeRepairs([{ from: 6, until: 5, repairs: [] }])).toThrow(/no interval of ages/)
})

test('parts that wear out are replaced in time where a failure costs more', () => {
  const worn = { shape: 3, scale: 1_000 }
  const best = replacementAge(worn, { planned: 100, failure: 1_000 })
  // The numerical solution of Barlow and Hunter's equation for shape 3 and a ratio of 10 is 0.383 of the scale.
  expect(best).toMatchObject({ is: 'replace' })
  expect(best.is === 'replace' && Math.abs(best.age / 1_000 - 0.383)).toBeLessThan(0.005)
  expect(best.is === 'replace' && best.costRate).toBeLessThan(best.runToFailureRate)
  expect(replacementAge(worn, { planned: 100, failure: 100 })).toMatchObject({ reason: 'no_saving' })
  expect(replacementAge({ shape: 1, scale: 1_000 }, { planned: 1, failure: 50 })).toMatchObject({
    is: 'run_to_failure',
    reason: 'no_wear',
  })
  expect(() => replacementAge(worn, { planned: 0, failure: 5 })).toThrow(/must be above 0/)
})
