import { expect, test } from 'vitest'
import { onceAMinute } from './once-a-minute.ts'

test('a key is reported at once, and then once a minute with the number of calls', () => {
  let at = 0
  const limit = onceAMinute(() => at)
  const reports: [string, number][] = []
  const call = (key: string) => limit(key, (count) => reports.push([key, count]))
  for (let i = 0; i < 5; i++) call('a')
  call('b')
  at = 59_999
  call('a')
  expect(reports).toEqual([
    ['a', 1],
    ['b', 1],
  ])
  at = 60_000
  call('a')
  expect(reports.at(-1)).toEqual(['a', 6])
})

test('many keys do not fill the memory: the oldest is forgotten', () => {
  const limit = onceAMinute(() => 0)
  let reports = 0
  for (let i = 0; i < 2_000; i++) limit(`key-${i}`, () => reports++)
  limit('key-0', () => reports++)
  limit('key-1999', () => reports++)
  expect(reports).toBe(2_001)
})
