import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { Reading } from '../../../contract/reading.ts'
import { dayMs } from '../../../lib/time.ts'
import { Serial } from '../serial.ts'
import {
  floorTo,
  gridOf,
  type SeriesLevel,
  type SeriesPoint,
  type SeriesQuery,
  type SeriesScan,
  type SeriesStore,
} from '../series.ts'
import type { SeriesIndex } from '../series-index.ts'
import { firstLook, openInstance } from './open.ts'
import { addHot, close, readPoints } from './rollups.ts'
import { scanReadings } from './scan.ts'
import {
  appendRows,
  deleteReplaced,
  insertSeries,
  loadCursor,
  loadIndex,
  prepareTables,
  saveCursor,
  transaction,
} from './tables.ts'

export interface DuckDbSeriesOptions {
  /** The file, made when missing; `:memory:` keeps nothing. */
  path: string
  /** How much memory DuckDB may take, e.g. `256MB`; what it sorts beyond that goes to disk. */
  memoryLimit?: string
  threads?: number
  /** How many values wait in order of arrival before they are sorted: about 4 ms of a query for each million. */
  hotRows?: number
  /** How many values a scan sorts at once; a million takes about 50 MB. */
  valuesPerSlice?: number
  /** For reading alone: what is there already. Several processes may then have it open. */
  readOnly?: boolean
}

/**
 * The series in one DuckDB file, for one process.
 * @throws SeriesLockedError when another process has it open
 * @throws SeriesDamagedError when the file is not whole
 */
export async function openDuckDbSeries(options: DuckDbSeriesOptions): Promise<SeriesStore> {
  const { path, memoryLimit = '256MB', threads = 2, hotRows = 1_000_000, valuesPerSlice = 200_000 } = options
  const instance = await openInstance(path, {
    memory_limit: memoryLimit,
    threads: String(threads),
    access_mode: options.readOnly ? 'READ_ONLY' : 'AUTOMATIC',
  })
  return firstLook(instance, path, async () => {
    const writer = await instance.connect()
    if (!options.readOnly) await prepareTables(writer)
    const reader = await instance.connect()
    const index = await loadIndex(reader)
    return new DuckDbSeries({ instance, writer, reader, index, hotRows, valuesPerSlice })
  })
}

interface Parts {
  instance: DuckDBInstance
  /** Only used by jobs that follow each other: one transaction at a time. */
  writer: DuckDBConnection
  reader: DuckDBConnection
  index: SeriesIndex
  hotRows: number
  valuesPerSlice: number
}

class DuckDbSeries implements SeriesStore {
  readonly #parts: Parts
  readonly #writes = new Serial()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  write(readings: readonly Reading[], cursor: number, partition = 0): Promise<void> {
    return this.#writes.run(async () => {
      const { writer, index } = this.#parts
      await this.#compactWhenDue()
      const { rows, late, added } = index.plan(readings)
      await transaction(writer, async () => {
        if (added.size > 0) await insertSeries(writer, added)
        if (late.length > 0) await deleteReplaced(writer, late)
        if (rows.length > 0) await appendRows(writer, 'hot', rows)
        await saveCursor(writer, cursor, partition)
      })
      index.written(rows)
    })
  }

  cursor(partition = 0): Promise<number> {
    return loadCursor(this.#parts.reader, partition)
  }

  async query(query: SeriesQuery): Promise<SeriesPoint[]> {
    const grid = gridOf(query)
    const series = this.#parts.index.find(query.device, query.metric)
    return series === undefined ? [] : readPoints(this.#parts.reader, series.id, grid)
  }

  async latest(device: string): Promise<Map<string, { ts: number; value: number }>> {
    const kept = this.#parts.index.ofDevice(device).filter(({ ts }) => ts !== Number.NEGATIVE_INFINITY)
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

  count(): Promise<number> {
    return this.#number('SELECT count(*) FROM kept')
  }

  async extent(): Promise<{ first: number; last: number } | undefined> {
    const result = await this.#parts.reader.runAndReadAll('SELECT min(ts), max(ts) FROM kept')
    const [first = null, last = null] = result.getRows()[0] ?? []
    return first === null || last === null ? undefined : { first: Number(first), last: Number(last) }
  }

  deleteBefore(before: number, level: SeriesLevel = 'values'): Promise<number> {
    const day = floorTo(dayMs, before)
    return this.#writes.run(async () => {
      const { writer, index } = this.#parts
      let deleted = 0
      await transaction(writer, async () => {
        if (level === 'values') await close(writer, day)
        for (const table of level === 'values' ? ['hot', 'cold'] : [level]) {
          const result = await writer.run(`DELETE FROM ${table} WHERE ts < $day`, { day: BigInt(day) })
          deleted += result.rowsChanged
        }
      })
      if (level === 'values') index.forgetBefore(day)
      return deleted
    })
  }

  close(): Promise<void> {
    return this.#writes.run(async () => {
      const { instance, writer, reader } = this.#parts
      reader.closeSync()
      writer.closeSync()
      instance.closeSync()
    })
  }

  /** Moves the hot values into a new sorted run. */
  async #compactWhenDue(): Promise<void> {
    const { writer, hotRows } = this.#parts
    if ((await this.#number('SELECT count(*) FROM hot')) < hotRows) return
    await transaction(writer, async () => {
      await addHot(writer)
      await writer.run('INSERT INTO cold SELECT * FROM hot ORDER BY series, ts')
      await writer.run('DELETE FROM hot')
    })
  }

  async #number(sql: string): Promise<number> {
    const result = await this.#parts.reader.runAndReadAll(sql)
    return Number(result.getRows()[0]?.[0])
  }
}
