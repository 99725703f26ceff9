import { describe, expect, it } from 'vitest'
import type { Reading } from '../../contract/reading.ts'
import { dayMs } from '../../lib/time.ts'
import type { SensorFaultEvent } from './fault-tracker.ts'
import { checkQuality, createQualityState, type QualityState, resetSensorLevels } from './quality-check.ts'
import { toSensorLimits } from './sensor-limits.ts'

const start = Date.UTC(2026, 0, 1)
const limits = new Map([
  ['dp_pa', toSensorLimits({ jump: { by: 100, per: dayMs } }, { unit: 'Pa', range: [0, 3000] })],
])

class QualityCheckedDevice {
  quality: QualityState = createQualityState()
  readonly events: string[] = []
  sensors = limits
  firmware: string | undefined

  reads(days: number, values: Record<string, number>, more: Partial<Reading> = {}) {
    const reading = { device: 'd', ts: start + days * dayMs, values, ...more }
    this.quality = JSON.parse(JSON.stringify(this.quality))
    const check = checkQuality(this.quality, reading, this.sensors, this.firmware)
    this.events.push(...check.faultEvents.map(describeEvent))
    return check.acceptedValues
  }
}

function describeEvent({ sensor, state, episode, fault }: SensorFaultEvent): string {
  return `${sensor} ${state} ${episode}: ${fault.rejectedCount} ${fault.reason}`
}

describe('checkQuality', () => {
  it('removes rejected values from a reading and keeps the others', () => {
    const device = new QualityCheckedDevice()
    device.reads(0, { dp_pa: 100, rpm: 1200 })
    expect(device.reads(1, { dp_pa: 2000, rpm: 1300 })).toEqual({ rpm: 1300 })
    expect(device.events).toEqual([])
    expect(device.reads(2, { dp_pa: 101 })).toEqual({ dp_pa: 101 })
    expect(device.events).toEqual(['dp_pa raised 1: 1 spike'])
  })

  it('reports a fault when it starts, when its count doubles, and when it ends', () => {
    const device = new QualityCheckedDevice()
    for (let n = 0; n < 20; n++) device.reads(n, { dp_pa: 3000 })
    for (let n = 20; n < 40; n++) device.reads(n, { dp_pa: 100 + n })
    expect(device.events).toEqual([
      'dp_pa raised 1: 1 saturated',
      'dp_pa updated 1: 2 saturated',
      'dp_pa updated 1: 4 saturated',
      'dp_pa updated 1: 8 saturated',
      'dp_pa updated 1: 16 saturated',
      'dp_pa cleared 1: 20 saturated',
    ])
    expect(device.quality.faults).toEqual({ dp_pa: { episode: 1 } })
    device.reads(40, { dp_pa: 0 })
    expect(device.events.at(-1)).toBe('dp_pa raised 2: 1 saturated')
  })

  it('withholds a step at a change of firmware, until it has lasted', () => {
    const acceptedFrom = (firmware: string) => {
      const device = new QualityCheckedDevice()
      device.firmware = '1.0'
      for (let n = 0; n < 5; n++) device.reads(n, { dp_pa: 100 + n })
      device.firmware = firmware
      return Array.from({ length: 20 }, (_, n) => device.reads(5 + n, { dp_pa: 700 + n })).findIndex(
        (values) => values?.dp_pa !== undefined,
      )
    }
    expect(acceptedFrom('1.0')).toBe(1)
    expect(acceptedFrom('1.1')).toBe(14)
  })

  it('keeps nothing of what it does not check', () => {
    const device = new QualityCheckedDevice()
    expect(device.reads(0, { rpm: 3 })).toEqual({ rpm: 3 })
    expect(device.quality).toEqual(createQualityState())
  })

  it('accepts any first value of a new part', () => {
    const device = new QualityCheckedDevice()
    device.reads(0, { dp_pa: 600 })
    resetSensorLevels(device.quality)
    expect(device.reads(1, { dp_pa: 60 })).toEqual({ dp_pa: 60 })
  })

  it('ends the fault of a sensor that is no longer checked', () => {
    const device = new QualityCheckedDevice()
    device.reads(0, { dp_pa: 0 })
    device.sensors = new Map()
    expect(device.reads(1, { dp_pa: 0 })).toEqual({ dp_pa: 0 })
    expect(device.events).toEqual(['dp_pa raised 1: 1 saturated', 'dp_pa cleared 1: 1 saturated'])
  })
})

describe('a device clock', () => {
  const years = -4000

  it('that is years behind while sequence numbers go on is rejected until it is right again', () => {
    const device = new QualityCheckedDevice()
    device.reads(0, { dp_pa: 100 }, { boot: 1, seq: 7 })
    expect(device.reads(years, { dp_pa: 100 }, { boot: 2, seq: 0 })).toBeUndefined()
    expect(device.reads(years + 1, { dp_pa: 100 }, { boot: 2, seq: 1 })).toBeUndefined()
    for (let n = 2; n < 13; n++) {
      expect(device.reads(n, { dp_pa: 100 + n }, { boot: 2, seq: n })).toEqual({ dp_pa: 100 + n })
    }
    expect(device.events).toEqual([
      'clock raised 1: 1 clock_reset',
      'clock updated 1: 2 clock_reset',
      'clock cleared 1: 2 clock_reset',
    ])
  })

  it('is accepted for a backlog, a late reading or a reset counter', () => {
    const device = new QualityCheckedDevice()
    device.reads(0, { rpm: 1 }, { boot: 3, seq: 7 })
    expect(device.reads(-90, { rpm: 1 }, { boot: 3, seq: 8, hist: true })).toEqual({ rpm: 1 })
    expect(device.reads(-90, { rpm: 1 }, { boot: 3, seq: 2 })).toEqual({ rpm: 1 })
    expect(device.reads(-0.1, { rpm: 1 }, { boot: 3, seq: 9 })).toEqual({ rpm: 1 })
    expect(device.reads(1, { rpm: 1 }, { boot: 0, seq: 0 })).toEqual({ rpm: 1 })
    expect(device.reads(-90, { rpm: 1 })).toEqual({ rpm: 1 })
    expect(device.events).toEqual([])
  })

  it('is not checked again for a duplicate', () => {
    const device = new QualityCheckedDevice()
    device.reads(0, { rpm: 1 }, { boot: 1, seq: 1 })
    device.reads(years, { rpm: 1 }, { boot: 2, seq: 0 })
    const { quality } = device
    expect(device.reads(years, { rpm: 1 }, { boot: 2, seq: 0 })).toBeUndefined()
    device.reads(0, { rpm: 1 }, { boot: 1, seq: 1 })
    expect(device.quality).toEqual(quality)
    device.reads(1, { rpm: 1 }, { boot: 2, seq: 1 })
    expect(device.reads(years, { rpm: 1 }, { boot: 2, seq: 0 })).toBeUndefined()
  })
})
