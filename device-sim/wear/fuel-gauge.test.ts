import { describe, expect, it } from 'vitest'
import { dayMs } from '../../lib/time.ts'
import { Random } from '../random.ts'
import { newGauge, updateGauge } from './fuel-gauge.ts'

describe('a fuel gauge', () => {
  it('shows whole percents near the true value that rise only at a recalibration', () => {
    const random = new Random('gauge')
    let gauge = newGauge(0, random)
    let steps = 0
    for (let day = 0; day < 1500; day++) {
      const truth = 100 - day * 0.014
      const before = gauge
      gauge = updateGauge(gauge, day * dayMs, truth, random)
      expect(Number.isInteger(gauge.displayedPct)).toBe(true)
      expect(Math.abs(gauge.displayedPct - truth)).toBeLessThan(4)
      if (day === 0 || gauge.displayedPct <= before.displayedPct) continue
      steps += 1
      expect(day * dayMs).toBeGreaterThanOrEqual(before.recalibrateAt)
    }
    expect(steps).toBeGreaterThan(0)
  })

  it('shows no more than 100 %', () => {
    const random = new Random('new')
    expect(updateGauge(newGauge(0, random), dayMs, 104.6, random).displayedPct).toBe(100)
  })
})
