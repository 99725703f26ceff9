import type { Reading } from '../../../contract/reading.ts'
import { passFailpoint } from '../../../lib/failpoint.ts'
import { dayMs } from '../../../lib/time.ts'
import type { StoredPosition } from '../../journal/history/locate-position.ts'
import type { ColumnScan, ColumnSlice } from '../columns.ts'
import { Mutex } from '../mutex.ts'
import {
  floorToUnit,
  SeriesNewerError,
  type SeriesOrigin,
  type SeriesPoint,
  type SeriesQuery,
  SeriesRejectedError,
  type SeriesResolution,
  type SeriesScan,
  type SeriesStore,
  seriesFormat,
} from '../series.ts'
import { connectInflux, type InfluxClient, type InfluxOptions } from './client.ts'
import {
  allTime,
  decodeFirstRow,
  decodeRows,
  deviceCondition,
  queryFirstRow,
  timeCondition,
} from './influxql.ts'
import { cursorLine, finalizedLine, formatLine, measurements, valueLines } from './line-protocol.ts'
import { readPoints } from './points.ts'
import { provisionInflux } from './provision.ts'
import { InfluxRollups } from './rollups.ts'
import { scanInflux, scanInfluxColumns } from './scan.ts'
import { ValueCounter } from './value-counter.ts'

export interface InfluxSeriesOptions extends InfluxOptions {
  now: () => number
  /** Number of values that a scan sorts at once. */
  valuesPerSlice?: number
  /** Whether other processes write other partitions, which may move from one to the other. */
  isShared?: boolean
}

/**
 * Open the series store in an InfluxDB; its database or bucket is created when missing.
 * @throws SeriesUnavailableError when it is unavailable, SeriesRejectedError when access is denied or it cannot be used
 */
export async function openInfluxSeries(options: InfluxSeriesOptions): Promise<SeriesStore> {
  const server = await connectInflux(options)
  try {
    await provisionInflux(server)
    await checkFormat(server)
    const closed = await queryFirstRow(
      server,
      `SELECT before FROM ${measurements.finalized} WHERE ${timeCondition(allTime)}`,
    )
    return new InfluxSeries(server, closed?.before ?? Number.NEGATIVE_INFINITY, options)
  } catch (error) {
    server.close()
    throw error
  }
}

/** Check the format of the database, or store it in a new one. @throws SeriesNewerError */
async function checkFormat(server: InfluxClient): Promise<void> {
  const statement = `SELECT version FROM ${measurements.format} WHERE ${timeCondition(allTime)}`
  const version = (await queryFirstRow(server, statement))?.version
  if (version === undefined) return server.write([formatLine()])
  if (version > seriesFormat) throw new SeriesNewerError(`InfluxDB at ${server.address}`, version)
}

class InfluxSeries implements SeriesStore {
  readonly #client: InfluxClient
  readonly #valuesPerSlice: number
  readonly #rollups: InfluxRollups
  readonly #valueCounter: ValueCounter
  readonly #isShared: boolean
  readonly #writeMutex = new Mutex()
  /** Partitions whose cursor, and with it the progress of hours and days, was loaded. */
  readonly #resumedPartitions = new Set<number>()

  constructor(
    server: InfluxClient,
    closed: number,
    { now, valuesPerSlice = 50_000, isShared = false }: InfluxSeriesOptions,
  ) {
    this.#client = server
    this.#valuesPerSlice = valuesPerSlice
    this.#rollups = new InfluxRollups(server, closed, now)
    this.#valueCounter = new ValueCounter(server, now, isShared)
    this.#isShared = isShared
  }

  write(
    readings: readonly Reading[],
    cursor: number,
    { partition = 0, history = '' }: SeriesOrigin = {},
  ): Promise<void> {
    const expected = this.#rollups.beginWrite(partition)
    const written = this.#writeMutex.runExclusive(async () => {
      if (!this.#resumedPartitions.has(partition)) await this.cursor(partition)
      try {
        await this.#client.write(valueLines(readings))
      } finally {
        // Some values may have been stored though the write failed.
        this.#valueCounter.invalidateHours(readings)
      }
      await this.#rollups.updateRollups(readings, partition)
      if (readings.length > 0) passFailpoint('series.in_transaction')
      const rolledUpTo = this.#rollups.watermark
      await this.#client.write([cursorLine({ partition, cursor, history, rolledUpTo })])
    })
    return written.finally(() => expected.over())
  }

  async cursor(partition = 0): Promise<number> {
    return (await this.position(partition)).cursor
  }

  async position(partition = 0): Promise<StoredPosition> {
    const statement = `SELECT "offset", rolled_up_to, history FROM ${measurements.cursors}
      WHERE ${timeCondition(allTime)} AND "partition" = '${partition}'`
    const tables = await this.#client.query(statement)
    const [table] = tables
    const kept = decodeFirstRow(tables)
    const history = table?.values[0]?.[table.columns.indexOf('history')] ?? ''
    // 0 means none: the cursor was written before any value.
    // Another process may have written values of this partition after this one had passed their hours.
    if (kept?.rolled_up_to && this.#isShared) this.#rollups.goBackTo(kept.rolled_up_to)
    else if (kept?.rolled_up_to && !this.#resumedPartitions.has(partition))
      this.#rollups.resumeFrom(kept.rolled_up_to)
    this.#resumedPartitions.add(partition)
    return { cursor: kept?.offset ?? 0, history: String(history) }
  }

  query(query: SeriesQuery): Promise<SeriesPoint[]> {
    return readPoints(this.#client, query, this.#rollups.closed)
  }

  async latest(device: string): Promise<Map<string, { ts: number; value: number }>> {
    const statement = `SELECT last(value) FROM ${measurements.values}
      WHERE ${timeCondition(allTime)} AND ${deviceCondition(device)} GROUP BY metric`
    const found = decodeRows(await this.#client.query(statement))
    return new Map([...found].map(({ metric, row }) => [metric, { ts: row.time ?? 0, value: row.last ?? 0 }]))
  }

  scan(scan: SeriesScan): AsyncIterable<Reading[]> {
    return scanInflux(this.#client, { ...scan, valuesPerSlice: this.#valuesPerSlice })
  }

  scanColumns(scan: ColumnScan): AsyncIterable<ColumnSlice> {
    return scanInfluxColumns(this.#client, { ...scan, valuesPerSlice: this.#valuesPerSlice })
  }

  count(): Promise<number> {
    return this.#valueCounter.total()
  }

  async extent(): Promise<{ first: number; last: number } | undefined> {
    const [first, last] = await Promise.all(
      ['first', 'last'].map((which) => {
        const statement = `SELECT ${which}(value) FROM ${measurements.values} WHERE ${timeCondition(allTime)}`
        return queryFirstRow(this.#client, statement, this.#client.longTimeoutMs)
      }),
    )
    return first?.time === undefined || last?.time === undefined
      ? undefined
      : { first: first.time, last: last.time }
  }

  deleteBefore(before: number, resolution: SeriesResolution = 'values'): Promise<number> {
    const day = floorToUnit(dayMs, before)
    return this.#writeMutex.runExclusive(async () => {
      assertDeleteSupported(this.#client)
      const field = resolution === 'values' ? 'value' : '"count"'
      const old = timeCondition({ from: allTime.from, to: day })
      const statement = `SELECT count(${field}) FROM ${measurements[resolution]} WHERE ${old}`
      const deleted = (await queryFirstRow(this.#client, statement, this.#client.longTimeoutMs))?.count ?? 0
      if (resolution === 'values')
        await this.#rollups.finalizeBefore(day, () => this.#client.write([finalizedLine(day)]))
      if (deleted > 0) await deleteMeasurementBefore(this.#client, measurements[resolution], day)
      if (resolution === 'values') this.#valueCounter.invalidateAll()
      return deleted
    })
  }

  close(): Promise<void> {
    return this.#writeMutex.runExclusive(async () => this.#client.close())
  }
}

function assertDeleteSupported({ version, address }: InfluxClient): void {
  if (version < 3) return
  throw new SeriesRejectedError(
    `InfluxDB at ${address} is version 3, which cannot delete by time: leave the retention of the series at none, or use InfluxDB 1 or 2`,
  )
}

async function deleteMeasurementBefore(
  server: InfluxClient,
  measurement: string,
  before: number,
): Promise<void> {
  const timeoutMs = server.longTimeoutMs
  if (server.version === 1) {
    await server.query(`DELETE FROM ${measurement} WHERE time < ${before}ms`, timeoutMs)
    return
  }
  const target = new URLSearchParams({ org: server.org, bucket: server.bucket })
  const range = { start: '1677-09-22T00:00:00Z', stop: new Date(before).toISOString() }
  const body = JSON.stringify({ ...range, predicate: `_measurement="${measurement}"` })
  await server.requestJson(`/api/v2/delete?${target}`, { method: 'POST', body, timeoutMs })
}
