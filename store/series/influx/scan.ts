import type { Reading } from '../../../contract/reading.ts'
import { hourMs } from '../../../lib/time.ts'
import { type ColumnScan, type ColumnSlice, SliceBuilder } from '../columns.ts'
import { ReadingAssembler } from '../reading-assembler.ts'
import type { SeriesScan } from '../series.ts'
import type { InfluxClient } from './client.ts'
import { decodeRows, deviceCondition, metricCondition, timeCondition } from './influxql.ts'
import { measurements } from './line-protocol.ts'

const readingsPerBatch = 1_000

/** For more devices than this all series are read, and unwanted ones are filtered out here. A kind has fewer metrics. */
const maxNamesInStatement = 100

/** Widths of the intervals in which values are counted, tried until an interval has few enough. */
const widthsMs = [hourMs, 60_000, 1_000, 1]

export interface InfluxScanOptions extends SeriesScan {
  /** Approximate number of values read at once. */
  valuesPerSlice: number
}

interface TimeRange {
  from: number
  to: number
}

interface SliceRequest {
  where: string
  range: TimeRange
  valuesPerSlice: number
}

/**
 * Read readings in order of time, then device. InfluxDB returns series by series much faster than all of them in order
 * of time, so time is split into slices that hold about as many values as can be sorted here.
 */
export async function* scanInflux(server: InfluxClient, scan: InfluxScanOptions): AsyncIterable<Reading[]> {
  const { from, to, devices, valuesPerSlice } = scan
  if (devices?.length === 0 || from >= to) return
  const where = conditionOf(devices, deviceCondition)
  const wanted = devices && new Set(devices)
  for await (const span of planSlices(server, { where, range: { from, to }, valuesPerSlice })) {
    yield* readSlice(server, `${timeCondition(span)}${where}`, wanted)
  }
}

/** Split the span into slices that hold about as many values as are read at once. */
async function* planSlices(
  server: InfluxClient,
  { where, range, valuesPerSlice }: SliceRequest,
  depth = 0,
): AsyncIterable<TimeRange> {
  const width = widthsMs[depth] ?? 1
  const statement = `SELECT count(value) FROM ${measurements.values}
    WHERE ${timeCondition(range)}${where} GROUP BY time(${width}ms) fill(none)`
  let slice: (TimeRange & { held: number }) | undefined
  for (const { row } of decodeRows(await server.query(statement, server.longTimeoutMs))) {
    const { time = 0, count = 0 } = row
    const part = { from: Math.max(range.from, time), to: Math.min(range.to, time + width) }
    const isTooMuch = count > valuesPerSlice && depth + 1 < widthsMs.length
    if (slice !== undefined && !isTooMuch && slice.held + count <= valuesPerSlice) {
      slice = { ...slice, to: part.to, held: slice.held + count }
      continue
    }
    if (slice !== undefined) yield slice
    slice = isTooMuch ? undefined : { ...part, held: count }
    if (isTooMuch) yield* planSlices(server, { where, range: part, valuesPerSlice }, depth + 1)
  }
  if (slice !== undefined) yield slice
}

/** Read columns, slice by slice of time: InfluxDB returns series by series, so they only have to be taken apart. */
export async function* scanInfluxColumns(
  server: InfluxClient,
  scan: ColumnScan & Pick<InfluxScanOptions, 'valuesPerSlice'>,
): AsyncIterable<ColumnSlice> {
  const { from, to, devices, metrics, valuesPerSlice } = scan
  if (devices?.length === 0 || metrics?.length === 0 || from >= to) return
  const where = `${conditionOf(devices, deviceCondition)}${conditionOf(metrics, metricCondition)}`
  const [wantedDevices, wantedMetrics] = [devices && new Set(devices), metrics && new Set(metrics)]
  const slice = new SliceBuilder()
  for await (const span of planSlices(server, { where, range: { from, to }, valuesPerSlice })) {
    const statement = `SELECT value FROM ${measurements.values} WHERE ${timeCondition(span)}${where} GROUP BY device, metric`
    for (const { device, metric, row } of decodeRows(await server.query(statement, server.longTimeoutMs))) {
      const { time = 0, value = 0 } = row
      const isWanted = (wantedDevices?.has(device) ?? true) && (wantedMetrics?.has(metric) ?? true)
      if (isWanted) slice.add(device, metric, time, value)
    }
    yield slice.take(span.to)
  }
}

/** Return a condition on names; none where there are too many for a statement. */
function conditionOf(names: readonly string[] | undefined, condition: (name: string) => string): string {
  return names !== undefined && names.length <= maxNamesInStatement
    ? ` AND (${names.map(condition).join(' OR ')})`
    : ''
}

async function* readSlice(
  server: InfluxClient,
  where: string,
  wanted: ReadonlySet<string> | undefined,
): AsyncIterable<Reading[]> {
  const statement = `SELECT value FROM ${measurements.values} WHERE ${where} GROUP BY device, metric`
  const assemblers = new Map<number, ReadingAssembler>()
  for (const { device, metric, row } of decodeRows(await server.query(statement, server.longTimeoutMs))) {
    if (wanted?.has(device) === false) continue
    const { time = 0, value = 0 } = row
    const moment = assemblers.get(time) ?? new ReadingAssembler(time)
    assemblers.set(time, moment)
    moment.add(device, metric, value)
  }
  let batch: Reading[] = []
  for (const moment of [...assemblers.values()].sort((a, b) => a.ts - b.ts)) {
    moment.drainInto(batch)
    if (batch.length < readingsPerBatch) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
