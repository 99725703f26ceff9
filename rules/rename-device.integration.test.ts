import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Device } from '../contract/device.ts'
import type { TelemetryEntry } from '../contract/entry.ts'
import type { Finding } from '../contract/finding.ts'
import { hourMs } from '../lib/time.ts'
import { openLmdbJournal } from '../store/journal/lmdb/lmdb-journal.ts'
import { hotBatteryRule, rulesEntry, start } from './testing/rules.ts'
import { runConsumerUpTo } from './testing/run-consumer.ts'

const phone: Device = { id: 'old', kind: 'phone' }
const renamed: Device = { id: 'new', kind: 'phone', formerIds: ['old'] }
const former: Device = { ...phone, retired: { at: start, by: 'operator', renamedTo: 'new' } }

const read = (device: string, hours: number, value: number): TelemetryEntry => ({
  type: 'reading',
  receivedAt: start + hours * hourMs,
  reading: { device, ts: start + hours * hourMs, values: { battery_temp_c: value } },
})

const hours = (from: number) => Array.from({ length: 40 }, (_, index) => from + index * 6)

const entries: TelemetryEntry[] = [
  rulesEntry([hotBatteryRule()]),
  { type: 'device', receivedAt: start, device: phone },
  ...hours(1).map((hour) => read('old', hour, 50)),
  { type: 'renamed', receivedAt: start, from: 'old', device: renamed },
  { type: 'device', receivedAt: start, device: former },
  ...hours(241).map((hour) => read('new', hour, 25)),
]

async function findingsWith(maxBatchEntries: number): Promise<Finding[]> {
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-rename-'))
  const journal = await openLmdbJournal({ dir, maxBytes: 64 * 1024 * 1024, keepEntries: 1_000 })
  try {
    for (const entry of entries) await journal.append('telemetry', [entry])
    expect(await runConsumerUpTo(journal, undefined, { maxBatchEntries })).toEqual([])
    const found: Finding[] = []
    for await (const batch of journal.scan('findings', 0)) found.push(...batch.entries)
    return found
  } finally {
    await journal.close()
    await rm(dir, { recursive: true })
  }
}

it('a renamed device keeps its rule state, whatever the batches: its finding is cleared under the new id, once', async () => {
  for (const maxBatchEntries of [1_000, 1]) {
    const findings = await findingsWith(maxBatchEntries)
    expect(findings.map(({ device, state }) => `${device} ${state}`)).toEqual(['old raised', 'new cleared'])
  }
})
