import { describe, expect, it } from 'vitest'
import { generateFleetTraffic, type Message } from './device-traffic.ts'

const size = { seed: 4, devices: 8, readings: 200 }
const scripts = generateFleetTraffic(size)
const all = scripts.flatMap(({ messages }) => messages)
const readingsOf = (messages: readonly Message[]) =>
  messages.flatMap((message) => (message.type === 'readings' ? message.readings : []))

describe('what a fleet sends', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(generateFleetTraffic(size)).toEqual(scripts)
    expect(generateFleetTraffic({ ...size, seed: 5 })).not.toEqual(scripts)
  })

  it('has each reading of each device, each at a moment of its own', () => {
    for (const { messages } of scripts) {
      const moments = new Set(readingsOf(messages).map(({ ts }) => ts))
      expect(moments.size).toBe(size.readings)
    }
  })

  it('has some twice, some in the wrong order, some together, and some that make no sense', () => {
    expect(readingsOf(all).length).toBeGreaterThan(size.devices * size.readings)
    const backwards = scripts.flatMap(({ messages }) => {
      const moments = readingsOf(messages).map(({ ts }) => ts)
      return moments.filter((ts, n) => ts < (moments[n - 1] ?? 0))
    })
    expect(backwards.length).toBeGreaterThan(10)
    expect(all.some((message) => message.type === 'readings' && message.readings.length > 2)).toBe(true)
    expect(all.some(({ type }) => type === 'event')).toBe(true)
    const reasons = new Set(all.flatMap((message) => (message.type === 'wrong' ? [message.reason] : [])))
    expect([...reasons].sort()).toEqual(['not_json', 'ts_future', 'ts_in_seconds', 'unknown_metric'])
  })

  it('is long over, whenever it is sent', () => {
    const newest = Math.max(...readingsOf(all).map(({ ts }) => ts))
    expect(newest).toBeLessThan(Date.UTC(2026, 0, 1))
  })
})
