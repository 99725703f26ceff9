import fc from 'fast-check'
import { expect, it } from 'vitest'
import { wilsonInterval } from './wilson-interval.ts'

it('says nothing of nothing', () => {
  expect(wilsonInterval(0, 0)).toEqual({ n: 0, value: null, low: null, high: null })
})

// Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
it.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])('%i of %i lie between %f and %f', (hits, n, low, high) => {
  const told = wilsonInterval(hits, n)
  expect(told.low).toBeCloseTo(low, 4)
  expect(told.high).toBeCloseTo(high, 4)
})

const counts = fc
  .integer({ min: 1, max: 100_000 })
  .chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)))

it('keeps the share within the interval, and that within 0 … 1', () => {
  fc.assert(
    fc.property(counts, ([hits, n]) => {
      const { value, low, high } = wilsonInterval(hits, n)
      const ends = [0, low, value, high, 1]
      expect(ends).toEqual(ends.toSorted((a, b) => Number(a) - Number(b)))
      expect(ends.every((end) => Number.isFinite(end))).toBe(true)
    }),
  )
})

it('is the same seen from the other side', () => {
  fc.assert(
    fc.property(counts, ([hits, n]) => {
      const [one, other] = [wilsonInterval(hits, n), wilsonInterval(n - hits, n)]
      expect(one.low).toBeCloseTo(1 - Number(other.high), 12)
    }),
  )
})

it('knows more of more', () => {
  fc.assert(
    fc.property(counts, ([hits, n]) => {
      const width = ({ low, high }: ReturnType<typeof wilsonInterval>) => Number(high) - Number(low)
      expect(width(wilsonInterval(2 * hits, 2 * n))).toBeLessThan(width(wilsonInterval(hits, n)))
    }),
  )
})
