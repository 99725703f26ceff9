import { describe, expect, it } from 'vitest'
import { minuteMs } from '../../lib/time.ts'
import { reorder } from './reorder.ts'

const lateness = 10 * minuteMs

/** One device; what goes on to the rules is written by its minute, replacements as `new 3`. */
class ReorderedDevice {
  state = { device: { id: 'd', kind: 'phone' }, epochs: {}, rules: {} }

  #tell(input: Parameters<typeof reorder>[1]): string[] {
    const { state, inputs } = reorder(this.state, input, lateness)
    this.state = JSON.parse(JSON.stringify(state))
    return inputs.map((one) => {
      if (one.type === 'reading') return String(one.reading.ts / minuteMs)
      return one.type === 'part_replaced' ? `new ${one.ts / minuteMs}` : one.type
    })
  }

  reads(at: number, value = 1, receivedAt = at): string[] {
    const reading = { device: 'd', ts: at * minuteMs, values: { value } }
    return this.#tell({ type: 'reading', reading, receivedAt: receivedAt * minuteMs })
  }

  replaces(at: number, receivedAt = at): string[] {
    const [ts, received] = [at * minuteMs, receivedAt * minuteMs]
    return this.#tell({
      type: 'part_replaced',
      device: 'd',
      component: 'battery',
      ts,
      receivedAt: received,
    })
  }

  ticks(at: number): string[] {
    return this.#tell({ type: 'tick', at: at * minuteMs })
  }
}

describe('inputs of a kind with a lateness', () => {
  it('wait until one is newer by the lateness, and go on in order', () => {
    const line = new ReorderedDevice()
    expect(line.reads(5)).toEqual([])
    expect(line.reads(9)).toEqual([])
    expect(line.reads(7)).toEqual([])
    expect(line.reads(17)).toEqual(['5', '7'])
    expect(line.reads(40)).toEqual(['9', '17'])
  })

  it('go on when a tick finds that they waited so long, with what is older', () => {
    const line = new ReorderedDevice()
    line.reads(9, 1, 9)
    line.reads(5, 1, 14)
    line.reads(12, 1, 15)
    expect(line.ticks(18)).toEqual(['tick'])
    expect(line.ticks(19)).toEqual(['5', '9', 'tick'])
    expect(line.ticks(25)).toEqual(['12', 'tick'])
    expect(line.state).not.toHaveProperty('reorderBuffer')
  })

  it('wait by our clock, though they are of long ago', () => {
    const line = new ReorderedDevice()
    line.replaces(5, 1_000)
    line.reads(4, 1, 1_000)
    expect(line.ticks(1_001)).toEqual(['tick'])
    line.reads(3, 1, 1_001)
    expect(line.ticks(1_012)).toEqual(['3', '4', 'new 5', 'tick'])
  })

  it('that come later than that go on at once', () => {
    const line = new ReorderedDevice()
    line.reads(5)
    line.reads(40)
    expect(line.reads(20)).toEqual(['20'])
  })

  it('are told once, and of one moment in the same order however they came', () => {
    const said = [
      [5, 1],
      [5, 2],
      [5, 1],
      [5, 3],
    ] as const
    const told = (readings: readonly (readonly [number, number])[]) => {
      const line = new ReorderedDevice()
      for (const [at, value] of readings) line.reads(at, value)
      return line.state
    }
    const once = told(said)
    expect(told(said.toReversed())).toEqual(once)
    expect(once).toMatchObject({ reorderBuffer: { length: 3 } })
  })

  it('are parted by the replacement of a part, whichever comes first', () => {
    const line = new ReorderedDevice()
    line.replaces(6)
    line.reads(7)
    line.reads(5)
    line.reads(6)
    expect(line.reads(20)).toEqual(['5', 'new 6', '6', '7'])
  })

  it('are bounded in number', () => {
    const line = new ReorderedDevice()
    const released = Array.from({ length: 600 }, (_, n) => line.reads(n / 100)).flat()
    expect(released).toHaveLength(100)
    expect(released[99]).toBe('0.99')
  })

  it('keep the device from being taken for silent', () => {
    const line = new ReorderedDevice()
    line.reads(5, 1, 8)
    expect(line.state).toHaveProperty('lastSeenAt', 8 * minuteMs)
  })
})

it('nothing waits for a kind without a lateness, and what waited before goes on', () => {
  const state = { device: { id: 'd', kind: 'phone' }, epochs: {}, rules: {} }
  const reading = (ts: number) => ({ type: 'reading', reading: { device: 'd', ts, values: {} } }) as const
  expect(reorder(state, reading(1), 0)).toEqual({ state, inputs: [reading(1)] })
  const before = reorder(state, reading(1), lateness).state
  expect(reorder(before, reading(2), 0).inputs).toEqual([reading(1), reading(2)])
})
