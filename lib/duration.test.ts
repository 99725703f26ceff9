import fc from 'fast-check'
import { expect, it } from 'vitest'
import { formatDuration, formatExactDuration, parseDuration } from './duration.ts'

it.each([
  ['30d', 2_592_000_000],
  ['1.5h', 5_400_000],
  ['10 m', 600_000],
  ['5s', 5_000],
  ['250ms', 250],
])('parses %s', (text, ms) => expect(parseDuration(text)).toBe(ms))

it.each(['', '30', 'd', '-1d', '1w', '1D', '1d2h', '1  h', '1e3s', '.5h', '5min'])('rejects "%s"', (text) =>
  expect(parseDuration(text)).toBeUndefined(),
)

it('formats for people with one decimal at most', () => {
  expect([0, 900, 131_400_000, -7_200_000].map(formatDuration)).toEqual(['0s', '900ms', '1.5d', '-2h'])
})

it('formats without loss for files', () => {
  const isLossless = (ms: number) => parseDuration(formatExactDuration(ms)) === ms
  fc.assert(fc.property(fc.nat({ max: 10 ** 12 }), isLossless))
})
