import { describe, expect, it } from 'vitest'
import { likeness, Paces, quantitiesOf, quantityOf } from './cohort.ts'

describe('likeness', () => {
  it('is whole for equal quantities, whatever the names, and falls with each that differs', () => {
    const own = { model: 'A', dose: 2, size: '45-53' }
    expect(likeness({ ...own, model: 'B' }, own)).toBe(1)
    expect(likeness({ ...own, dose: 3 }, own)).toBeCloseTo(0.01)
    expect(likeness({ model: 'A' }, own)).toBeCloseTo(0.0001)
  })

  it('takes a range for its middle, and a name for none', () => {
    expect(quantityOf('45-53')).toBeCloseTo(Math.log(49))
    expect(quantityOf(0.4)).toBeCloseTo(Math.log(0.4))
    expect(quantityOf('RV-20')).toBeUndefined()
    expect(quantityOf(-5)).toBeUndefined()
    expect(quantitiesOf({ b: 2, model: 'A', a: 1 })).toBe(quantitiesOf({ a: 1, model: 'B', b: 2 }))
  })
})

describe('paces', () => {
  it('of a cohort nobody saw follow the power law of the others', () => {
    const paces = new Paces([1, 2, 4].map((dose) => ({ cohort: { dose }, pace: -Math.log(dose), seen: 1 })))
    expect(paces.slownessOf({ dose: 3 })).toBeCloseTo(1 / 3, 1)
    expect(paces.slownessOf({ dose: 8 })).toBeCloseTo(1 / 8, 1)
  })

  it('of a cohort that was seen come to its own with the number of lives', () => {
    const usual = { cohort: { model: 'A' }, pace: 0, seen: 1 }
    const slow = { cohort: { model: 'B' }, pace: Math.log(2), seen: 1 }
    const few = new Paces([...new Array(9).fill(usual), slow])
    const many = new Paces([...new Array(90).fill(usual), ...new Array(30).fill(slow)])
    expect(few.slownessOf({ model: 'B' })).toBeLessThan(1.4)
    expect(many.slownessOf({ model: 'B' })).toBeGreaterThan(1.8)
    expect(few.slownessOf({ model: 'B' }, 9)).toBeLessThan(few.slownessOf({ model: 'B' }))
  })

  it('of nobody are as usual', () => {
    expect(new Paces([]).slownessOf({ dose: 2 })).toBe(1)
  })
})
