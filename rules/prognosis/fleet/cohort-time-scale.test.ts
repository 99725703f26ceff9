import { describe, expect, it } from 'vitest'
import { CohortTimeScales, cohortSimilarity, logQuantity, quantitiesKey } from './cohort-time-scale.ts'

describe('similarity of cohorts', () => {
  it('is 1 for equal quantities, whatever the names, and falls with each that differs', () => {
    const own = { model: 'A', dose: 2, size: '45-53' }
    expect(cohortSimilarity({ ...own, model: 'B' }, own)).toBe(1)
    expect(cohortSimilarity({ ...own, dose: 3 }, own)).toBeCloseTo(0.01)
    expect(cohortSimilarity({ model: 'A' }, own)).toBeCloseTo(0.0001)
  })

  it('takes the middle of a range, and ignores a name', () => {
    expect(logQuantity('45-53')).toBeCloseTo(Math.log(49))
    expect(logQuantity(0.4)).toBeCloseTo(Math.log(0.4))
    expect(logQuantity('RV-20')).toBeUndefined()
    expect(logQuantity(-5)).toBeUndefined()
    expect(quantitiesKey({ b: 2, model: 'A', a: 1 })).toBe(quantitiesKey({ a: 1, model: 'B', b: 2 }))
  })
})

describe('the time scale', () => {
  it('of an unseen cohort follows the power law of the others', () => {
    const paces = new CohortTimeScales(
      [1, 2, 4].map((dose) => ({ cohort: { dose }, logTimeScale: -Math.log(dose), observedShare: 1 })),
    )
    expect(paces.timeScaleOf({ dose: 3 })).toBeCloseTo(1 / 3, 1)
    expect(paces.timeScaleOf({ dose: 8 })).toBeCloseTo(1 / 8, 1)
  })

  it('of a seen cohort approaches its own value with the number of lifetimes', () => {
    const usual = { cohort: { model: 'A' }, logTimeScale: 0, observedShare: 1 }
    const slow = { cohort: { model: 'B' }, logTimeScale: Math.log(2), observedShare: 1 }
    const few = new CohortTimeScales([...new Array(9).fill(usual), slow])
    const many = new CohortTimeScales([...new Array(90).fill(usual), ...new Array(30).fill(slow)])
    expect(few.timeScaleOf({ model: 'B' })).toBeLessThan(1.4)
    expect(many.timeScaleOf({ model: 'B' })).toBeGreaterThan(1.8)
    expect(few.timeScaleOf({ model: 'B' }, 9)).toBeLessThan(few.timeScaleOf({ model: 'B' }))
  })

  it('is 1 without lifetimes', () => {
    expect(new CohortTimeScales([]).timeScaleOf({ dose: 2 })).toBe(1)
  })
})
