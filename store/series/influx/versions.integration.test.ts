import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { findExecutable } from '../../../test/support/executables.ts'
import { type Influx, startInflux } from '../../../test/support/influx.ts'
import { startVictoriaMetrics } from '../../../test/support/victoria-metrics.ts'
import { SeriesRejectedError } from '../series.ts'
import { connectInflux, InfluxClient } from './client.ts'
import { openInfluxSeries } from './influx-series.ts'
import { cursorLine, valueLines } from './line-protocol.ts'
import { type FakeInfluxApiOptions, startFakeInfluxApi } from './testing/fake-influx-api.ts'

const influxd = findExecutable('influxd') ?? ''
const victoriaMetrics = findExecutable('victoria-metrics') ?? ''
const readings = [
  { device: 'vac/1', ts: 1_760_000_000_123, values: { x: 1.5, y: -2 } },
  { device: 'vac/1', ts: 1_760_000_060_000, values: { x: 2_500_000 } },
]

describe.skipIf(influxd === '')('before a real InfluxDB 1', () => {
  let influx: Influx
  beforeAll(async () => {
    influx = await startInflux(influxd)
  })
  afterAll(() => influx.stop())

  async function standIn(options: Pick<FakeInfluxApiOptions, 'version' | 'mayCreate'>, bucket: string) {
    const api = await startFakeInfluxApi({ ...options, backendUrl: influx.url, token: 'secret' })
    onTestFinished(() => api.stop())
    return { made: api.created, options: { url: api.url, token: 'secret', bucket, now: Date.now } }
  }

  it('the version is asked for', async () => {
    const { options } = await standIn({ version: 2 }, 'b')
    expect((await connectInflux({ url: influx.url, bucket: 'b' })).version).toBe(1)
    expect((await connectInflux(options)).version).toBe(2)
    const { options: options3 } = await standIn({ version: 3 }, 'b')
    expect((await connectInflux(options3)).version).toBe(3)
    expect((await connectInflux({ ...options3, version: 1 })).version).toBe(1)
  })

  it('version 2: bucket and mapping are made, once', async () => {
    const { made, options } = await standIn({ version: 2 }, 'home-2')
    for (const count of [0, 3]) {
      const series = await openInfluxSeries({ ...options, org: 'home' })
      expect(await series.count()).toBe(count)
      await series.write(readings, 2)
      await series.close()
    }
    expect(made).toEqual(['bucket home-2', 'mapping home-2'])
  })

  it('version 2: what the token may not make is said as a command, without the token', async () => {
    const { made, options } = await standIn({ version: 2, mayCreate: false }, 'plain')
    await expect(openInfluxSeries(options)).rejects.toThrow(/set INFLUX_ORG/)
    const open = () => openInfluxSeries({ ...options, org: 'home' })
    await expect(open()).rejects.toThrow(/influx bucket create --org home --name plain --retention 0/)
    made.push('bucket plain')
    const command = 'influx v1 dbrp create --org home --bucket-id id-plain --db plain --rp autogen --default'
    await expect(open()).rejects.toThrow(SeriesRejectedError)
    await expect(open()).rejects.toThrow(command)
    await expect(open()).rejects.not.toThrow(/secret/)
  })

  it('version 3: the database is made, and what it cannot is refused', async () => {
    const { made, options } = await standIn({ version: 3 }, 'home-3')
    const series = await openInfluxSeries(options)
    await series.write(readings, 2)
    expect(await series.extent()).toEqual({ first: 1_760_000_000_123, last: 1_760_000_060_000 })
    await expect(series.deleteBefore(1_770_000_000_000)).rejects.toThrow(SeriesRejectedError)
    expect(await series.count()).toBe(3)
    expect(made).toEqual(['home-3'])
    await series.close()
  })
})

describe.skipIf(victoriaMetrics === '')('a real VictoriaMetrics', () => {
  it('takes what is written to InfluxDB 2', async () => {
    const victoria = await startVictoriaMetrics(victoriaMetrics)
    onTestFinished(() => victoria.stop())
    const server = new InfluxClient({ url: victoria.url, token: 't', org: 'home', bucket: 'b' }, 2)
    onTestFinished(() => server.close())
    const cursor = cursorLine({ partition: 0, cursor: 2, history: '', rolledUpTo: undefined })
    await server.write([...valueLines(readings), cursor])
    await vi.waitFor(
      async () => {
        const match = new URLSearchParams({ 'match[]': '{__name__="readings_value"}' })
        const lines = (await (await fetch(`${victoria.url}/api/v1/export?${match}`)).text())
          .trim()
          .split('\n')
        const found = lines.map((line) => JSON.parse(line))
        found.sort((a, b) => (a.metric.metric < b.metric.metric ? -1 : 1))
        expect(found).toMatchObject([
          {
            metric: { device: 'vac/1', metric: 'x' },
            values: [1.5, 2_500_000],
            timestamps: [1_760_000_000_123, 1_760_000_060_000],
          },
          { metric: { device: 'vac/1', metric: 'y' }, values: [-2], timestamps: [1_760_000_000_123] },
        ])
      },
      { timeout: 20_000, interval: 200 },
    )
    await victoria.kill()
    // The first attempt may find the connection that the killed server leaves behind.
    const refused = () => server.write(valueLines(readings)).catch(String)
    await expect.poll(refused, { timeout: 10_000 }).toContain('ECONNREFUSED')
  })
})
