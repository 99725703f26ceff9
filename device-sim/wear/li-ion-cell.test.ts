import { describe, expect, it } from 'vitest'
import { Random } from '../random.ts'
import { ageCell, type Cell, type CellUsage, cellHealthPct, newCell, usedCell } from './li-ion-cell.ts'

const usual: CellUsage = { days: 1, cycles: 0.8, tempC: 27, volts: 3.92, depthOfDischarge: 0.6 }
const make = { agingRate: 0.8, limitPct: 80 }
const ideal: Cell = { agingRate: 1, newCapacity: 1, cycles: 0, calendarLoss: 0, cycleLoss: 0 }

function daysTo80(cell: Cell, use: CellUsage): number {
  let days = 0
  for (let aged = cell; cellHealthPct(aged) >= 80; days += 1) aged = ageCell(aged, use)
  return days
}

describe('the wear of a lithium-ion cell', () => {
  it('loses what the published formula says', () => {
    const year = ageCell(ideal, { days: 365, cycles: 200, tempC: 25, volts: 3.8, depthOfDischarge: 0.5 })
    // α = (7.543·3.8 − 23.75)·10⁶·exp(−6976/298.15) = 3.395·10⁻⁴; t^0.75 = 83.51
    expect(year.calendarLoss).toBeCloseTo(0.02834, 4)
    // β = 7.348e-3·0.133² + 7.6e-4 + 4.081e-3·0.5 = 2.9305·10⁻³; √(2·2.15·200) = 29.33
    expect(year.cycleLoss).toBeCloseTo(0.08594, 4)
    expect(year.cycles).toBe(200)
  })

  it('gives the same result in one step and in many', () => {
    const once = ageCell(ideal, { ...usual, days: 400, cycles: 320 })
    let daily = ideal
    for (let day = 0; day < 400; day++) daily = ageCell(daily, usual)
    expect(daily.calendarLoss).toBeCloseTo(once.calendarLoss, 10)
    expect(daily.cycleLoss).toBeCloseTo(once.cycleLoss, 10)
  })

  it('wears faster when warm, full, deeply cycled or much used', () => {
    const health = (use: Partial<CellUsage>) =>
      cellHealthPct(ageCell(ideal, { ...usual, days: 365, cycles: 250, ...use }))
    const base = health({})
    expect(health({ tempC: 37 })).toBeLessThan(base)
    expect(health({ volts: 4.1 })).toBeLessThan(base)
    expect(health({ depthOfDischarge: 0.9 })).toBeLessThan(base)
    expect(health({ cycles: 500 })).toBeLessThan(base)
  })

  it('brings phones to 80 % after one to four years', () => {
    const random = new Random('phones')
    const heavy = daysTo80(newCell(random, make), { ...usual, cycles: 1.3, tempC: 30, volts: 4 })
    const light = daysTo80(newCell(random, make), { ...usual, cycles: 0.45, tempC: 25, volts: 3.85 })
    expect(heavy).toBeGreaterThan(300)
    expect(light).toBeLessThan(5 * 365)
    expect(light).toBeGreaterThan(heavy)
  })

  it('starts used cells at different ages, none beyond its limit', () => {
    const random = new Random('used')
    const healths = Array.from({ length: 200 }, () => cellHealthPct(usedCell(random, make, usual)))
    expect(Math.min(...healths)).toBeGreaterThanOrEqual(80)
    expect(Math.min(...healths)).toBeLessThan(82)
    expect(Math.max(...healths)).toBeGreaterThan(90)
  })
})
