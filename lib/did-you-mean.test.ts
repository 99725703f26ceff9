import { expect, test } from 'vitest'
import { didYouMean } from './did-you-mean.ts'

const names = ['http.port', 'http.host', 'mqtt.port']

test.each([
  ['http.prot', 'http.port'],
  ['HTTP.PORT', 'http.port'],
  ['htp.host', 'http.host'],
  ['xylophone', undefined],
])('%s: %s', (typed, meant) => {
  expect(didYouMean(typed, names)).toBe(meant)
})

test('does not compare a text that is far longer than the names', () => {
  const startedAt = performance.now()
  expect(didYouMean('x'.repeat(5_000_000), names)).toBeUndefined()
  expect(performance.now() - startedAt).toBeLessThan(1_000)
})
