import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Reading } from '../contract/reading.ts'
import { dayMs } from '../lib/time.ts'
import { openDuckDbSeries } from '../store/series/duckdb/duckdb-series.ts'
import type { SeriesStore } from '../store/series/series.ts'

/** Measures what sorting costs when values are written, and what it saves when 30 days of one metric are queried. */
const { values: options } = parseArgs({ options: { values: { type: 'string', default: '4000000' } } })
const total = Number(options.values)

const devices = 1_000
const start = 1_740_000_000_000
const days = 60
const readingsPerWrite = 10_000

/** Generate readings with two values each, device after device, evenly over 60 days. */
function generateReadings(from: number, to: number): Reading[] {
  const stepMs = (days * dayMs) / (total / 2 / devices)
  return Array.from({ length: to - from }, (_, i) => {
    const n = from + i
    return {
      device: `device-${n % devices}`,
      ts: start + Math.floor(Math.floor(n / devices) * stepMs),
      values: { battery_health_pct: 80 + Math.sin(n), main_brush_rpm: 1_400 + (n % 13) },
    }
  })
}

async function measureWrite(series: SeriesStore): Promise<{ seconds: number; cpuUs: number }> {
  let seconds = 0
  let cpuUs = 0
  for (let n = 0; n < total / 2; n += readingsPerWrite) {
    const batch = generateReadings(n, Math.min(n + readingsPerWrite, total / 2))
    const begin = performance.now()
    const cpu = process.cpuUsage()
    await series.write(batch, n + batch.length)
    const { user, system } = process.cpuUsage(cpu)
    seconds += (performance.now() - begin) / 1000
    cpuUs += user + system
  }
  return { seconds, cpuUs }
}

/** Return median and 95th percentile of "30 days of one metric to 1,000 points", ms. */
async function measureQuery(series: SeriesStore): Promise<{ p50: number; p95: number }> {
  const latencies: number[] = []
  for (let i = 0; i < 60; i++) {
    const from = start + (i % 30) * dayMs
    const device = `device-${(i * 37) % devices}`
    const begin = performance.now()
    await series.query({ device, metric: 'main_brush_rpm', from, to: from + 30 * dayMs, points: 1_000 })
    latencies.push(performance.now() - begin)
  }
  latencies.sort((a, b) => a - b)
  return { p50: latencies[30] ?? 0, p95: latencies[57] ?? 0 }
}

function row(cells: (string | number)[]): void {
  process.stdout.write(`${cells.map((cell) => String(cell).padStart(14)).join('')}\n`)
}

async function measure(name: string, hotRows: number): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-bench-series-'))
  const path = join(dir, 'series.duckdb')
  const series = await openDuckDbSeries({ path, maxHotRows: hotRows })
  const { seconds, cpuUs } = await measureWrite(series)
  const { p50, p95 } = await measureQuery(series)
  await series.close()
  const megabytes = (await stat(path)).size / 1e6
  await rm(dir, { recursive: true })
  row([
    name,
    Math.round(total / seconds),
    (cpuUs / total).toFixed(2),
    p50.toFixed(1),
    p95.toFixed(1),
    megabytes.toFixed(0),
  ])
  return p50
}

process.stdout.write(`${total} values of ${devices} devices over ${days} days\n`)
row(['', 'values/s', 'CPU µs each', 'query p50 ms', 'p95 ms', 'MB'])
const arrival = await measure('as they came', Number.POSITIVE_INFINITY)
const sorted = await measure('sorted', 1_000_000)
process.stdout.write(`a query of the sorted file takes ${(sorted / arrival).toFixed(2)} of the time\n`)
