import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { Reading } from '../../../contract/reading.ts'
import { passFailpoint } from '../../../lib/failpoint.ts'
import { dayMs } from '../../../lib/time.ts'
import type { StoredPosition } from '../../journal/history/locate-position.ts'
import type { ColumnScan, ColumnSlice } from '../columns.ts'
import { Mutex } from '../mutex.ts'
import {
  bucketGrid,
  floorToUnit,
  type SeriesOrigin,
  type SeriesPoint,
  type SeriesQuery,
  type SeriesResolution,
  type SeriesScan,
  type SeriesStore,
} from '../series.ts'
import type { SeriesIndex } from '../series-index.ts'
import { copyLockedFile } from './copy-locked-file.ts'
import { initializeOrClose, openInstance } from './open.ts'
import { finalizeBefore, readPoints, rollUpHotValues } from './rollups.ts'
import { scanReadings } from './scan.ts'
import { scanColumns } from './scan-columns.ts'
import {
  appendRows,
  checkFormat,
  deleteReplacedRows,
  insertSeries,
  inTransaction,
  loadIndex,
  loadPosition,
  prepareTables,
  savePosition,
} from './tables.ts'

export interface DuckDbSeriesOptions {
  /** Path of the file, created when missing; `:memory:` stores nothing on disk. */
  path: string
  /** Memory that DuckDB may take, bytes; larger sorts spill to disk. */
  memoryBytes?: number
  threads?: number
  /**
   * Number of values kept in order of arrival before they are sorted; costs a query about 4 ms for each million. Default: a
   * million, or as many as can be sorted and rolled up in the memory.
   */
  maxHotRows?: number
  /** Number of values that a scan sorts at once; a million takes about 50 MB. */
  valuesPerSlice?: number
  /** Open an existing file for reading only. Several processes may then have it open. */
  readOnly?: boolean
}

/** What a value takes while it is sorted and rolled up, where each is in an hour of its own. */
const bytesPerHotRow = 256

/**
 * Open the series store in one DuckDB file, for one process.
 * @throws SeriesLockedError when another process has it open
 * @throws SeriesCorruptedError when the file is damaged
 * @throws SeriesNewerError when a newer version of the program wrote it
 */
export async function openDuckDbSeries(options: DuckDbSeriesOptions): Promise<SeriesStore> {
  const {
    path,
    memoryBytes = 256 * 2 ** 20,
    threads = 2,
    maxHotRows = Math.min(1_000_000, Math.floor(memoryBytes / bytesPerHotRow)),
    valuesPerSlice = 200_000,
  } = options
  const instance = await openInstance(path, {
    memory_limit: `${Math.floor(memoryBytes / 1_024)}KiB`,
    threads: String(threads),
    access_mode: options.readOnly ? 'READ_ONLY' : 'AUTOMATIC',
    // Freed memory goes back to the system in a thread of its own. Otherwise that waits for later allocations: with a limit of
    // 32 MiB, 27 MB instead of 43 were in use (median), for the same CPU.
    allocator_background_threads: 'true',
  })
  return initializeOrClose(instance, path, async () => {
    const writer = await instance.connect()
    await checkFormat(writer, path)
    if (!options.readOnly) await prepareTables(writer)
    const reader = await instance.connect()
    const index = await loadIndex(reader)
    return new DuckDbSeries({ path, instance, writer, reader, index, maxHotRows, valuesPerSlice })
  })
}

interface DuckDbSeriesParts {
  path: string
  instance: DuckDBInstance
  /** Used only by serialized jobs: one transaction at a time. */
  writer: DuckDBConnection
  reader: DuckDBConnection
  index: SeriesIndex
  maxHotRows: number
  valuesPerSlice: number
}

class DuckDbSeries implements SeriesStore {
  readonly #parts: DuckDbSeriesParts
  readonly #writeMutex = new Mutex()

  constructor(parts: DuckDbSeriesParts) {
    this.#parts = parts
  }

  write(
    readings: readonly Reading[],
    cursor: number,
    { partition = 0, history = '' }: SeriesOrigin = {},
  ): Promise<void> {
    return this.#writeMutex.runExclusive(async () => {
      const { writer, index } = this.#parts
      await this.#compactIfDue()
      const { rows, lateRows, newSeries } = await index.planWrite(readings)
      await inTransaction(writer, async () => {
        if (newSeries.size > 0) await insertSeries(writer, newSeries)
        if (lateRows.length > 0) await deleteReplacedRows(writer, lateRows)
        if (rows.length > 0) {
          await appendRows(writer, 'hot', rows)
          passFailpoint('series.in_transaction')
        }
        await savePosition(writer, { cursor, history }, partition)
      })
      index.markWritten(rows)
    })
  }

  async cursor(partition = 0): Promise<number> {
    return (await this.position(partition)).cursor
  }

  position(partition = 0): Promise<StoredPosition> {
    return loadPosition(this.#parts.reader, partition)
  }

  async query(query: SeriesQuery): Promise<SeriesPoint[]> {
    const grid = bucketGrid(query)
    const series = this.#parts.index.find(query.device, query.metric)
    return series === undefined ? [] : readPoints(this.#parts.reader, series.id, grid)
  }

  async latest(device: string): Promise<Map<string, { ts: number; value: number }>> {
    const kept = this.#parts.index.seriesOfDevice(device).filter(({ ts }) => ts !== Number.NEGATIVE_INFINITY)
    return new Map(kept.map(({ metric, ts, value }) => [metric, { ts, value }]))
  }

  async *scan(scan: SeriesScan): AsyncIterable<Reading[]> {
    const { instance, index, valuesPerSlice } = this.#parts
    const connection = await instance.connect()
    try {
      yield* scanReadings({ connection, index, valuesPerSlice }, scan)
    } finally {
      connection.closeSync()
    }
  }

  async *scanColumns(scan: ColumnScan): AsyncIterable<ColumnSlice> {
    const { instance, index, valuesPerSlice } = this.#parts
    const connection = await instance.connect()
    try {
      yield* scanColumns({ connection, index, valuesPerSlice }, scan)
    } finally {
      connection.closeSync()
    }
  }

  count(): Promise<number> {
    return this.#queryNumber('SELECT count(*) FROM kept')
  }

  async extent(): Promise<{ first: number; last: number } | undefined> {
    const result = await this.#parts.reader.runAndReadAll('SELECT min(ts), max(ts) FROM kept')
    const [first = null, last = null] = result.getRows()[0] ?? []
    return first === null || last === null ? undefined : { first: Number(first), last: Number(last) }
  }

  deleteBefore(before: number, resolution: SeriesResolution = 'values'): Promise<number> {
    const day = floorToUnit(dayMs, before)
    return this.#writeMutex.runExclusive(async () => {
      const { writer, index } = this.#parts
      let deleted = 0
      await inTransaction(writer, async () => {
        if (resolution === 'values') await finalizeBefore(writer, day)
        for (const table of resolution === 'values' ? ['hot', 'cold'] : [resolution]) {
          const result = await writer.run(`DELETE FROM ${table} WHERE ts < $day`, { day: BigInt(day) })
          deleted += result.rowsChanged
        }
      })
      if (resolution === 'values') index.invalidateBefore(day)
      return deleted
    })
  }

  /** Between two writes, so that the copy has whole transactions and their cursor; reading goes on meanwhile. */
  copyTo(path: string): Promise<void> {
    return this.#writeMutex.runExclusive(async () => {
      await this.#parts.writer.run('CHECKPOINT')
      await copyLockedFile(this.#parts.path, path)
    })
  }

  close(): Promise<void> {
    return this.#writeMutex.runExclusive(async () => {
      const { instance, writer, reader } = this.#parts
      reader.closeSync()
      writer.closeSync()
      instance.closeSync()
    })
  }

  /** Move the hot values into a new sorted run. */
  async #compactIfDue(): Promise<void> {
    const { writer, maxHotRows } = this.#parts
    if ((await this.#queryNumber('SELECT count(*) FROM hot')) < maxHotRows) return
    await inTransaction(writer, async () => {
      await rollUpHotValues(writer)
      await writer.run('INSERT INTO cold SELECT * FROM hot ORDER BY series, ts')
      await writer.run('DELETE FROM hot')
    })
  }

  async #queryNumber(sql: string): Promise<number> {
    const result = await this.#parts.reader.runAndReadAll(sql)
    return Number(result.getRows()[0]?.[0])
  }
}
