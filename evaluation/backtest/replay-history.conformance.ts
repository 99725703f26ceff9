import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../../contract/device.ts'
import type { TelemetryEntry } from '../../contract/entry.ts'
import type { Reading } from '../../contract/reading.ts'
import { hourMs } from '../../lib/time.ts'
import { createRecordsProjection } from '../../store/records/projection.ts'
import type { RecordsStore } from '../../store/records/records-store.ts'
import type { SeriesStore } from '../../store/series/series.ts'
import type { ReplayHistory } from './replay-history.ts'

export interface ReplayHistoryFixture {
  series: SeriesStore
  records: RecordsStore['db']
  /** Opens the history of the present content of the stores. */
  open(): Promise<ReplayHistory>
  destroy(): Promise<void>
}

const start = Date.UTC(2026, 0, 1)
const always = { from: 0, to: 4_000_000_000_000 }

const phone: Device = { id: 'phone-1', kind: 'phone', model: 'P 1', firmware: '1.0', owner: 'u-1' }
const vacuum: Device = {
  id: 'vac/ä,1',
  kind: 'robot_vacuum',
  site: 's-1',
  region: 'DE',
  inUseSince: start - hourMs,
}

function announced(device: Device): TelemetryEntry {
  return { type: 'device', receivedAt: start, device }
}

function replaced(device: string, component: string, ts: number): TelemetryEntry {
  return { type: 'event', receivedAt: start, device, ts, event: 'part_replaced', component }
}

function readingsOf(device: string, count: number): Reading[] {
  return Array.from({ length: count }, (_, n) => ({
    device,
    ts: start + n * hourMs,
    values: { a: n / 3, b: 1 - n },
  }))
}

async function all(
  history: ReplayHistory,
  scan: Parameters<ReplayHistory['readings']>[0],
): Promise<Reading[]> {
  const readings: Reading[] = []
  for await (const batch of history.readings(scan)) readings.push(...batch)
  return readings
}

/** Requirements for each implementation of `ReplayHistory`. */
export function describeReplayHistory(name: string, openRig: () => Promise<ReplayHistoryFixture>): void {
  describe(name, () => {
    let rig: ReplayHistoryFixture
    beforeAll(async () => {
      rig = await openRig()
    })
    afterAll(() => rig.destroy())

    it('is empty at first', async () => {
      const history = await rig.open()
      expect(await history.extent()).toBeUndefined()
      expect(await history.devices()).toEqual([])
      expect(await history.replacements()).toEqual([])
      expect(await history.verdicts()).toEqual([])
      expect(await history.liveRules()).toEqual([])
      expect(await all(history, always)).toEqual([])
      await history.close()
    })

    describe('of a few devices', () => {
      let history: ReplayHistory
      beforeAll(async () => {
        await createRecordsProjection(rig.records).handle([
          announced(vacuum),
          announced(phone),
          replaced('phone-1', 'battery', start + 5 * hourMs),
          replaced('vac/ä,1', 'filter', start + 2 * hourMs),
          replaced('phone-1', 'battery', start + 9 * hourMs),
        ])
        await rig.series.write([...readingsOf('vac/ä,1', 3_000), ...readingsOf('phone-1', 3_000)], 6_000)
        await addTicket(rig.records)
        history = await rig.open()
      })
      afterAll(() => history.close())

      it('lists them with their announced attributes', async () => {
        expect(await history.devices()).toEqual([
          { ...phone, firstSeen: start },
          { ...vacuum, firstSeen: start },
        ])
      })

      it('lists the replacements of their parts', async () => {
        expect(await history.replacements()).toEqual([
          { device: 'vac/ä,1', component: 'filter', ts: start + 2 * hourMs },
          { device: 'phone-1', component: 'battery', ts: start + 5 * hourMs },
          { device: 'phone-1', component: 'battery', ts: start + 9 * hourMs },
        ])
      })

      it('lists the verdicts of technicians', async () => {
        const found = { device: 'phone-1', component: 'battery', epoch: 1, verdict: 'not_worn' }
        expect(await history.verdicts()).toEqual([found])
      })

      it('yields all readings in the order of time, then device', async () => {
        const expected = readingsOf('phone-1', 3_000).flatMap((reading) => [
          reading,
          { ...reading, device: 'vac/ä,1' },
        ])
        expect(await history.extent()).toEqual({ first: start, last: start + 2_999 * hourMs })
        expect(await all(history, always)).toEqual(expected)
      })

      it('yields only the requested period and devices', async () => {
        const span = { from: start + 5 * hourMs, to: start + 8 * hourMs }
        const some = readingsOf('vac/ä,1', 8).slice(5)
        expect(await all(history, { ...span, devices: ['vac/ä,1', 'unknown'] })).toEqual(some)
        const many = ['vac/ä,1', ...Array.from({ length: 300 }, (_, n) => `other-${n}`)]
        expect(await all(history, { ...span, devices: many })).toEqual(some)
        expect(await all(history, { ...span, devices: [] })).toEqual([])
      })

      it('yields the same values as columns', async () => {
        const span = { from: start + 5 * hourMs, to: start + 2_000 * hourMs }
        const found: Record<string, unknown[]> = { a: [], b: [] }
        let before = span.from
        for await (const { to, columns } of history.columns({ ...span, devices: ['vac/ä,1', 'unknown'] })) {
          for (const { device, metric, times, values } of columns) {
            expect(device).toBe('vac/ä,1')
            expect(times[0]).toBeGreaterThanOrEqual(before)
            found[metric]?.push(...Array.from(times, (ts, n) => [ts, values[n]]))
          }
          before = to
        }
        const expected = readingsOf('vac/ä,1', 2_000).slice(5)
        expect(found.a).toEqual(expected.map(({ ts, values }) => [ts, values.a]))
        expect(found.b).toEqual(expected.map(({ ts, values }) => [ts, values.b]))
        for await (const { columns } of history.columns({ ...span, metrics: ['b'] }))
          expect(new Set(columns.map(({ metric }) => metric))).toEqual(new Set(['b']))
      })

      it('can be closed before its end', async () => {
        for await (const batch of history.readings(always)) {
          expect(batch.length).toBeGreaterThan(0)
          break
        }
        expect(await history.extent()).toBeDefined()
      })
    })
  })
}

async function addTicket(records: RecordsStore['db']): Promise<void> {
  const at = new Date(start)
  const what = { rule: 'phone.battery_worn', severity: 'minor', sla: 'level3', evidence: '{}' } as const
  const state = { condition: 'active', operator_state: 'unacknowledged', work_state: 'closed' } as const
  const times = { opened_at: at, created_at: at, updated_at: at }
  const part = { device_id: 'phone-1', component: 'battery' }
  await records
    .insertInto('tickets')
    .values([
      { id: 't-1', number: 'FW-2026-000001', ...part, ...what, ...state, ...times, epoch: 0 },
      {
        id: 't-2',
        number: 'FW-2026-000002',
        ...part,
        ...what,
        ...state,
        ...times,
        epoch: 1,
        verdict: 'not_worn',
      },
    ])
    .execute()
}
