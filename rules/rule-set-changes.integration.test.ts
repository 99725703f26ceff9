import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RuleSetEntry, TelemetryEntry } from '../contract/entry.ts'
import type { Finding } from '../contract/finding.ts'
import { dayMs } from '../lib/time.ts'
import type { Journal } from '../store/journal/journal.ts'
import { openLmdbJournal } from '../store/journal/lmdb/lmdb-journal.ts'
import { rulesConsumerName } from './consumer/rules-consumer.ts'
import { phoneFleet, phoneFleetEntries } from './testing/phone-fleet.ts'
import { hotBatteryRule, rulesEntry, shippedKinds, start } from './testing/rules.ts'
import { readFindings, runConsumerUpTo } from './testing/run-consumer.ts'

const hot = hotBatteryRule({ for: '24h', clear: '40' })
const hotAtOnce = hotBatteryRule({ clear: '40' })
const weak = hotBatteryRule({
  rule: 'phone.battery_weak',
  detect: '{ forecast: { metric: battery_health_pct, below: 80, within: 20d, window: 60d } }',
})
const weaker = weak.replace('within: 20d', 'within: 40d')
const silent = hotBatteryRule({
  rule: 'phone.silent',
  component: 'device',
  detect: '{ silence: { intervals: 6 } }',
})

/** Return the entries of a fleet, during which rules are added, tried, promoted, withdrawn and removed. */
function entriesWithRuleChanges(): TelemetryEntry[] {
  const entries = phoneFleetEntries()
  const changes: [share: number, rules: RuleSetEntry][] = [
    [0, rulesEntry([hot])],
    [0.1, rulesEntry([hot, weak], [hotAtOnce], start + 1)],
    [0.3, rulesEntry([hotAtOnce, weak, silent], [], start + 2)],
    [0.5, rulesEntry([hotAtOnce, weak, silent], [weaker, hot], start + 3)],
    [0.7, rulesEntry([hotAtOnce, weaker], [], start + 4)],
    [0.8, rulesEntry([hotAtOnce, weaker, silent], [hot], start + 5)],
  ]
  return entries.flatMap((entry, index) => [
    ...changes.filter(([share]) => Math.floor(share * entries.length) === index).map(([, rules]) => rules),
    entry,
  ])
}

/** Return the findings of one run without a restart. */
async function runUninterrupted(): Promise<Finding[]> {
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-rule-sets-'))
  const journal = await openLmdbJournal({ dir, maxBytes: 100_000_000, keepEntries: 1_000_000 })
  const facts = new Map(phoneFleet.map((device) => [`device/${device.id}`, device]))
  await journal.append('telemetry', entriesWithRuleChanges(), { facts })
  await runConsumerUpTo(journal)
  const found = await readFindings(journal)
  await journal.close()
  await rm(dir, { recursive: true })
  return found
}

describe('rules that change in the middle of the journal', () => {
  let dir: string
  let journal: Journal
  let reference: Finding[]
  beforeAll(async () => {
    reference = await runUninterrupted()
  })
  const open = () => openLmdbJournal({ dir, maxBytes: 100_000_000, keepEntries: 1_000_000 })

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'forewarn-rule-sets-'))
    journal = await open()
    const facts = new Map(phoneFleet.map((device) => [`device/${device.id}`, device]))
    await journal.append('telemetry', [], { facts })
  })
  afterEach(async () => {
    await journal.close()
    await rm(dir, { recursive: true })
  })

  const write = async (entries: readonly TelemetryEntry[]) => {
    for (const entry of entries) await journal.append('telemetry', [entry])
  }

  it.each([1, 7, 64])('find the same in batches of %i entries', async (maxBatchEntries) => {
    await write(entriesWithRuleChanges())
    expect(await runConsumerUpTo(journal, undefined, { maxBatchEntries })).toEqual([])
    const found = await readFindings(journal)
    expect(found).toEqual(reference)
    const kinds = new Set(found.map(({ rule, state, shadow }) => `${rule} ${state}${shadow ? '*' : ''}`))
    expect([...kinds]).toEqual(
      expect.arrayContaining([
        ...['raised', 'cleared', 'raised*', 'cleared*'].map((state) => `phone.battery_hot ${state}`),
        ...['raised', 'cleared', 'raised*'].map((state) => `phone.battery_weak ${state}`),
        ...['raised', 'cleared'].map((state) => `phone.silent ${state}`),
      ]),
    )
  })

  it('find the same when consumer and journal are restarted many times', async () => {
    const entries = entriesWithRuleChanges()
    await write(entries)
    for (let offset = 40; offset < entries.length; offset += 40) {
      await runConsumerUpTo(journal, offset, { maxBatchEntries: 10 })
      await journal.close()
      journal = await open()
    }
    await runConsumerUpTo(journal)
    expect(await readFindings(journal)).toEqual(reference)
  })

  it('are live from their entry to the next one', async () => {
    const heat = (days: number): TelemetryEntry => {
      const at = start + days * dayMs
      const reading = { device: 'phone-0', ts: at, values: { battery_temp_c: 46 } }
      return { type: 'reading', receivedAt: at, reading }
    }
    await write([
      ...phoneFleetEntries().slice(0, phoneFleet.length),
      heat(1),
      rulesEntry([hotAtOnce]),
      heat(2),
      rulesEntry([], [], start + 1),
      heat(3),
    ])
    await runConsumerUpTo(journal)
    const found = await readFindings(journal)
    const transitions = found.map(({ state, at }) => `${state} ${(at - start) / dayMs}`)
    // The first rule set of a journal is live from its start.
    expect(transitions.sort()).toEqual(['cleared 3', 'raised 1'])
  })

  it('that no longer fit the kinds are reported, and the others are evaluated', async () => {
    await write(entriesWithRuleChanges())
    const phone = shippedKinds.get('phone')
    if (phone === undefined) throw new Error('no phones')
    const metrics = new Map([...phone.metrics].filter(([name]) => name !== 'battery_health_pct'))
    const kinds = new Map([['phone', { ...phone, metrics }]])
    const errors = await runConsumerUpTo(journal, undefined, { kinds })
    expect(String(errors[0])).toContain('unknown metric of phone "battery_health_pct"')
    const found = await readFindings(journal)
    expect(found).toEqual(reference.filter(({ rule }) => rule !== 'phone.battery_weak'))
  })

  it('continue with the state of a data folder without a stored rule set', async () => {
    const entries = entriesWithRuleChanges()
    const half = Math.floor(entries.length / 2)
    await write(entries.slice(0, half))
    await runConsumerUpTo(journal)
    const consumer = await journal.consumer(rulesConsumerName, 'telemetry')
    const withoutRules = new Map([['/rules', undefined]])
    await consumer.commit({ cursor: await consumer.cursor(), state: withoutRules })
    const before = await readFindings(journal)
    // Entries that were received again meanwhile, then the first start that writes its rules.
    const receivedAt = start + 60 * dayMs
    const again = entries.slice(half - 100, half).filter(({ type }) => type !== 'rules' && type !== 'tick')
    await write(again.map((entry) => ('receivedAt' in entry ? { ...entry, receivedAt } : entry)))
    await write([rulesEntry([hotAtOnce, weak, silent], [weaker, hot], start + 3)])
    await runConsumerUpTo(journal)
    expect(await readFindings(journal)).toEqual(before)
  })
})
