import type { DuckDBResult } from '@duckdb/node-api'
import type { Reading } from '../journal/entry.ts'
import type { SeriesIndex } from './series-index.ts'

const readingsPerBatch = 1000

/** Puts rows (series, ts, value) in order of time together to readings in order of time, then device. */
export async function* readingsOf(result: DuckDBResult, index: SeriesIndex): AsyncIterable<Reading[]> {
  let batch: Reading[] = []
  let moment = new Map<string, Reading>()
  let now: number | undefined
  for await (const rows of result.yieldRows()) {
    for (const [id, time, value] of rows) {
      const ts = Number(time)
      if (ts !== now) {
        batch.push(...byDevice(moment))
        moment = new Map()
        now = ts
      }
      const series = index.byId(Number(id))
      if (series === undefined) continue
      const reading = moment.get(series.device) ?? { device: series.device, ts, values: {} }
      reading.values[series.metric] = Number(value)
      moment.set(series.device, reading)
    }
    if (batch.length < readingsPerBatch) continue
    yield batch
    batch = []
  }
  batch.push(...byDevice(moment))
  if (batch.length > 0) yield batch
}

function byDevice(moment: Map<string, Reading>): Reading[] {
  return [...moment.values()].sort((a, b) => (a.device < b.device ? -1 : 1))
}
