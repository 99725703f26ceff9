import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { poissonInterval, rateRatio } from './poisson-rates.ts'

describe('expected events', () => {
  // Garwood's table, 95 %.
  it.each([
    [0, 0, 3.6889],
    [1, 0.0253, 5.5716],
    [5, 1.6235, 11.6683],
    [10, 4.7954, 18.3904],
    [100, 81.3639, 121.6271],
  ])('when %i were seen lie between %f and %f', (seen, low, high) => {
    const told = poissonInterval(seen)
    expect(told.low).toBeCloseTo(low, 3)
    expect(told.high).toBeCloseTo(high, 3)
  })

  it('have what was seen between them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), (seen) => {
        const { low, high } = poissonInterval(seen)
        expect(low).toBeLessThan(seen)
        expect(high).toBeGreaterThan(seen)
      }),
      { numRuns: 50 },
    )
  })
})

const sides = fc.record({
  events: fc.integer({ min: 0, max: 400 }),
  exposure: fc.double({ min: 0.1, max: 10_000, noNaN: true }),
})

describe('a ratio of rates', () => {
  // R: poisson.test(c(11, 6 + 8 + 7), c(800, 1083 + 1050 + 878))
  it('is that of R', () => {
    const told = rateRatio({ events: 11, exposure: 800 }, { events: 21, exposure: 3_011 })
    expect(told?.ratio).toBeCloseTo(1.971488, 5)
    expect(told?.low).toBeCloseTo(0.8584264, 5)
    expect(told?.high).toBeCloseTo(4.2772659, 4)
  })

  it('has no end where the other side saw none, and begins at none where this one did', () => {
    const none = { events: 0, exposure: 10 }
    expect(rateRatio({ events: 5, exposure: 10 }, none)).toMatchObject({
      ratio: null,
      high: null,
      p: expect.closeTo(0.0625, 12),
    })
    expect(rateRatio(none, { events: 5, exposure: 10 })).toMatchObject({ ratio: 0, low: 0 })
  })

  it.each([
    [
      { events: 0, exposure: 1 },
      { events: 0, exposure: 1 },
    ],
    [
      { events: 1, exposure: 0 },
      { events: 1, exposure: 1 },
    ],
    [
      { events: 1, exposure: 1 },
      { events: 1, exposure: 0 },
    ],
  ])('is not told of %o and %o', (one, other) => {
    expect(rateRatio(one, other)).toBeUndefined()
  })

  it('is the other way round from the other side, and never NaN', () => {
    fc.assert(
      fc.property(sides, sides, (one, other) => {
        const [there, back] = [rateRatio(one, other), rateRatio(other, one)]
        fc.pre(there !== undefined && back !== undefined)
        expect([there.low, there.high ?? 0, there.ratio ?? 0, there.p].every(Number.isFinite)).toBe(true)
        expect(there.p).toBeCloseTo(back.p, 8)
        if (there.ratio === null) return
        expect(there.low).toBeLessThanOrEqual(there.ratio)
        expect(there.high ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(there.ratio)
        if (back.ratio) expect(there.ratio * back.ratio).toBeCloseTo(1, 8)
        if (back.high) expect((there.low * back.high).toFixed(6)).toBe('1.000000')
      }),
    )
  })
})
