import { expect, test } from 'vitest'
import { fuzzPayloads } from '../fuzz/payloads.ts'
import { fuzzTopics } from '../fuzz/topics.ts'

const timeout = 240_000
const seed = 20_260_115
const progress = () => undefined

test('every payload ends in exactly one named outcome', { timeout }, async () => {
  const { failures, outcomes } = await fuzzPayloads({ count: 10_000, seed, progress })
  expect(failures).toEqual([])
  expect(Object.keys(outcomes)).toEqual(
    expect.arrayContaining([
      'stored',
      'stored in part',
      'duplicate',
      'messages',
      'quarantined.not_json',
      'quarantined.ts_in_seconds',
      'quarantined.ts_without_zone',
    ]),
  )
})

test('no topic is taken for another', { timeout }, async () => {
  expect(await fuzzTopics({ count: 10_000, seed, progress })).toMatchObject({ failures: [] })
})
