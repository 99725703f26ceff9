import { describe, expect, it } from 'vitest'
import { addToHistory, emptyHistory, type History, median, type Point, pointsOf } from './history.ts'

const size = { spanMs: 10, points: 4 }

function historyOf(...samples: Point[]): History {
  return samples.reduce((history, sample) => addToHistory(history, sample, size), emptyHistory)
}

describe('a history', () => {
  it('keeps the median of each span', () => {
    const history = historyOf([1, 5], [2, 100], [3, 6], [11, 7])
    expect(pointsOf(history)).toEqual([
      [2, 6],
      [11, 7],
    ])
  })

  it('keeps a bounded number of points, and of samples in a span', () => {
    const long = historyOf(...Array.from({ length: 100 }, (_, i): Point => [i * 10, i]))
    expect(pointsOf(long).map(([, value]) => value)).toEqual([95, 96, 97, 98, 99])
    const dense = historyOf(...Array.from({ length: 100 }, (_, i): Point => [i / 100, i]))
    expect(dense.open).toHaveLength(9)
  })

  it('is the same object when the same sample comes again', () => {
    const history = historyOf([1, 5], [2, 6])
    expect(addToHistory(history, [1, 5], size)).toBe(history)
  })

  it('takes late samples into spans that had none', () => {
    const history = historyOf([1, 1], [41, 4], [21, 2], [22, 99], [21, 2])
    expect(pointsOf(history)).toEqual([
      [1, 1],
      [21, 2],
      [41, 4],
    ])
  })

  it('is the same for any order within the newest span', () => {
    expect(historyOf([3, 3], [1, 1], [2, 2])).toEqual(historyOf([1, 1], [2, 2], [3, 3]))
  })
})

describe('median', () => {
  it('is the middle one, or the mean of the middle two', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([10, 2, 1, 3])).toBe(2.5)
  })
})
