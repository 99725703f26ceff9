import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crossingProbability } from '../../rules/prognosis/statistics/normal-distribution.ts'
import { type DepotBalance, proposeTransfers } from './transfers.ts'

const depots = fc
  .uniqueArray(
    fc.record({ depot: fc.string({ minLength: 1, maxLength: 3 }), balance: fc.integer({ min: -9, max: 9 }) }),
    {
      selector: ({ depot }) => depot,
      maxLength: 12,
    },
  )
  .map((all) =>
    all.map((one, index): DepotBalance => ({ ...one, position: { latitude: index, longitude: 0 } })),
  )

describe('transfers', () => {
  it('move at most the surplus and the shortage, and as much as possible', () => {
    fc.assert(
      fc.property(depots, (levels) => {
        const transfers = proposeTransfers(levels)
        for (const { depot, balance } of levels) {
          const sum = (of: 'from' | 'to') =>
            transfers.filter((one) => one[of] === depot).reduce((total, { quantity }) => total + quantity, 0)
          expect(sum('from')).toBeLessThanOrEqual(Math.max(0, balance))
          expect(sum('to')).toBeLessThanOrEqual(Math.max(0, -balance))
        }
        const total = (sign: number) =>
          levels.reduce((sum, { balance }) => sum + Math.max(0, sign * balance), 0)
        const moved = transfers.reduce((sum, { quantity }) => sum + quantity, 0)
        expect(moved).toBe(Math.min(total(1), total(-1)))
      }),
    )
  })

  it('come from the nearest', () => {
    const at = (latitude: number) => ({ latitude, longitude: 0 })
    const levels = [
      { depot: 'far', balance: 5, position: at(10) },
      { depot: 'near', balance: 1, position: at(1) },
      { depot: 'needs', balance: -3, position: at(0) },
    ]
    expect(proposeTransfers(levels)).toEqual([
      { from: 'near', to: 'needs', quantity: 1 },
      { from: 'far', to: 'needs', quantity: 2 },
    ])
  })
})

describe('the probability of a crossing', () => {
  it('equals the quantiles, and grows with time', () => {
    const crossing = { p10: 10, p50: 20, p90: 60 }
    for (const [at, chance] of [
      [10, 0.1],
      [20, 0.5],
      [60, 0.9],
    ] as const) {
      expect(crossingProbability(crossing, at)).toBeCloseTo(chance, 3)
    }
    const times = fc.tuple(fc.integer({ min: -100, max: 200 }), fc.integer({ min: -100, max: 200 }))
    fc.assert(
      fc.property(times, ([one, other]) => {
        const [early, late] = [Math.min(one, other), Math.max(one, other)].map((at) =>
          crossingProbability(crossing, at),
        )
        expect(early).toBeLessThanOrEqual(late ?? 1)
        expect(early).toBeGreaterThanOrEqual(0)
        expect(late).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('is 0 or 1 when the quantiles are equal', () => {
    expect([9, 10, 11].map((at) => crossingProbability({ p10: 10, p50: 10, p90: 10 }, at))).toEqual([0, 1, 1])
  })
})
