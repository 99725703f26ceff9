import { describe, expect, it } from 'vitest'
import { Random } from '../random.ts'
import { brushRpm, newBrushMotor, nominalBrushLoad, wearBrushMotor } from './brush-motor.ts'

const motor = { newRpm: 1500, wear: 0, lifeHours: 400 }

describe('a brushed motor', () => {
  it('turns at its own speed when new and at nominal load', () => {
    expect(brushRpm(motor, nominalBrushLoad)).toBe(1500)
  })

  it('slows down on carpet and with an empty battery', () => {
    // 1500 · (1 − 0.0022 · 20) = 1434
    expect(brushRpm(motor, { ...nominalBrushLoad, loadPct: 60 })).toBeCloseTo(1434, 6)
    expect(brushRpm(motor, { ...nominalBrushLoad, batteryV: 13.2 })).toBeLessThan(1500)
  })

  it('loses little at first, and 15 % near the end of its brushes', () => {
    const at = (wear: number) => brushRpm({ ...motor, wear }, nominalBrushLoad) / 1500
    expect(at(0.5)).toBeGreaterThan(0.97)
    expect(at(0.95)).toBeGreaterThan(0.85)
    expect(at(1)).toBeLessThan(0.85)
  })

  it('uses up its brushes in about its life at nominal load, and sooner at a higher one', () => {
    const random = new Random('brush')
    const hoursToEnd = (meanLoadPct: number) => {
      let hours = 0
      for (let worn = motor; worn.wear < 1; hours += 1)
        worn = wearBrushMotor(worn, { hours: 1, meanLoadPct }, random)
      return hours
    }
    expect(Math.abs(hoursToEnd(40) - 400)).toBeLessThan(80)
    expect(Math.abs(hoursToEnd(80) - 200)).toBeLessThan(50)
  })

  it('differs from unit to unit', () => {
    const random = new Random('units')
    expect(newBrushMotor(random)).not.toEqual(newBrushMotor(random))
  })
})
