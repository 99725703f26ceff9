import { expect, it } from 'vitest'
import { play } from './testing/play.ts'

it('simulates another service for another seed', { timeout: 120_000 }, async () => {
  const size = { devices: 5, days: 6 }
  const [one, other] = [await play(7, size), await play(8, size)]
  expect(other.service.digest).not.toBe(one.service.digest)
})
