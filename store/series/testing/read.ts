import { openDuckDbSeries } from '../duckdb/duckdb-series.ts'

/** Open a file for reading and print the number of its values. */
const [, , path = ''] = process.argv
const series = await openDuckDbSeries({ path, readOnly: true })
process.stdout.write(`${await series.count()}\n`)
await series.close()
