import { openDuckDbSeries } from '../duckdb/duckdb-series.ts'

/** Write reading after reading, two values each, to the given file, and print each acknowledged cursor. */
const [path = ''] = process.argv.slice(2)
const series = await openDuckDbSeries({ path, maxHotRows: 500 })
let cursor = await series.cursor()

while (true) {
  const next = cursor + 1 + (cursor % 200)
  const readings = []
  for (let n = cursor; n < next; n++)
    readings.push({ device: `device-${n % 7}`, ts: n, values: { n, level: n / 3 } })
  await series.write(readings, next)
  process.stdout.write(`${next}\n`)
  cursor = next
}
