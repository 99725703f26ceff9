import { describe, expect, it } from 'vitest'
import { Random } from '../random.ts'
import {
  bearingVibrationG,
  type DrumBearing,
  nominalSpinRpm,
  spinNoiseDb,
  wearBearing,
} from './drum-bearing.ts'

const sound: DrumBearing = { healthyVibrationG: 0.5, loadsToSpall: 50, doublingLoads: 20, logGrowth: 0 }

describe('a drum bearing', () => {
  it('stays flat until its first spall, and then doubles at its rate', () => {
    const random = new Random('bearing')
    const levels: number[] = []
    let bearing = sound
    for (let load = 0; load < 140; load++) {
      bearing = wearBearing(bearing, random)
      levels.push(bearingVibrationG(bearing, nominalSpinRpm))
    }
    expect(new Set(levels.slice(0, 49))).toEqual(new Set([0.5]))
    const loadsTo2g = levels.findIndex((level) => level > 2) - 49
    // Two doublings at 20 loads each, with random increments.
    expect(loadsTo2g).toBeGreaterThan(25)
    expect(loadsTo2g).toBeLessThan(60)
    expect(levels).toEqual(levels.toSorted((a, b) => a - b))
  })

  it('vibrates less at lower speed', () => {
    expect(bearingVibrationG(sound, 800)).toBeCloseTo(0.5 * (800 / 1200) ** 1.5, 9)
  })

  it('is 12 dB louder at four times the vibration, over the noise of the machine', () => {
    expect(spinNoiseDb(0.5)).toBeCloseTo(66.6, 1)
    expect(spinNoiseDb(2)).toBeCloseTo(78.1, 1)
  })
})
