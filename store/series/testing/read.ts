import { openDuckDbSeries } from '../duckdb/duckdb-series.ts'

/** Opens a file for reading and tells how many values it has. */
const [, , path = ''] = process.argv
const series = await openDuckDbSeries({ path, readOnly: true })
process.stdout.write(`${await series.count()}\n`)
await series.close()
