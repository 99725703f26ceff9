import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

test('gives its burst at once, then one after the other', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0)
  const taken = [0, 0, 0, 0, 99, 100, 100].map((now) => bucket.tryTake(now))
  expect(taken).toEqual(['taken', 'taken', 'taken', 'empty', 'empty', 'taken', 'empty'])
  expect(bucket.msUntilNext(150)).toBe(50)
})

test('gives in no stretch of time more than the burst and what came back', () => {
  const steps = fc.array(fc.integer({ min: -50, max: 300 }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(
      steps,
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 20 }),
      (gaps, perSecond, burst) => {
        const bucket = new TokenBucket({ perSecond, burst }, 0)
        let now = 0
        let forward = 0
        let taken = 0
        for (const gap of gaps) {
          now += gap
          forward += Math.max(0, gap)
          if (bucket.tryTake(now) === 'taken') taken += 1
        }
        expect(taken).toBeLessThanOrEqual(burst + (forward / 1000) * perSecond + 1e-6)
      },
    ),
  )
})
