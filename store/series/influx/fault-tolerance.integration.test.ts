import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Reading } from '../../../contract/reading.ts'
import { dayMs, hourMs } from '../../../lib/time.ts'
import { findExecutable } from '../../../test/support/executables.ts'
import { type Influx, startInflux } from '../../../test/support/influx.ts'
import { freePort } from '../../../test/support/ports.ts'
import { openLmdbJournal } from '../../journal/lmdb/lmdb-journal.ts'
import { SeriesRejectedError, type SeriesStore, SeriesUnavailableError } from '../series.ts'
import { runSeriesConsumer } from '../series-consumer.ts'
import { startCutoffProxy } from '../testing/cutoff-proxy.ts'
import { downsampleReference } from '../testing/downsample-reference.ts'
import { scanAll } from '../testing/series-fixture.ts'
import { openInfluxSeries } from './influx-series.ts'
import { openInfluxFixture } from './testing/influx-fixture.ts'

const executable = findExecutable('influxd') ?? ''
const start = Date.UTC(2026, 0, 1)

describe.skipIf(executable === '')('InfluxDB', () => {
  let influx: Influx
  beforeAll(async () => {
    influx = await startInflux(executable)
  })
  afterAll(() => influx.stop())

  it('that is killed while it is written to has everything once, after the consumer caught up', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'forewarn-influx-kill-'))
    const journal = await openLmdbJournal({ dir, maxBytes: 100_000_000, keepEntries: 0 })
    const rig = await openInfluxFixture({ url: influx.url })
    const stop = new AbortController()
    const errors: unknown[] = []
    const { done } = await runSeriesConsumer({
      journal,
      series: rig.series,
      signal: stop.signal,
      onError: (error) => errors.push(error),
      onGap: (gap) => errors.push(gap),
    })
    onTestFinished(async () => {
      stop.abort()
      await done
      await journal.close()
      await rig.destroy()
      await rm(dir, { recursive: true })
    })

    const sent: Reading[] = []
    const send = async (readings: number) => {
      const batch = Array.from({ length: readings }, (_, i): Reading => {
        const n = sent.length + i
        return { device: `d${n % 9}`, ts: start + n * 60_000, values: { x: n, y: -1 - n } }
      })
      sent.push(...batch)
      await journal.append(
        'telemetry',
        batch.map((reading) => ({ type: 'reading', receivedAt: 0, reading })),
      )
    }
    for (let kills = 0; kills < 3; kills++) {
      const before = errors.length
      await send(7_000)
      await vi.waitFor(async () => expect(await rig.series.cursor()).toBeGreaterThan(0), { timeout: 20_000 })
      await influx.kill()
      await send(3_000)
      await vi.waitFor(() => expect(errors.length).toBeGreaterThan(before), { timeout: 20_000 })
      await influx.restart()
    }
    await vi.waitFor(async () => expect(await rig.series.cursor()).toBe(sent.length), { timeout: 40_000 })
    expect(errors.every((error) => error instanceof SeriesUnavailableError)).toBe(true)

    const reopened = await rig.reopen()
    expect(await scanAll(reopened)).toEqual(sent)
    expect(await reopened.count()).toBe(sent.length * 2)
    const query = { device: 'd3', metric: 'x', from: start, to: start + 21 * dayMs, points: 21 }
    const values = new Map(
      sent.filter(({ device }) => device === 'd3').map(({ ts, values: { x } }) => [ts, x ?? 0]),
    )
    expect(await reopened.query(query)).toEqual(downsampleReference(values, query))
  }, 120_000)

  it('that hangs is reported after the timeout, and the write is retried', async () => {
    const { series, destroy } = await openInfluxFixture({
      url: influx.url,
      timeoutMs: 4_000,
      writeTimeoutMs: 4_000,
    })
    // On a busy machine the first request may be slow.
    await vi.waitFor(() => series.write([{ device: 'a', ts: start, values: { x: 1 } }], 1), {
      timeout: 20_000,
    })
    influx.pause()
    try {
      await expect(series.write([{ device: 'a', ts: start, values: { x: 2 } }], 2)).rejects.toThrow(
        new SeriesUnavailableError(`InfluxDB at ${influx.url} cannot be reached: no answer within 4 s`),
      )
      await expect(series.cursor()).rejects.toThrow(SeriesUnavailableError)
    } finally {
      influx.resume()
    }
    // The same batch: after the pause the server may apply the request that timed out as well, and later than this one.
    await vi.waitFor(() => series.write([{ device: 'a', ts: start, values: { x: 2 } }], 2), {
      timeout: 20_000,
    })
    expect((await series.latest('a')).get('x')?.value).toBe(2)
    await destroy()
  })

  it('that is not there is told from one that refuses', async () => {
    const nowhere = { url: `http://127.0.0.1:${await freePort()}`, bucket: 'b', now: Date.now }
    const away = openInfluxSeries(nowhere)
    await expect(away).rejects.toThrow(SeriesUnavailableError)
    await expect(away).rejects.toThrow(/ECONNREFUSED/)

    const guarded = await startInflux(executable, { INFLUXDB_HTTP_AUTH_ENABLED: 'true' })
    onTestFinished(() => guarded.stop())
    const createUser = `CREATE USER ada WITH PASSWORD 'right' WITH ALL PRIVILEGES`
    await fetch(`${guarded.url}/query`, { method: 'POST', body: new URLSearchParams({ q: createUser }) })
    const options = { url: guarded.url, bucket: 'b', now: Date.now }
    const refused = openInfluxSeries({ ...options, token: 'ada:wrong' })
    await expect(refused).rejects.toThrow(SeriesRejectedError)
    await expect(refused).rejects.toThrow(/INFLUX_TOKEN/)
    await expect(refused).rejects.not.toThrow(/ada:wrong/)
    const series = await openInfluxSeries({ ...options, token: 'ada:right' })
    await series.write([{ device: 'a', ts: start, values: { x: 1 } }], 1)
    expect(await series.count()).toBe(1)
    await series.close()
  })

  it('that would forget by itself is refused', async () => {
    const q = 'CREATE DATABASE short WITH DURATION 30d'
    await fetch(`${influx.url}/query`, { method: 'POST', body: new URLSearchParams({ q }) })
    const opened = openInfluxSeries({ url: influx.url, bucket: 'short', now: Date.now })
    await expect(opened).rejects.toThrow(SeriesRejectedError)
    await expect(opened).rejects.toThrow(/deletes data after 720h0m0s.*ALTER RETENTION POLICY/)
  })

  it('takes more at once than fits into one of its requests', async () => {
    const { series, destroy } = await openInfluxFixture({ url: influx.url })
    const metrics = Array.from({ length: 30 }, (_, i) => `a_metric_with_a_long_name_${i}`)
    const readings = Array.from({ length: 4_000 }, (_, i) => ({
      device: `a-device-with-a-long-name-${i}`,
      ts: start,
      values: Object.fromEntries(metrics.map((metric) => [metric, i / 7])),
    }))
    await series.write(readings, 4_000)
    expect(await series.count()).toBe(120_000)
    await destroy()
  })

  it('has right hours and days wherever a write was cut off', async () => {
    const batches = [
      [0, 1, 2, 30, 31],
      [26, 50, 51.5, 52],
      [3, 80, 1, 26],
    ].map((hours, n) => hours.map((h) => ({ device: 'a', ts: start + h * hourMs, values: { x: h + n } })))
    const values = new Map(batches.flat().map(({ ts, values: { x } }) => [ts, x]))
    const cutter = await startCutoffProxy(influx.url)
    onTestFinished(() => cutter.stop())

    let cuts = 0
    for (let isCutOff = true; isCutOff; cuts++) {
      const options = { bucket: `cut-${cuts}`, now: Date.now }
      cutter.allow(1_000)
      const series = await openInfluxSeries({ ...options, url: cutter.url })
      cutter.allow(cuts)
      isCutOff = await writePending(series, batches).then(
        () => false,
        (error: unknown) => error instanceof SeriesUnavailableError,
      )
      await series.close()
      const next = await openInfluxSeries({ ...options, url: influx.url })
      await writePending(next, batches)
      for (const points of [4, 96]) {
        const query = { device: 'a', metric: 'x', from: start, to: start + 4 * dayMs, points }
        expect(await next.query(query)).toEqual(downsampleReference(values, query))
      }
      expect(await next.count()).toBe(values.size)
      await next.close()
    }
    expect(cuts).toBeGreaterThan(20)
  }, 120_000)
})

/** Write the readings after the cursor, as the consumer does. */
async function writePending(series: SeriesStore, batches: readonly Reading[][]): Promise<void> {
  for (let cursor = await series.cursor(); cursor < batches.length; cursor++) {
    await series.write(batches[cursor] ?? [], cursor + 1)
  }
}
