import { describe, expect, it } from 'vitest'
import { Random } from '../random.ts'
import { cleanFilter, type DustFilter, filterPressureDropPa, loadFilter } from './dust-filter.ts'

const clean: DustFilter = { cleanPa: 60, limitPa: 600, cake: 0, embedded: 0, lifeHours: 100, stallPa: 1500 }

describe('a dust filter', () => {
  it('has the clean pressure drop when clean and the limit when full, in proportion to the flow', () => {
    expect(filterPressureDropPa(clean, 1)).toBe(60)
    expect(filterPressureDropPa({ ...clean, cake: 0.8, embedded: 0.2 }, 1)).toBeCloseTo(600, 6)
    expect(filterPressureDropPa({ ...clean, cake: 0.8, embedded: 0.2 }, 0.5)).toBeCloseTo(300, 6)
  })

  it('clogs faster and faster', () => {
    const at = (dust: number) => filterPressureDropPa({ ...clean, cake: dust }, 1)
    expect(at(1) - at(0.75)).toBeGreaterThan(2.5 * (at(0.5) - at(0.25)))
  })

  it('fills in about its life in a nominal home, and sooner in a dusty one', () => {
    const random = new Random('dust')
    const hoursToLimit = (dustiness: number) => {
      let hours = 0
      for (let filter = clean; filterPressureDropPa(filter, 1) < 600; hours += 1) {
        filter = loadFilter(filter, { hours: 1, dustiness }, random)
      }
      return hours
    }
    expect(Math.abs(hoursToLimit(1) - 100)).toBeLessThan(20)
    expect(Math.abs(hoursToLimit(2) - 50)).toBeLessThan(15)
  })

  it('recovers in part when cleaned: dust in the medium stays', () => {
    const full = { ...clean, cake: 0.8, embedded: 0.2 }
    const beaten = cleanFilter(full, 0.75)
    expect(beaten.embedded).toBe(0.2)
    expect(filterPressureDropPa(beaten, 1)).toBeLessThan(200)
    expect(filterPressureDropPa(beaten, 1)).toBeGreaterThan(60)
  })
})
