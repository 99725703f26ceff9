import { describe, expect, it } from 'vitest'
import type { Reading } from '../../contract/reading.ts'
import { dayMs } from '../../lib/time.ts'
import type { SensorFaultEvent } from './fault-tracker.ts'
import { checkQuality, type QualityState, resetSensorLevels } from './quality-check.ts'
import { toSensorLimits } from './sensor-limits.ts'

const start = Date.UTC(2026, 0, 1)
const watched = new Map([
  ['dp_pa', toSensorLimits({ jump: { by: 100, per: dayMs } }, { unit: 'Pa', range: [0, 3000] })],
])

class QualityCheckedDevice {
  quality: QualityState | undefined
  readonly news: string[] = []
  sensors = watched

  reads(days: number, values: Record<string, number>, more: Partial<Reading> = {}) {
    const reading = { device: 'd', ts: start + days * dayMs, values, ...more }
    const gated = checkQuality(
      this.quality && JSON.parse(JSON.stringify(this.quality)),
      reading,
      this.sensors,
    )
    this.quality = gated.quality
    this.news.push(...gated.faultEvents.map(describeEvent))
    return gated.acceptedValues
  }
}

function describeEvent({ sensor, state, episode, fault: trouble }: SensorFaultEvent): string {
  return `${sensor} ${state} ${episode}: ${trouble.rejectedCount} ${trouble.reason}`
}

describe('the gate', () => {
  it('takes what is doubtful out of a reading and leaves the rest', () => {
    const gate = new QualityCheckedDevice()
    gate.reads(0, { dp_pa: 100, rpm: 1200 })
    expect(gate.reads(1, { dp_pa: 2000, rpm: 1300 })).toEqual({ rpm: 1300 })
    expect(gate.news).toEqual([])
    expect(gate.reads(2, { dp_pa: 101 })).toEqual({ dp_pa: 101 })
    expect(gate.news).toEqual(['dp_pa raised 1: 1 spike'])
  })

  it('tells of a trouble when it begins, when it has doubled, and when it is over', () => {
    const gate = new QualityCheckedDevice()
    for (let n = 0; n < 20; n++) gate.reads(n, { dp_pa: 3000 })
    for (let n = 20; n < 40; n++) gate.reads(n, { dp_pa: 100 + n })
    expect(gate.news).toEqual([
      'dp_pa raised 1: 1 saturated',
      'dp_pa updated 1: 2 saturated',
      'dp_pa updated 1: 4 saturated',
      'dp_pa updated 1: 8 saturated',
      'dp_pa updated 1: 16 saturated',
      'dp_pa cleared 1: 20 saturated',
    ])
    expect(gate.quality?.faults).toEqual({ dp_pa: { episode: 1 } })
    gate.reads(40, { dp_pa: 0 })
    expect(gate.news.at(-1)).toBe('dp_pa raised 2: 1 saturated')
  })

  it('keeps its memory for kinds and metrics where nothing is watched', () => {
    const gate = new QualityCheckedDevice()
    expect(gate.reads(0, { rpm: 3 })).toEqual({ rpm: 3 })
    expect(gate.quality).toBeUndefined()
  })

  it('takes the first value of a new part as it comes', () => {
    const gate = new QualityCheckedDevice()
    gate.reads(0, { dp_pa: 600 })
    gate.quality = gate.quality && resetSensorLevels(gate.quality)
    expect(gate.reads(1, { dp_pa: 60 })).toEqual({ dp_pa: 60 })
  })

  it('ends the trouble of a sensor that is watched no longer', () => {
    const gate = new QualityCheckedDevice()
    gate.reads(0, { dp_pa: 0 })
    gate.sensors = new Map()
    expect(gate.reads(1, { dp_pa: 0 })).toEqual({ dp_pa: 0 })
    expect(gate.news).toEqual(['dp_pa raised 1: 1 saturated', 'dp_pa cleared 1: 1 saturated'])
  })
})

describe('a clock', () => {
  const years = -4000

  it('that is years back while the device counts on is not believed, until it is right again', () => {
    const gate = new QualityCheckedDevice()
    gate.reads(0, { dp_pa: 100 }, { boot: 1, seq: 7 })
    expect(gate.reads(years, { dp_pa: 100 }, { boot: 2, seq: 0 })).toBeUndefined()
    expect(gate.reads(years + 1, { dp_pa: 100 }, { boot: 2, seq: 1 })).toBeUndefined()
    for (let n = 2; n < 13; n++) {
      expect(gate.reads(n, { dp_pa: 100 + n }, { boot: 2, seq: n })).toEqual({ dp_pa: 100 + n })
    }
    expect(gate.news).toEqual([
      'clock raised 1: 1 clock_reset',
      'clock updated 1: 2 clock_reset',
      'clock cleared 1: 2 clock_reset',
    ])
  })

  it('is not suspected for a backlog, a late reading or a wiped counter', () => {
    const gate = new QualityCheckedDevice()
    gate.reads(0, { rpm: 1 }, { boot: 3, seq: 7 })
    expect(gate.reads(-90, { rpm: 1 }, { boot: 3, seq: 8, hist: true })).toEqual({ rpm: 1 })
    expect(gate.reads(-90, { rpm: 1 }, { boot: 3, seq: 2 })).toEqual({ rpm: 1 })
    expect(gate.reads(-0.1, { rpm: 1 }, { boot: 3, seq: 9 })).toEqual({ rpm: 1 })
    expect(gate.reads(1, { rpm: 1 }, { boot: 0, seq: 0 })).toEqual({ rpm: 1 })
    expect(gate.reads(-90, { rpm: 1 })).toEqual({ rpm: 1 })
    expect(gate.news).toEqual([])
  })

  it('is not judged anew by a reading told again', () => {
    const gate = new QualityCheckedDevice()
    gate.reads(0, { rpm: 1 }, { boot: 1, seq: 1 })
    gate.reads(years, { rpm: 1 }, { boot: 2, seq: 0 })
    const { quality } = gate
    expect(gate.reads(years, { rpm: 1 }, { boot: 2, seq: 0 })).toBeUndefined()
    gate.reads(0, { rpm: 1 }, { boot: 1, seq: 1 })
    expect(gate.quality).toEqual(quality)
    gate.reads(1, { rpm: 1 }, { boot: 2, seq: 1 })
    expect(gate.reads(years, { rpm: 1 }, { boot: 2, seq: 0 })).toBeUndefined()
  })
})
