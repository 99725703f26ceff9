import { describe, expect, it } from 'vitest'
import { minuteMs } from '../../lib/time.ts'
import { createDeviceState } from './register-device.ts'
import { reorder } from './reorder.ts'

const lateness = 10 * minuteMs

/** One device; released readings are written as their minute, replacements as `new 3`. */
class ReorderedDevice {
  state = createDeviceState({ id: 'd', kind: 'phone' })

  #step(input: Parameters<typeof reorder>[1]): string[] {
    const { state, inputs } = reorder(this.state, input, lateness)
    this.state = JSON.parse(JSON.stringify(state))
    return inputs.map((one) => {
      if (one.type === 'reading') return String(one.reading.ts / minuteMs)
      return one.type === 'part_replaced' ? `new ${one.ts / minuteMs}` : one.type
    })
  }

  reads(at: number, value = 1, receivedAt = at): string[] {
    const reading = { device: 'd', ts: at * minuteMs, values: { value } }
    return this.#step({ type: 'reading', reading, receivedAt: receivedAt * minuteMs })
  }

  replaces(at: number, receivedAt = at): string[] {
    const [ts, received] = [at * minuteMs, receivedAt * minuteMs]
    return this.#step({
      type: 'part_replaced',
      device: 'd',
      component: 'battery',
      ts,
      receivedAt: received,
    })
  }

  ticks(at: number): string[] {
    return this.#step({ type: 'tick', at: at * minuteMs })
  }
}

describe('inputs of a kind with a lateness', () => {
  it('are held back until one is newer by the lateness, and released in order', () => {
    const device = new ReorderedDevice()
    expect(device.reads(5)).toEqual([])
    expect(device.reads(9)).toEqual([])
    expect(device.reads(7)).toEqual([])
    expect(device.reads(17)).toEqual(['5', '7'])
    expect(device.reads(40)).toEqual(['9', '17'])
  })

  it('are released by a tick after the lateness, together with older ones', () => {
    const device = new ReorderedDevice()
    device.reads(9, 1, 9)
    device.reads(5, 1, 14)
    device.reads(12, 1, 15)
    expect(device.ticks(18)).toEqual(['tick'])
    expect(device.ticks(19)).toEqual(['5', '9', 'tick'])
    expect(device.ticks(25)).toEqual(['12', 'tick'])
    expect(device.state).not.toHaveProperty('reorderBuffer')
  })

  it('are held back by receipt time, even if their event time is long ago', () => {
    const device = new ReorderedDevice()
    device.replaces(5, 1_000)
    device.reads(4, 1, 1_000)
    expect(device.ticks(1_001)).toEqual(['tick'])
    device.reads(3, 1, 1_001)
    expect(device.ticks(1_012)).toEqual(['3', '4', 'new 5', 'tick'])
  })

  it('are released at once if they arrive later than that', () => {
    const device = new ReorderedDevice()
    device.reads(5)
    device.reads(40)
    expect(device.reads(20)).toEqual(['20'])
  })

  it('are deduplicated, and in the same order for one event time however they arrived', () => {
    const readings = [
      [5, 1],
      [5, 2],
      [5, 1],
      [5, 3],
    ] as const
    const stateAfter = (sequence: readonly (readonly [number, number])[]) => {
      const device = new ReorderedDevice()
      for (const [at, value] of sequence) device.reads(at, value)
      return device.state
    }
    const state = stateAfter(readings)
    expect(stateAfter(readings.toReversed())).toEqual(state)
    expect(state).toMatchObject({ reorderBuffer: { length: 3 } })
  })

  it('are divided by a replacement of the part, whichever arrives first', () => {
    const device = new ReorderedDevice()
    device.replaces(6)
    device.reads(7)
    device.reads(5)
    device.reads(6)
    expect(device.reads(20)).toEqual(['5', 'new 6', '6', '7'])
  })

  it('are bounded in number while held back', () => {
    const device = new ReorderedDevice()
    const released = Array.from({ length: 600 }, (_, n) => device.reads(n / 100)).flat()
    expect(released).toHaveLength(100)
    expect(released[99]).toBe('0.99')
  })

  it('count for silence at receipt', () => {
    const device = new ReorderedDevice()
    device.reads(5, 1, 8)
    expect(device.state).toHaveProperty('lastSeenAt', 8 * minuteMs)
  })
})

it('releases everything at once for a kind without a lateness, including what was held back before', () => {
  const state = createDeviceState({ id: 'd', kind: 'phone' })
  const reading = (ts: number) => ({ type: 'reading', reading: { device: 'd', ts, values: {} } }) as const
  expect(reorder(state, reading(1), 0)).toEqual({ state, inputs: [reading(1)] })
  const before = reorder(state, reading(1), lateness).state
  expect(reorder(before, reading(2), 0).inputs).toEqual([reading(1), reading(2)])
})
