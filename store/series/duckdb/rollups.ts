import { BIGINT, type DuckDBConnection, INTEGER } from '@duckdb/node-api'
import { dayMs, hourMs } from '../../../lib/time.ts'
import type { Grid, SeriesLevel, SeriesPoint } from '../series.ts'

type RollupLevel = Exclude<SeriesLevel, 'values'>

const units = { hours: hourMs, days: dayMs }
const levels = ['hours', 'days'] as const

/**
 * `hours` and `days` say what `cold` holds, or held before it was deleted; an hour that lies in several runs has several
 * rows. What is in `hot` is added when they are read. `closed` has the time before which nothing is added any more.
 * A file from before there were these gets them here.
 */
export async function prepareRollups(connection: DuckDBConnection): Promise<void> {
  await connection.run(`
    CREATE TABLE IF NOT EXISTS closed AS SELECT 0::BIGINT AS ts;
    CREATE TABLE IF NOT EXISTS hours AS ${rolledUp('hours', 'cold')};
    CREATE TABLE IF NOT EXISTS days AS ${rolledUp('days', 'cold')}`)
}

/** Adds the hot values to the hours and days. They are about to leave. */
export async function addHot(connection: DuckDBConnection, until = Number.MAX_SAFE_INTEGER): Promise<void> {
  for (const level of levels) {
    const values = `hot WHERE ts >= (SELECT ts FROM closed) AND ts < ${until}`
    await connection.run(`INSERT INTO ${level} ${rolledUp(level, values)} ORDER BY series, ts`)
  }
}

/** Makes the hours and days of the values in `late` anew from what `cold` holds now. */
export async function renew(connection: DuckDBConnection): Promise<void> {
  for (const level of levels) {
    const touched = `SELECT DISTINCT series, ${periodOf(level)} AS ts FROM late WHERE ts >= (SELECT ts FROM closed)`
    await connection.run(`
      DELETE FROM ${level} USING (${touched}) touched
      WHERE ${level}.series = touched.series AND ${level}.ts = touched.ts`)
    const values = `cold WHERE (series, ${periodOf(level)}) IN (${touched})`
    await connection.run(`INSERT INTO ${level} ${rolledUp(level, values)}`)
  }
}

/** Closes the time before `before`: its hours and days stay as they are. */
export async function close(connection: DuckDBConnection, before: number): Promise<void> {
  await addHot(connection, before)
  await connection.run('UPDATE closed SET ts = greatest(ts, $before)', { before: BigInt(before) })
}

export async function readPoints(
  connection: DuckDBConnection,
  series: number,
  { level, from, to, width }: Grid,
): Promise<SeriesPoint[]> {
  const result = await connection.runAndReadAll(
    `SELECT (ts - $from) // $width AS bucket, min(min), sum(sum) / sum(count), max(max), sum(count)
     FROM (${level === 'values' ? values : withHot(level)})
     WHERE series = $series AND ts >= $from AND ts < $to
     GROUP BY bucket ORDER BY bucket`,
    { series, from: BigInt(from), to: BigInt(to), width: BigInt(width) },
    { series: INTEGER, from: BIGINT, to: BIGINT, width: BIGINT },
  )
  return result.getRows().map((row) => {
    const [bucket = 0, min = 0, mean = 0, max = 0, count = 0] = row.map(Number)
    return { ts: from + bucket * width, min, mean, max, count }
  })
}

const asPoint = 'value AS min, value AS max, value AS sum, 1 AS count'
const values = `SELECT series, ts, ${asPoint} FROM kept`

function withHot(level: RollupLevel): string {
  return `
    FROM ${level} UNION ALL
    SELECT series, ts, ${asPoint} FROM hot WHERE ts >= (SELECT ts FROM closed)`
}

function rolledUp(level: RollupLevel, values: string): string {
  return `
    SELECT series, ${periodOf(level)} AS ts, min(value) AS min, max(value) AS max, sum(value) AS sum, count(*) AS count
    FROM ${values} GROUP BY ALL`
}

function periodOf(level: RollupLevel): string {
  return `ts // ${units[level]} * ${units[level]}`
}
