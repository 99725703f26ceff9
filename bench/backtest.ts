import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Reading } from '../contract/reading.ts'
import { type BacktestProgress, backtest } from '../evaluation/backtest/backtest.ts'
import type { ReplayHistory } from '../evaluation/backtest/replay-history.ts'
import { buildRuleSets } from '../evaluation/backtest/rule-sets.ts'
import { storedHistory } from '../evaluation/backtest/stored-history.ts'
import { diffTickets } from '../evaluation/backtest/ticket-diff.ts'
import { createDetectorRegistry } from '../rules/detectors/registry.ts'
import { loadKinds } from '../rules/files/kinds.ts'
import { type LoadedRule, validateRules, validateRuleText } from '../rules/files/load-rules.ts'
import { createRecordsProjection } from '../store/records/projection.ts'
import { openRecords } from '../store/records/records-store.ts'
import { openDuckDbSeries } from '../store/series/duckdb/duckdb-series.ts'
import { createPhones, historyStart, readingsOfRound } from './backtest/phones.ts'

const readingsPerWrite = 30_000

export interface HistorySize {
  devices: number
  readings: number
}

/** Fill a data folder with generated history, as a running program would. An existing one is used as it is. */
export async function generateHistory(dir: string, { devices, readings }: HistorySize): Promise<void> {
  if (existsSync(dir)) return
  await mkdir(dir, { recursive: true })
  const fleet = createPhones(devices)
  const records = await openRecords({ dir: join(dir, 'records'), onError: fail })
  await createRecordsProjection(records.db).handle(
    fleet.map(({ device }) => ({ type: 'device', receivedAt: historyStart, device })),
  )
  await records.close()
  const series = await openDuckDbSeries({ path: join(dir, 'series.duckdb') })
  let batch: Reading[] = []
  for (let n = 0, written = 0; n * devices < readings; n++) {
    batch.push(...readingsOfRound(fleet, n))
    if (batch.length < readingsPerWrite && (n + 1) * devices < readings) continue
    written += batch.length
    await series.write(batch, written)
    batch = []
  }
  await series.close()
}

function fail(error: Error): never {
  throw error
}

/** Measures the replay of stored history: reading alone, one rule, and a candidate next to the live rule. */
const { values: options } = parseArgs({
  options: {
    devices: { type: 'string', default: '3000' },
    readings: { type: 'string', default: '10000000' },
    dir: { type: 'string' },
    only: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
  },
})
const size = { devices: Number(options.devices), readings: Number(options.readings) }
const dir = options.dir ?? join(tmpdir(), `forewarn-bench-backtest-${size.devices}-${size.readings}`)

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const kinds = await loadKinds(new URL('../rules/kinds', import.meta.url).pathname)
const references = { kinds, detectors: createDetectorRegistry() }
const catalogRule = new URL('../rules/catalog/phone.battery_worn.yaml', import.meta.url).pathname
const { rules: shipped } = await validateRules([catalogRule], references)

function thresholdRule(limit: number): LoadedRule {
  const text = `
rule: phone.battery_low
kind: phone
component: battery
detect: { threshold: { metric: battery_health_pct, below: ${limit} } }
clear: ${limit + 2}
severity: minor
then: { ticket: { sla: level3 } }
tests: [{ name: none, expect: [] }]
`
  const { rule, problems } = validateRuleText({ file: 'bench.yaml', text }, references)
  if (rule === undefined) throw new TypeError(problems.map(({ message }) => message).join('\n'))
  return rule
}

interface Measurement {
  readings: number
  tickets: string
  /** Heap in use near the end, when the rules have state of all devices, bytes. */
  heapUsed: number
}

/** What is printed of each replay; a line of JSON each with `--json`. */
export interface BacktestFigures {
  name: string
  readings: number
  seconds: number
  /** CPU time of all threads, µs a reading. */
  cpuUs: number
  peakBytes: number
  bytesPerDevice: number
  tickets: string
}

async function measure(name: string, work: () => Promise<Measurement>): Promise<void> {
  if (options.only.length > 0 && !options.only.includes(name)) return
  const heapBefore = heapInUse()
  let most = 0
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, 100)
  const begun = performance.now()
  const cpuBefore = process.cpuUsage()
  const { readings, tickets, heapUsed } = await work()
  const seconds = (performance.now() - begun) / 1_000
  const { user, system } = process.cpuUsage(cpuBefore)
  clearInterval(watch)
  const figures: BacktestFigures = {
    name,
    readings,
    seconds,
    cpuUs: (user + system) / readings,
    peakBytes: most,
    bytesPerDevice: (heapUsed - heapBefore) / size.devices,
    tickets,
  }
  if (options.json) process.stdout.write(`${JSON.stringify(figures)}\n`)
  else row(formatFigures(figures))
}

function formatFigures({ name, readings, seconds, ...each }: BacktestFigures): (string | number)[] {
  return [
    name,
    readings,
    seconds.toFixed(0),
    Math.round(readings / seconds),
    each.cpuUs.toFixed(1),
    Math.round(each.peakBytes / 1e6),
    (each.bytesPerDevice / 1e3).toFixed(1),
    each.tickets,
  ]
}

function row(cells: (string | number)[]): void {
  process.stdout.write(`${cells.map((cell, n) => String(cell).padStart(n === 0 ? 32 : 14)).join('')}\n`)
}

async function measureScan(history: ReplayHistory): Promise<Measurement> {
  let readings = 0
  const metrics = ['battery_health_pct']
  for await (const { columns } of history.columns({ from: 0, to: 4e12, metrics }))
    for (const { times } of columns) readings += times.length
  return { readings, tickets: '', heapUsed: heapInUse() }
}

interface Backtest {
  live?: LoadedRule
  candidate: LoadedRule
}

async function measureBacktest(
  history: ReplayHistory,
  { live, candidate: tested }: Backtest,
): Promise<Measurement> {
  const toRule = ({ rule }: LoadedRule) => rule
  const others = live === undefined ? [] : [live]
  const rules = buildRuleSets(others.map(toRule), [tested.rule])
  let heapUsed: number | undefined
  const onProgress = ({ done }: BacktestProgress) => {
    if (done > 0.99) heapUsed ??= heapInUse()
  }
  const devices = await history.devices()
  const replayed = await backtest({
    history,
    devices,
    kinds,
    rules,
    compareWithLive: live !== undefined,
    onProgress,
  })
  const { readings, candidate } = replayed
  const { gained, lost, moved } = diffTickets(candidate, replayed.live)
  const tickets = `${candidate.tickets().size} +${gained.length} -${lost.length} ~${moved.length}`
  return { readings, tickets, heapUsed: heapUsed ?? 0 }
}

function heapInUse(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

await generateHistory(dir, size)
const series = await openDuckDbSeries({ path: join(dir, 'series.duckdb'), readOnly: true })
const records = await openRecords({
  dir: join(dir, 'records'),
  onError: (error) => {
    throw error
  },
})
const history = storedHistory({
  series,
  records: records.db,
  liveRules: async () => [],
  close: async () => undefined,
})
if (!options.json) {
  process.stdout.write(`${size.devices} phones in ${dir}\n`)
  row(['', 'readings', 's', 'readings/s', 'CPU µs each', 'peak MB', 'KB a device', 'tickets'])
}
await measure('reading alone', () => measureScan(history))
const threshold = { candidate: thresholdRule(82) }
for (const forecast of shipped) {
  const rows: [string, Backtest][] = [
    ['threshold', threshold],
    ['threshold, beside live', { ...threshold, live: thresholdRule(80) }],
    [forecast.rule.name, { candidate: forecast }],
  ]
  for (const [name, tested] of rows) await measure(name, () => measureBacktest(history, tested))
}
await series.close()
await records.close()
