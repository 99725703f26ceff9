import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { emptyFleetModel } from '../contract/fleet-model.ts'
import { dayMs, hourMs } from '../lib/time.ts'
import { rulesConsumerName } from '../rules/consumer/rules-consumer.ts'
import type { Journal } from '../store/journal/journal.ts'
import { openLmdbJournal } from '../store/journal/lmdb/lmdb-journal.ts'
import { SimulatedTime } from './simulated-time.ts'

const from = Date.UTC(2025, 0, 1)
let dir: string
let journal: Journal

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'forewarn-simulated-time-'))
  journal = await openLmdbJournal({ dir, maxBytes: 10_000_000, keepEntries: 1_000 })
})
afterEach(async () => {
  await journal.close()
  await rm(dir, { recursive: true })
})

async function ticks(): Promise<number[]> {
  const times: number[] = []
  for await (const { entries } of journal.scan('telemetry', 0))
    for (const entry of entries) if (entry.type === 'tick') times.push((entry.at - from) / hourMs)
  return times
}

/** Rules that answer a tick by a fleet model and have evaluated the rest, when told. */
async function evaluate({ withModel }: { withModel: boolean }): Promise<void> {
  const consumer = await journal.consumer(rulesConsumerName, 'telemetry')
  const { head } = (await journal.info()).streams.telemetry
  if (withModel)
    await journal.append('telemetry', [{ type: 'fleet_model', at: from, model: emptyFleetModel }])
  await consumer.commit({ cursor: head })
}

/** Tell whether a promise is settled by what the journal can do within some milliseconds. */
function isDoneWithin(promise: Promise<void>, ms: number): Promise<boolean> {
  return Promise.race([
    promise.then(() => true),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), ms)),
  ])
}

it('passes by ticks, waits for the first fleet model, and then for one each midnight', async () => {
  const time = new SimulatedTime({ from, partitions: [journal] })
  expect(time.now()).toBe(from)
  const first = time.pass(from, from + 6 * hourMs)
  expect(await isDoneWithin(first, 50)).toBe(false)
  await evaluate({ withModel: false })
  await first
  expect(time.now()).toBe(from + 6 * hourMs)

  // The rules contributed nothing: the next tick may lead to a model, too.
  const second = time.pass(from + 6 * hourMs, from + 12 * hourMs)
  expect(await isDoneWithin(second, 50)).toBe(false)
  await evaluate({ withModel: true })
  await second

  await time.pass(from + 12 * hourMs, from + dayMs)
  const midnight = time.pass(from + dayMs, from + dayMs + 6 * hourMs)
  expect(await isDoneWithin(midnight, 50)).toBe(false)
  await evaluate({ withModel: true })
  await midnight
  expect(await ticks()).toEqual([0, 6, 12, 24])
})
