import { expect, it } from 'vitest'
import { alignPartitions } from '../rules/rollout/align-partitions.ts'
import { loadRuleSetVersion, saveRuleSetVersion } from '../rules/rollout/rule-set-store.ts'
import { rulesEntry, start } from '../rules/testing/rules.ts'
import { partitionOf } from '../store/journal/partitions.ts'
import { fleetModelsOf, live, openPartitions, tooHot } from './testing/live-fleet.ts'

it('finds and counts the same in several partitions as in one', async () => {
  const [one, three] = [await openPartitions(1), await openPartitions(3)]
  const expected = await live(one)
  const found = await live(three)
  expect(found).toEqual(expected)
  expect(found.values).toBe(40 * 6 * 7)
  expect(found.tally).toMatchObject({ stored: 1_680, quarantined: 1, 'quarantined.foreign_topic': 1 })
  expect(new Set(found.findings.map(({ rule }) => rule))).toEqual(
    new Set(['phone.battery_hot', 'phone.hotter_than_peers']),
  )
  const heads = await Promise.all(three.map(async (journal) => (await journal.info()).streams.telemetry.head))
  for (const head of heads) expect(head).toBeGreaterThan(40)
})

it('gives every partition the same fleet model, from the devices of all', async () => {
  const [one, three] = [await openPartitions(1), await openPartitions(3)]
  await live(one)
  await live(three)
  const [expected = []] = await fleetModelsOf(one)
  expect(expected.length).toBeGreaterThan(0)
  for (const fleetModel of await fleetModelsOf(three)) expect(fleetModel).toEqual(expected)
})

it('gives a partition that missed a change of the rules those of the first', async () => {
  const partitions = await openPartitions(3)
  const entry = rulesEntry([tooHot], [], start)
  const ruleSet = { changedAt: start, live: entry.live, shadow: [], catalogVersions: {}, kinds: [] }
  await saveRuleSetVersion(partitions[0], ruleSet, entry)
  await alignPartitions(partitions, start + 1)
  await alignPartitions(partitions, start + 2)
  for (const journal of partitions.slice(1)) {
    expect(await loadRuleSetVersion(journal)).toEqual({ ...ruleSet, changedAt: start + 1 })
    expect((await journal.info()).streams.telemetry.head).toBe(1)
  }
})

it('keeps a key in its partition for ever, and spreads keys', () => {
  // Published values of FNV-1a, 32 bit.
  expect([partitionOf('', 2 ** 32), partitionOf('a', 2 ** 32), partitionOf('foobar', 2 ** 32)]).toEqual([
    0x811c9dc5, 0xe40c292c, 0xbf9cf968,
  ])
  const counts = [0, 0, 0, 0]
  for (let n = 0; n < 4_000; n++)
    counts[partitionOf(`device-${n}`, 4)] = (counts[partitionOf(`device-${n}`, 4)] ?? 0) + 1
  for (const count of counts) expect(count).toBeGreaterThan(900)
})
