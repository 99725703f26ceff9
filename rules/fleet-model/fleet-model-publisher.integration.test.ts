import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TelemetryEntry } from '../../contract/entry.ts'
import type { Finding } from '../../contract/finding.ts'
import { cohortKey, emptyFleetModel } from '../../contract/fleet-model.ts'
import { dayMs, minuteMs } from '../../lib/time.ts'
import type { Journal } from '../../store/journal/journal.ts'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import { rulesConsumerName, runRulesConsumer } from '../consumer/rules-consumer.ts'
import { createEngine } from '../engine/create-engine.ts'
import { hotBatteryRule, rulesEntry, shippedReferences, start } from '../testing/rules.ts'
import { FleetModelPublisher } from './fleet-model-publisher.ts'
import { FleetModelSources } from './fleet-model-sources.ts'

const hotterThanPeers = hotBatteryRule({
  detect: '{ cohort: { metric: battery_temp_c, side: higher, peers: 10 } }',
})
const subject = cohortKey('phone', 'battery_temp_c')

/** Forty phones of one firmware with readings on three consecutive days, all about equally warm. */
function fleetOf(firmware: string, temperature: number, from: number): TelemetryEntry[] {
  return Array.from({ length: 40 }, (_, n) =>
    phone(n, firmware, { temperature: temperature + (n % 10), from }),
  ).flat()
}

function phone(
  n: number,
  firmware: string,
  { temperature, from }: { temperature: number; from: number },
): TelemetryEntry[] {
  const id = `phone-${n}`
  const device = { id, kind: 'phone', model: 'P1', firmware }
  const readings = Array.from({ length: 7 }, (_, turn): TelemetryEntry => {
    const at = from + (turn * dayMs) / 7
    const reading = { device: id, ts: at, values: { battery_temp_c: temperature } }
    return { type: 'reading', receivedAt: at, reading }
  })
  return [{ type: 'device', receivedAt: from, device }, ...readings]
}

describe('the fleet model', () => {
  let dir: string
  let journal: Journal
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'forewarn-fleet-model-'))
    journal = await openLmdbJournal({ dir, maxBytes: 100_000_000, keepEntries: 1_000_000 })
    await journal.append('telemetry', [rulesEntry([hotterThanPeers])])
  })
  afterEach(async () => {
    await journal.close()
    await rm(dir, { recursive: true })
  })

  /** Run the rules up to the end of the journal, fleet models published on the way included. */
  async function consumed(...entries: TelemetryEntry[]): Promise<void> {
    await journal.append('telemetry', entries)
    const stop = new AbortController()
    const onError = vi.fn()
    const options = { journal, ...shippedReferences, signal: stop.signal, onError, checkpointMs: 20 }
    const { done } = await runRulesConsumer(options)
    const consumer = await journal.consumer(rulesConsumerName, 'telemetry')
    await vi.waitFor(async () => {
      expect(await consumer.cursor()).toBe((await journal.info()).streams.telemetry.head)
    })
    stop.abort()
    await done
    expect(onError).not.toHaveBeenCalled()
  }

  async function published() {
    const entries: TelemetryEntry[] = []
    for await (const batch of journal.scan('telemetry', 0)) entries.push(...batch.entries)
    return entries.filter((entry) => entry.type === 'fleet_model')
  }

  async function findings(): Promise<Finding[]> {
    const found: Finding[] = []
    for await (const batch of journal.scan('findings', 0)) found.push(...batch.entries)
    return found
  }

  it('is published at a tick, once a day', async () => {
    const tick = (days: number): TelemetryEntry => ({ type: 'tick', at: start + days * dayMs })
    await consumed(...fleetOf('1', 20, start), tick(1))
    expect(await published()).toMatchObject([
      { at: start + dayMs, model: { cohortStats: { [subject]: {} } } },
    ])
    await consumed(tick(1.5))
    expect(await published()).toHaveLength(1)
    await consumed(tick(2))
    expect(await published()).toHaveLength(2)
  })

  it('is published once a day, too, after the clock was forty days ahead', async () => {
    const tick = (days: number): TelemetryEntry => ({ type: 'tick', at: start + days * dayMs })
    await consumed(...fleetOf('1', 20, start), tick(41))
    await consumed(tick(1))
    await consumed(tick(1.5))
    await consumed(tick(2))
    expect((await published()).map(({ at }) => (at - start) / dayMs)).toEqual([41, 1, 2])
  })

  it('allows comparing a phone with its peers from then on', async () => {
    await consumed(...phone(99, '1', { temperature: 60, from: start }))
    await consumed(...fleetOf('1', 20, start), { type: 'tick', at: start + dayMs })
    expect(await findings()).toEqual([])
    await consumed(...phone(99, '1', { temperature: 60, from: start + 2 * dayMs }))
    expect(await findings()).toMatchObject([{ device: 'phone-99', state: 'raised', at: start + 2 * dayMs }])
  })

  it('reports the shift of a whole firmware as one finding', async () => {
    await consumed(...fleetOf('1', 20, start), { type: 'tick', at: start + dayMs })
    await consumed(...fleetOf('2', 40, start + 2 * dayMs), { type: 'tick', at: start + 3 * dayMs })
    await consumed(...fleetOf('2', 40, start + 4 * dayMs), { type: 'tick', at: start + 5 * dayMs })
    expect(await findings()).toMatchObject([
      { device: 'fleet:phone/P1/2', state: 'raised', at: start + 3 * dayMs, evidence: { baseline: 24.5 } },
    ])
  })

  it('is not published without contributions', async () => {
    await consumed({ type: 'tick', at: start })
    expect(await published()).toEqual([])
  })

  it('is gathered again an hour after the fleet contributed nothing', async () => {
    const engine = createEngine({ ...shippedReferences, rules: [] })
    const sources = new FleetModelSources(journal)
    const devices = vi.fn(() => [])
    sources.register({ cache: { get: async () => new Map() }, devices })
    const publisher = new FleetModelPublisher(sources, vi.fn())
    const live = { liveRuleSet: { engine, fleetModel: emptyFleetModel } }
    for (const minute of [0, 1, 59, 60, 61])
      await publisher.afterBatch([{ type: 'tick', at: start + minute * minuteMs }], live)
    expect(devices).toHaveBeenCalledTimes(2)
  })
})
