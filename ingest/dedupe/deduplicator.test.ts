import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Reading } from '../../contract/reading.ts'
import { createDeduplicator, defaultDedupeLimits } from './deduplicator.ts'
import { createRecentKeys } from './recent-keys.ts'
import { createSeqRanges } from './seq-ranges.ts'

const small = fc.integer({ min: 0, max: 30 })

function reading(part: Partial<Reading>): Reading {
  return { device: 'd-1', ts: 1_760_000_000_000, values: { a: 1 }, ...part }
}

/** A plain set, which never forgets, to compare with. */
function createReference(): (key: string) => 'new' | 'seen' {
  const keys = new Set<string>()
  return (key) => {
    if (keys.has(key)) return 'seen'
    keys.add(key)
    return 'new'
  }
}

describe('seq ranges', () => {
  test('answer as a set does while they have room', () => {
    fc.assert(
      fc.property(fc.array(small, { maxLength: 100 }), (numbers) => {
        const ranges = createSeqRanges(16)
        const reference = createReference()
        for (const seq of numbers) expect(ranges.add(seq)).toBe(reference(`${seq}`))
      }),
    )
  })

  test('never call a number seen that was not, however little room they have', () => {
    fc.assert(
      fc.property(fc.array(small, { maxLength: 200 }), (numbers) => {
        const ranges = createSeqRanges(2)
        const recorded = new Set<number>()
        for (const seq of numbers) {
          if (ranges.add(seq) === 'seen') expect(recorded).toContain(seq)
          recorded.add(seq)
        }
      }),
    )
  })

  test('forget the lowest run first', () => {
    const ranges = createSeqRanges(2)
    for (const seq of [1, 2, 10, 20]) ranges.add(seq)
    expect([2, 10, 20].map((seq) => ranges.add(seq))).toEqual(['new', 'seen', 'seen'])
  })
})

describe('recent keys', () => {
  test('of a device are bounded, and the oldest goes', () => {
    const recent = createRecentKeys({ keysPerDevice: 2, totalKeys: 100 })
    for (const key of ['a', 'b', 'c']) recent.add('d', key)
    expect(['c', 'b', 'a'].map((key) => recent.add('d', key))).toEqual(['seen', 'seen', 'new'])
  })

  test('of all devices are bounded, and the device quiet for longest goes', () => {
    const recent = createRecentKeys({ keysPerDevice: 10, totalKeys: 3 })
    recent.add('quiet', 'a')
    recent.add('busy', 'a')
    recent.add('busy', 'b')
    recent.add('busy', 'c')
    expect(recent.add('busy', 'a')).toBe('seen')
    expect(recent.add('quiet', 'a')).toBe('new')
  })
})

describe('dedupe', () => {
  const anyReading = fc.record({
    device: fc.constantFrom('d-1', 'd-2'),
    ts: small,
    values: fc.constantFrom({ a: 1 }, { b: 1 }, { a: 2, b: 1 }),
    numbers: fc.option(fc.record({ boot: fc.integer({ min: 0, max: 3 }), seq: small }), { nil: undefined }),
  })

  test('answers as a set of identities does', () => {
    fc.assert(
      fc.property(fc.array(anyReading, { maxLength: 150 }), (readings) => {
        const dedupe = createDeduplicator()
        const reference = createReference()
        for (const { numbers, ...rest } of readings) {
          const identity = numbers ?? { ts: rest.ts, metrics: Object.keys(rest.values) }
          const expected = reference(JSON.stringify([rest.device, identity]))
          expect(dedupe.recordReading({ ...rest, ...numbers })).toBe(expected)
        }
      }),
    )
  })

  test('takes the time where a number comes without a boot: it may have started again', () => {
    const dedupe = createDeduplicator()
    expect(dedupe.recordReading(reading({ seq: 1 }))).toBe('new')
    expect(dedupe.recordReading(reading({ seq: 1, ts: 1_760_000_000_001 }))).toBe('new')
    expect(dedupe.recordReading(reading({ seq: 2 }))).toBe('seen')
  })

  test('keeps apart two metrics that a device sends one after the other for one moment', () => {
    const dedupe = createDeduplicator()
    expect(dedupe.recordReading(reading({ values: { a: 1 } }))).toBe('new')
    expect(dedupe.recordReading(reading({ values: { b: 1 } }))).toBe('new')
    expect(dedupe.recordReading(reading({ values: { a: 2 } }))).toBe('seen')
  })

  test('remembers the last starts of a device', () => {
    const dedupe = createDeduplicator({ ...defaultDedupeLimits, bootsPerDevice: 2 })
    for (const boot of [1, 2, 3]) dedupe.recordReading(reading({ boot, seq: 1 }))
    expect(dedupe.recordReading(reading({ boot: 2, seq: 1 }))).toBe('seen')
    expect(dedupe.recordReading(reading({ boot: 1, seq: 1 }))).toBe('new')
  })

  test('bounds what devices with gaps take, at their own cost', () => {
    const dedupe = createDeduplicator({ ...defaultDedupeLimits, totalRanges: 10 })
    const steady = (seq: number) => dedupe.recordReading(reading({ device: 'steady', boot: 1, seq }))
    const gappy = (seq: number) => dedupe.recordReading(reading({ device: 'gappy', boot: 1, seq }))
    for (const seq of [1, 2, 3]) steady(seq)
    for (let seq = 0; seq < 100; seq += 2) gappy(seq)
    expect([gappy(98), gappy(80), gappy(78)]).toEqual(['seen', 'new', 'new'])
    expect([1, 2, 3, 4].map(steady)).toEqual(['seen', 'seen', 'seen', 'new'])
    dedupe.forget('gappy')
    for (let seq = 0; seq < 18; seq += 2) gappy(seq)
    expect(gappy(0)).toBe('seen')
  })

  test('knows an event by its time, name and component', () => {
    const dedupe = createDeduplicator()
    const event = { device: 'd-1', ts: 1, event: 'part_replaced' }
    expect(dedupe.recordEvent({ ...event, component: 'battery' })).toBe('new')
    expect(dedupe.recordEvent({ ...event, component: 'filter' })).toBe('new')
    expect(dedupe.recordEvent({ ...event, component: 'battery' })).toBe('seen')
  })

  test('forgets a device, and no other', () => {
    const dedupe = createDeduplicator()
    const sent = [reading({ boot: 1, seq: 1 }), reading({}), reading({ device: 'd-2' })]
    for (const each of sent) dedupe.recordReading(each)
    dedupe.forget('d-1')
    expect(sent.map((each) => dedupe.recordReading(each))).toEqual(['new', 'new', 'seen'])
  })
})
