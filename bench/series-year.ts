import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Reading } from '../contract/reading.ts'
import { dayMs } from '../lib/time.ts'
import { openDuckDbSeries } from '../store/series/duckdb/duckdb-series.ts'
import { connectInflux } from '../store/series/influx/client.ts'
import { openInfluxSeries } from '../store/series/influx/influx-series.ts'
import { cursorLine, valueLines } from '../store/series/influx/line-protocol.ts'
import type { SeriesStore } from '../store/series/series.ts'
import { findExecutable } from '../test/support/executables.ts'
import { startInflux } from '../test/support/influx.ts'

/** Measures what hours and days save when a year of one metric is queried, and what they cost when values are written. */
const { values: options } = parseArgs({
  options: { devices: { type: 'string', default: '10' }, minutes: { type: 'string', default: '2' } },
})
const devices = Number(options.devices)
const stepMs = Number(options.minutes) * 60_000
const start = Date.UTC(2025, 0, 1)
const perDevice = Math.floor((365 * dayMs) / stepMs)
const total = devices * perDevice
const readingsPerWrite = 20_000

function* generateBatches(): Iterable<{ readings: Reading[]; cursor: number }> {
  for (let from = 0; from < total; from += readingsPerWrite) {
    const length = Math.min(readingsPerWrite, total - from)
    const readings = Array.from({ length }, (_, i) => {
      const n = from + i
      const ts = start + Math.floor(n / devices) * stepMs
      return { device: `device-${n % devices}`, ts, values: { x: Math.sin(n) } }
    })
    yield { readings, cursor: from + length }
  }
}

async function measureSeconds(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await work()
  return (performance.now() - begin) / 1_000
}

async function writeAll(write: (readings: Reading[], cursor: number) => Promise<void>): Promise<number> {
  let seconds = 0
  for (const { readings, cursor } of generateBatches())
    seconds += await measureSeconds(() => write(readings, cursor))
  return seconds
}

/** Return the median time of a query for a year of one metric, ms; more points than hours are answered from the values. */
async function measureQuery(series: SeriesStore, points: number): Promise<number> {
  const latencies: number[] = []
  for (let i = 0; i < 21; i++) {
    const device = `device-${i % devices}`
    const year = { device, metric: 'x', from: start, to: start + 365 * dayMs, points }
    latencies.push((await measureSeconds(() => series.query(year))) * 1_000)
  }
  return latencies.sort((a, b) => a - b)[10] ?? 0
}

async function report(name: string, series: SeriesStore, seconds: { all: number; rollups: number }) {
  const [days, hours, values] = [
    await measureQuery(series, 365),
    await measureQuery(series, 8_760),
    await measureQuery(series, 8_785),
  ]
  const ratio = (part: number, whole: number) => (part / whole).toFixed(3)
  process.stdout.write(
    `${name}: ${Math.round(total / seconds.all)} values/s, ${ratio(seconds.rollups, seconds.all)} of it for hours and days
  a year to 365 points, from days:    ${days.toFixed(1)} ms, ${ratio(days, values)} of that from values
  a year to 8,760 points, from hours: ${hours.toFixed(1)} ms, ${ratio(hours, values)}
  a year to 8,785 points, from values: ${values.toFixed(1)} ms\n`,
  )
}

async function measureDuckDb(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-bench-series-'))
  const path = join(dir, 'series.duckdb')
  const series = await openDuckDbSeries({ path })
  const all = await writeAll((readings, cursor) => series.write(readings, cursor))
  await series.close()
  const opening = await measureSeconds(async () => (await openDuckDbSeries({ path })).close())
  // A file without hours and days gets them when it is opened.
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  await connection.run('DROP TABLE hours; DROP TABLE days; CHECKPOINT')
  connection.closeSync()
  instance.closeSync()
  const making = await measureSeconds(async () => (await openDuckDbSeries({ path })).close())
  const reopened = await openDuckDbSeries({ path })
  await report('DuckDB', reopened, { all, rollups: Math.max(0, making - opening) })
  await reopened.close()
  await rm(dir, { recursive: true })
}

async function measureInflux(executable: string): Promise<void> {
  const influx = await startInflux(executable)
  const { url } = influx
  const plain = await openInfluxSeries({ url, bucket: 'plain', now: Date.now })
  const server = await connectInflux({ url, bucket: 'plain' })
  const bare = await writeAll(async (readings, cursor) => {
    await server.write(valueLines(readings))
    await server.write([cursorLine({ partition: 0, cursor, history: '', rolledUpTo: undefined })])
  })
  server.close()
  await plain.close()
  const series = await openInfluxSeries({ url, bucket: 'forewarn', now: Date.now })
  const all = await writeAll((readings, cursor) => series.write(readings, cursor))
  await report('InfluxDB', series, { all, rollups: Math.max(0, all - bare) })
  await series.close()
  await influx.stop()
}

process.stdout.write(`${total} values: ${devices} devices, one each ${stepMs / 60_000} minutes of a year\n`)
await measureDuckDb()
const influxd = findExecutable('influxd')
if (influxd !== undefined) await measureInflux(influxd)
