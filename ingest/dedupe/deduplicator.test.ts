import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Reading } from '../../contract/reading.ts'
import { createDeduplicator, defaultDedupeLimits } from './deduplicator.ts'
import { createRecentKeys } from './recent-keys.ts'

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
    values: fc.constantFrom({ a: 1 }, { b: 1 }, { a: 2, b: 1 }, { b: 1, a: 2 }, { a: 1, b: 2 }),
    numbers: fc.option(fc.record({ boot: fc.integer({ min: 0, max: 2 }), seq: small }), { nil: undefined }),
  })

  test('answers as a set of whole readings does', () => {
    fc.assert(
      fc.property(fc.array(anyReading, { maxLength: 300 }), (readings) => {
        const dedupe = createDeduplicator()
        const reference = createReference()
        for (const { numbers, ...rest } of readings) {
          const identity = [rest.device, rest.ts, Object.entries(rest.values).sort(), numbers]
          const isSeen = dedupe.recordReading({ ...rest, ...numbers }) === 'seen'
          expect(isSeen).toBe(reference(JSON.stringify(identity)) === 'seen')
        }
      }),
    )
  })

  test('never calls a reading seen that was not, however little it keeps', () => {
    const limits = { ...defaultDedupeLimits, readingsPerDevice: 4, totalReadings: 6 }
    fc.assert(
      fc.property(fc.array(anyReading, { maxLength: 200 }), (readings) => {
        const dedupe = createDeduplicator(limits)
        const recorded = new Set<string>()
        for (const { numbers, ...rest } of readings) {
          const identity = JSON.stringify([rest.device, rest.ts, Object.entries(rest.values).sort(), numbers])
          if (dedupe.recordReading({ ...rest, ...numbers }) === 'seen') expect(recorded).toContain(identity)
          recorded.add(identity)
        }
      }),
    )
  })

  test('stores a sequence number that comes back with other content: 8-bit counters, replaced hardware', () => {
    const dedupe = createDeduplicator()
    const sent = [254, 255, 0, 1, 254, 255].map((seq, n) =>
      reading({ boot: 0, seq, ts: 1_760_000_000_000 + n }),
    )
    expect(sent.map((each) => dedupe.recordReading(each))).toEqual(sent.map(() => 'new'))
    expect(sent.map((each) => dedupe.recordReading(each))).toEqual(sent.map(() => 'seen'))
  })

  test('stores the same content under another sequence number: a value that stays the same', () => {
    const dedupe = createDeduplicator()
    expect(dedupe.recordReading(reading({ boot: 1, seq: 1 }))).toBe('new')
    expect(dedupe.recordReading(reading({ boot: 1, seq: 2 }))).toBe('new')
    expect(dedupe.recordReading(reading({ boot: 2, seq: 1 }))).toBe('new')
    expect(dedupe.recordReading(reading({ boot: 1, seq: 2 }))).toBe('seen')
  })

  test('does not depend on the order of the metrics, nor on the sign of 0', () => {
    const dedupe = createDeduplicator()
    expect(dedupe.recordReading(reading({ values: { a: 0, b: 2 } }))).toBe('new')
    expect(dedupe.recordReading(reading({ values: { b: 2, a: -0 } }))).toBe('seen')
    expect(dedupe.recordReading(reading({ values: { a: 2, b: 0 } }))).toBe('conflict')
  })

  test('takes time and values where a number comes without a boot: it may have started again', () => {
    const dedupe = createDeduplicator()
    expect(dedupe.recordReading(reading({ seq: 1 }))).toBe('new')
    expect(dedupe.recordReading(reading({ seq: 1, ts: 1_760_000_000_001 }))).toBe('new')
    expect(dedupe.recordReading(reading({ seq: 2 }))).toBe('seen')
  })

  test('tells a correction from metrics that are sent one after the other for one moment', () => {
    const dedupe = createDeduplicator()
    expect(dedupe.recordReading(reading({ values: { a: 1 } }))).toBe('new')
    expect(dedupe.recordReading(reading({ values: { b: 1 } }))).toBe('new')
    expect(dedupe.recordReading(reading({ values: { a: 2 } }))).toBe('conflict')
    expect(dedupe.recordReading(reading({ values: { a: 3, c: 1 }, boot: 1, seq: 1 }))).toBe('conflict')
    expect(dedupe.recordReading(reading({ values: { a: 2 } }))).toBe('seen')
  })

  test('recognises a reading without a time of its own by its counters', () => {
    const dedupe = createDeduplicator()
    const counted = { boot: 1, seq: 7, tsFrom: 'receipt' } as const
    expect(dedupe.recordReading(reading({ ...counted, ts: 1 }))).toBe('new')
    expect(dedupe.recordReading(reading({ ...counted, ts: 2 }))).toBe('seen')
    expect(dedupe.recordReading(reading({ ...counted, ts: 3, values: { a: 2 } }))).toBe('new')
  })

  test('keeps the newest readings of a device', () => {
    const dedupe = createDeduplicator({ ...defaultDedupeLimits, readingsPerDevice: 100 })
    const nth = (n: number) => dedupe.recordReading(reading({ ts: 1_760_000_000_000 + n }))
    for (let n = 0; n < 1_000; n++) nth(n)
    expect([999, 960, 951].map(nth)).toEqual(['seen', 'seen', 'seen'])
    expect(nth(0)).toBe('new')
  })

  test('bounds what all devices take, and the device quiet for longest goes', () => {
    const dedupe = createDeduplicator({ ...defaultDedupeLimits, totalReadings: 10 })
    const nth = (device: string, n: number) =>
      dedupe.recordReading(reading({ device, ts: 1_760_000_000_000 + n }))
    for (const n of [1, 2, 3]) nth('quiet', n)
    for (let n = 0; n < 8; n++) nth('busy', n)
    expect([0, 3, 7].map((n) => nth('busy', n))).toEqual(['seen', 'seen', 'seen'])
    expect(nth('quiet', 1)).toBe('new')
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
