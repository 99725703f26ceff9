import { BIGINT, type DuckDBConnection, INTEGER } from '@duckdb/node-api'
import { dayMs, hourMs } from '../../../lib/time.ts'
import type { BucketGrid, SeriesPoint, SeriesResolution } from '../series.ts'

type RollupResolution = Exclude<SeriesResolution, 'values'>

const periodMs = { hours: hourMs, days: dayMs }
const rollupResolutions = ['hours', 'days'] as const

/**
 * Create the rollup tables. `hours` and `days` aggregate what `cold` holds, or held before it was deleted; an hour in
 * several runs has several rows. Values in `hot` are added on reading. `closed` has the time before which nothing is
 * added any more. A file of an older version without rollups gets them here.
 */
export async function prepareRollups(connection: DuckDBConnection): Promise<void> {
  await connection.run(`
    CREATE TABLE IF NOT EXISTS closed AS SELECT 0::BIGINT AS ts;
    CREATE TABLE IF NOT EXISTS hours AS ${rollupQuery('hours', 'cold')};
    CREATE TABLE IF NOT EXISTS days AS ${rollupQuery('days', 'cold')}`)
}

/** Add the hot values to the hours and days, before they move to `cold`. */
export async function rollUpHotValues(
  connection: DuckDBConnection,
  until = Number.MAX_SAFE_INTEGER,
): Promise<void> {
  for (const level of rollupResolutions) {
    const values = `hot WHERE ts >= (SELECT ts FROM closed) AND ts < ${until}`
    await connection.run(`INSERT INTO ${level} ${rollupQuery(level, values)} ORDER BY series, ts`)
  }
}

/** Compute the hours and days of the values in `late` again from the current content of `cold`. */
export async function recomputeLateRollups(connection: DuckDBConnection): Promise<void> {
  for (const level of rollupResolutions) {
    const touched = `SELECT DISTINCT series, ${periodStartExpression(level)} AS ts FROM late WHERE ts >= (SELECT ts FROM closed)`
    await connection.run(`
      DELETE FROM ${level} USING (${touched}) touched
      WHERE ${level}.series = touched.series AND ${level}.ts = touched.ts`)
    const values = `cold WHERE (series, ${periodStartExpression(level)}) IN (${touched})`
    await connection.run(`INSERT INTO ${level} ${rollupQuery(level, values)}`)
  }
}

/** Close the time before `before`: its hours and days no longer change. */
export async function finalizeBefore(connection: DuckDBConnection, before: number): Promise<void> {
  await rollUpHotValues(connection, before)
  await connection.run('UPDATE closed SET ts = greatest(ts, $before)', { before: BigInt(before) })
}

export async function readPoints(
  connection: DuckDBConnection,
  series: number,
  { resolution, from, to, widthMs }: BucketGrid,
): Promise<SeriesPoint[]> {
  const result = await connection.runAndReadAll(
    `SELECT (ts - $from) // $width AS bucket, min(min), sum(sum) / sum(count), max(max), sum(count)
     FROM (${resolution === 'values' ? rawValuesQuery : rollupsWithHotQuery(resolution)})
     WHERE series = $series AND ts >= $from AND ts < $to
     GROUP BY bucket ORDER BY bucket`,
    { series, from: BigInt(from), to: BigInt(to), width: BigInt(widthMs) },
    { series: INTEGER, from: BIGINT, to: BIGINT, width: BIGINT },
  )
  return result.getRows().map((row) => {
    const [bucket = 0, min = 0, mean = 0, max = 0, count = 0] = row.map(Number)
    return { ts: from + bucket * widthMs, min, mean, max, count }
  })
}

const valueAsRollup = 'value AS min, value AS max, value AS sum, 1 AS count'
const rawValuesQuery = `SELECT series, ts, ${valueAsRollup} FROM kept`

function rollupsWithHotQuery(level: RollupResolution): string {
  return `
    FROM ${level} UNION ALL
    SELECT series, ts, ${valueAsRollup} FROM hot WHERE ts >= (SELECT ts FROM closed)`
}

function rollupQuery(level: RollupResolution, values: string): string {
  return `
    SELECT series, ${periodStartExpression(level)} AS ts, min(value) AS min, max(value) AS max, sum(value) AS sum, count(*) AS count
    FROM ${values} GROUP BY ALL`
}

function periodStartExpression(level: RollupResolution): string {
  return `ts // ${periodMs[level]} * ${periodMs[level]}`
}
