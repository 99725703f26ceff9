import { expect, test } from 'vitest'
import { fuzzPackets } from '../fuzz/packets.ts'

const timeout = 240_000
const seed = 20_260_115
const progress = () => undefined

test('no packet ends the broker, or disturbs a well-behaved device', { timeout }, async () => {
  const { failures, outcomes } = await fuzzPackets({ count: 3_000, seed, progress })
  expect(failures).toEqual([])
  expect(Object.keys(outcomes)).toEqual(expect.arrayContaining(['accepted', 'closed by the broker']))
})
