import { BIGINT, DOUBLE, type DuckDBConnection, DuckDBDataChunk, INTEGER } from '@duckdb/node-api'
import { EventLoopTurn } from '../../../lib/event-loop-turn.ts'
import type { StoredPosition } from '../../journal/history/locate-position.ts'
import { SeriesNewerError, seriesFormat } from '../series.ts'
import { type Series, SeriesIndex, type ValueRow } from '../series-index.ts'
import { prepareRollups, recomputeLateRollups } from './rollups.ts'

/**
 * Schema: `hot` has the newest values in order of arrival. `cold` has the others in runs, each sorted by (series, ts),
 * so that the values of a series are adjacent and DuckDB's zone maps (minimum and maximum of each block) select the
 * blocks to read. Each (series, ts) is at most once in the two tables together.
 */
const schema = `
  CREATE TABLE IF NOT EXISTS series (id INTEGER, device VARCHAR, metric VARCHAR);
  CREATE TABLE IF NOT EXISTS hot (series INTEGER, ts BIGINT, value DOUBLE);
  CREATE TABLE IF NOT EXISTS cold (series INTEGER, ts BIGINT, value DOUBLE);
  CREATE OR REPLACE VIEW kept AS SELECT * FROM hot UNION ALL SELECT * FROM cold;
  CREATE TABLE IF NOT EXISTS progress (cursor BIGINT);
  ALTER TABLE progress ADD COLUMN IF NOT EXISTS partition INTEGER DEFAULT 0;
  ALTER TABLE progress ADD COLUMN IF NOT EXISTS history VARCHAR DEFAULT '';
  CREATE TABLE IF NOT EXISTS format AS SELECT ${seriesFormat}::INTEGER AS version;
  CREATE TEMP TABLE late (series INTEGER, ts BIGINT, value DOUBLE);
`

/** Check the format of the file before anything in it is changed. @throws SeriesNewerError */
export async function checkFormat(connection: DuckDBConnection, path: string): Promise<void> {
  const tables = await connection.runAndReadAll(`SELECT 1 FROM duckdb_tables() WHERE table_name = 'format'`)
  if (tables.getRows().length === 0) return
  const result = await connection.runAndReadAll('SELECT max(version) FROM format')
  const version = Number(result.getRows()[0]?.[0])
  if (version > seriesFormat) throw new SeriesNewerError(path, version)
}

export async function prepareTables(connection: DuckDBConnection): Promise<void> {
  await inTransaction(connection, async () => {
    await connection.run(schema)
    await prepareRollups(connection)
  })
}

export async function loadIndex(connection: DuckDBConnection): Promise<SeriesIndex> {
  const index = new SeriesIndex()
  const result = await connection.runAndReadAll(`
    SELECT id, device, metric, newest.ts, newest.value
    FROM series LEFT JOIN (SELECT series, max(ts) AS ts, arg_max(value, ts) AS value FROM kept GROUP BY series) newest
      ON newest.series = id`)
  for (const [id, device, metric, ts, value] of result.getRows()) {
    index.load({
      id: Number(id),
      device: String(device),
      metric: String(metric),
      ts: ts === null ? Number.NEGATIVE_INFINITY : Number(ts),
      value: Number(value),
      stored: true,
    })
  }
  return index
}

/** Return the journal's offset up to which all entries of a partition are in the tables. */
export async function loadPosition(connection: DuckDBConnection, partition: number): Promise<StoredPosition> {
  const sql = 'SELECT max(cursor), arg_max(history, cursor) FROM progress WHERE partition = $partition'
  const result = await connection.runAndReadAll(sql, { partition })
  const [cursor, history] = result.getRows()[0] ?? []
  return { cursor: Number(cursor ?? 0), history: String(history ?? '') }
}

export async function savePosition(
  connection: DuckDBConnection,
  { cursor, history }: StoredPosition,
  partition: number,
): Promise<void> {
  const values = { cursor: BigInt(cursor), history, partition }
  const known = await connection.run(
    'UPDATE progress SET cursor = $cursor, history = $history WHERE partition = $partition',
    values,
  )
  if (known.rowsChanged > 0) return
  await connection.run(
    'INSERT INTO progress (cursor, history, partition) VALUES ($cursor, $history, $partition)',
    values,
  )
}

/** Run `work` in one transaction, which is rolled back when it fails. */
export async function inTransaction(connection: DuckDBConnection, work: () => Promise<void>): Promise<void> {
  await connection.run('BEGIN')
  try {
    await work()
  } catch (error) {
    await connection.run('ROLLBACK')
    throw error
  }
  await connection.run('COMMIT')
}

const rowsPerChunk = 2048

export async function appendRows(
  connection: DuckDBConnection,
  table: 'hot' | 'late',
  rows: readonly ValueRow[],
): Promise<void> {
  const appender = await connection.createAppender(table, null, table === 'late' ? 'temp' : null)
  const chunk = DuckDBDataChunk.create([INTEGER, BIGINT, DOUBLE])
  const turn = new EventLoopTurn()
  for (let i = 0; i < rows.length; i += rowsPerChunk) {
    if (turn.isOver) await turn.next()
    const part = rows.slice(i, i + rowsPerChunk)
    chunk.setColumns([
      part.map(({ series }) => series.id),
      part.map(({ ts }) => BigInt(ts)),
      part.map(({ value }) => value),
    ])
    appender.appendDataChunk(chunk)
  }
  appender.closeSync()
}

export async function insertSeries(connection: DuckDBConnection, added: Iterable<Series>): Promise<void> {
  const appender = await connection.createAppender('series')
  for (const { id, device, metric } of added) {
    appender.appendInteger(id)
    appender.appendVarchar(device)
    appender.appendVarchar(metric)
    appender.endRow()
  }
  appender.closeSync()
}

/** Delete the values that the rows replace. */
export async function deleteReplacedRows(
  connection: DuckDBConnection,
  late: readonly ValueRow[],
): Promise<void> {
  await appendRows(connection, 'late', late)
  const removeFrom = (table: string) =>
    connection.run(`
      DELETE FROM ${table} USING late WHERE ${table}.series = late.series AND ${table}.ts = late.ts`)
  await removeFrom('hot')
  const { rowsChanged } = await removeFrom('cold')
  if (rowsChanged > 0) await recomputeLateRollups(connection)
  await connection.run('DELETE FROM late')
}
