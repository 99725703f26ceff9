import { expect, it } from 'vitest'
import { isInStratum } from './strata.ts'

const chosen = (seed: number, purpose: string) =>
  Array.from({ length: 60 }, (_, n) => n + 1).filter((n) =>
    isInStratum(`${seed}/refrigerator-${String(n).padStart(3, '0')}`, purpose, 5),
  )

it('chooses one of so many devices of a kind, evenly', () => {
  const numbers = chosen(7, 'compressor')
  expect(numbers).toHaveLength(12)
  for (const [index, n] of numbers.slice(1).entries()) expect(n - (numbers[index] ?? 0)).toBe(5)
})

it('chooses other devices for other seeds or purposes', () => {
  const all = [1, 2, 3, 4, 5, 6].flatMap((seed) => ['a', 'b'].map((purpose) => chosen(seed, purpose)[0]))
  expect(new Set(all).size).toBeGreaterThan(2)
})

it('chooses no device without a number', () => {
  expect(isInStratum('test', 'compressor', 1)).toBe(false)
})
