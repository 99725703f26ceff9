import type { Reading } from '../../../contract/reading.ts'
import { dayMs } from '../../../lib/time.ts'
import { Serial } from '../serial.ts'
import {
  floorTo,
  type SeriesLevel,
  type SeriesPoint,
  type SeriesQuery,
  SeriesRefusedError,
  type SeriesScan,
  type SeriesStore,
} from '../series.ts'
import { ValueCount } from './count.ts'
import { closedLine, cursorLine, measurements, valueLines } from './lines.ts'
import { readPoints } from './points.ts'
import { InfluxRollups } from './rollups.ts'
import { scanInflux } from './scan.ts'
import { during, ever, firstRow, ofDevice, rowsOf } from './select.ts'
import { connectInflux, type InfluxOptions, type InfluxServer } from './server.ts'
import { makeReady } from './setup.ts'

export interface InfluxSeriesOptions extends InfluxOptions {
  now: () => number
  /** How many values a scan sorts at once. */
  valuesPerSlice?: number
}

/**
 * The series in an InfluxDB, of which the database or bucket is made when missing.
 * @throws SeriesUnreachableError when it is away, SeriesRefusedError when it does not let us or cannot be used
 */
export async function openInfluxSeries(options: InfluxSeriesOptions): Promise<SeriesStore> {
  const server = await connectInflux(options)
  try {
    await makeReady(server)
    const closed = await firstRow(server, `SELECT before FROM ${measurements.closed} WHERE ${during(ever)}`)
    return new InfluxSeries(server, closed?.before ?? Number.NEGATIVE_INFINITY, options)
  } catch (error) {
    server.close()
    throw error
  }
}

class InfluxSeries implements SeriesStore {
  readonly #server: InfluxServer
  readonly #valuesPerSlice: number
  readonly #rollups: InfluxRollups
  readonly #count: ValueCount
  readonly #writes = new Serial()
  /** Partitions whose cursor was asked for, and with it how far hours and days are. */
  readonly #known = new Set<number>()

  constructor(server: InfluxServer, closed: number, { now, valuesPerSlice = 50_000 }: InfluxSeriesOptions) {
    this.#server = server
    this.#valuesPerSlice = valuesPerSlice
    this.#rollups = new InfluxRollups(server, closed, now)
    this.#count = new ValueCount(server, now)
  }

  write(readings: readonly Reading[], cursor: number, partition = 0): Promise<void> {
    const expected = this.#rollups.expect(partition)
    const written = this.#writes.run(async () => {
      if (!this.#known.has(partition)) await this.cursor(partition)
      try {
        await this.#server.write(valueLines(readings))
      } finally {
        // Some may have been kept though the whole failed.
        this.#count.wrote(readings)
      }
      await this.#rollups.follow(readings, partition)
      await this.#server.write([cursorLine(partition, cursor, this.#rollups.upTo)])
    })
    return written.finally(() => expected.over())
  }

  async cursor(partition = 0): Promise<number> {
    const statement = `SELECT "offset", rolled_up_to FROM ${measurements.cursors}
      WHERE ${during(ever)} AND "partition" = '${partition}'`
    const kept = await firstRow(this.#server, statement)
    // 0 stands for none: nothing was written yet when the cursor was.
    if (kept?.rolled_up_to && !this.#known.has(partition)) this.#rollups.resume(kept.rolled_up_to)
    this.#known.add(partition)
    return kept?.offset ?? 0
  }

  query(query: SeriesQuery): Promise<SeriesPoint[]> {
    return readPoints(this.#server, query, this.#rollups.closed)
  }

  async latest(device: string): Promise<Map<string, { ts: number; value: number }>> {
    const statement = `SELECT last(value) FROM ${measurements.values}
      WHERE ${during(ever)} AND ${ofDevice(device)} GROUP BY metric`
    const found = rowsOf(await this.#server.query(statement))
    return new Map([...found].map(({ metric, row }) => [metric, { ts: row.time ?? 0, value: row.last ?? 0 }]))
  }

  scan(scan: SeriesScan): AsyncIterable<Reading[]> {
    return scanInflux(this.#server, { ...scan, valuesPerSlice: this.#valuesPerSlice })
  }

  count(): Promise<number> {
    return this.#count.total()
  }

  async extent(): Promise<{ first: number; last: number } | undefined> {
    const [first, last] = await Promise.all(
      ['first', 'last'].map((which) => {
        const statement = `SELECT ${which}(value) FROM ${measurements.values} WHERE ${during(ever)}`
        return firstRow(this.#server, statement, this.#server.longTimeoutMs)
      }),
    )
    return first?.time === undefined || last?.time === undefined
      ? undefined
      : { first: first.time, last: last.time }
  }

  deleteBefore(before: number, level: SeriesLevel = 'values'): Promise<number> {
    const day = floorTo(dayMs, before)
    return this.#writes.run(async () => {
      refuseWhereImpossible(this.#server)
      const field = level === 'values' ? 'value' : '"count"'
      const old = during({ from: ever.from, to: day })
      const statement = `SELECT count(${field}) FROM ${measurements[level]} WHERE ${old}`
      const deleted = (await firstRow(this.#server, statement, this.#server.longTimeoutMs))?.count ?? 0
      if (level === 'values') await this.#rollups.close(day, () => this.#server.write([closedLine(day)]))
      if (deleted > 0) await deleteOld(this.#server, measurements[level], day)
      if (level === 'values') this.#count.forget()
      return deleted
    })
  }

  close(): Promise<void> {
    return this.#writes.run(async () => this.#server.close())
  }
}

function refuseWhereImpossible({ version, where }: InfluxServer): void {
  if (version < 3) return
  throw new SeriesRefusedError(
    `InfluxDB at ${where} is version 3, which cannot delete by time: leave the retention of the series at none, or use InfluxDB 1 or 2`,
  )
}

async function deleteOld(server: InfluxServer, measurement: string, before: number): Promise<void> {
  const timeoutMs = server.longTimeoutMs
  if (server.version === 1) {
    await server.query(`DELETE FROM ${measurement} WHERE time < ${before}ms`, timeoutMs)
    return
  }
  const place = new URLSearchParams({ org: server.org, bucket: server.bucket })
  const range = { start: '1677-09-22T00:00:00Z', stop: new Date(before).toISOString() }
  const body = JSON.stringify({ ...range, predicate: `_measurement="${measurement}"` })
  await server.call(`/api/v2/delete?${place}`, { method: 'POST', body, timeoutMs })
}
