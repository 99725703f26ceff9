import { describe, expect, it } from 'vitest'
import { lastRecoveryIndex, monotoneFit, removeOutliers } from './degradation-path.ts'

describe('a degradation path', () => {
  it('loses single outliers, except at the two ends', () => {
    expect(removeOutliers([5, 5, 0, 5, 4, 9, 4])).toEqual([5, 5, 5, 4, 5, 4, 4])
  })

  it('has a nearest path that never rises: rises are pooled', () => {
    expect(monotoneFit([5, 3, 4, 1])).toEqual([5, 3.5, 3.5, 1])
    expect(monotoneFit([1, 2, 6])).toEqual([3, 3, 3])
    expect(monotoneFit([3, 2, 1])).toEqual([3, 2, 1])
  })

  it('has a great recovery where it stays better by more than a third of its range', () => {
    expect(lastRecoveryIndex([10, 8, 6, 4, 2, 10, 9, 8, 7])).toBe(5)
    expect(lastRecoveryIndex([10, 8, 6, 4, 2, 10, 1, 0, 0])).toBe(0)
    expect(lastRecoveryIndex([10, 8, 6, 4, 5, 5, 5, 4, 3, 2])).toBe(0)
  })
})
