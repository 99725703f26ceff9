import type { DuckDBResult } from '@duckdb/node-api'
import type { Reading } from '../../../contract/reading.ts'
import { ReadingAssembler } from '../reading-assembler.ts'
import type { SeriesScan } from '../series.ts'
import type { SeriesIndex } from '../series-index.ts'
import { createSelect, planSlices, type ScanContext, type SelectValues, type TimeRange } from './slices.ts'

const readingsPerBatch = 1_000

/** Size of a chunk of rows (series, ts, value), full or not. */
const bytesPerChunk = 2_048 * (4 + 8 + 8)

/**
 * Read readings in order of time, then device. Time is split into slices, each sorted separately while the previous one
 * is assembled; all of them read the same snapshot of the tables, that of the first slice.
 */
export async function* scanReadings(
  { connection, index, valuesPerSlice }: ScanContext,
  { from, to, devices }: SeriesScan,
): AsyncIterable<Reading[]> {
  const series = devices?.flatMap((device) => index.seriesOfDevice(device)).map(({ id }) => id)
  const select = createSelect(connection, series)
  await connection.run('BEGIN')
  const slices = await planSlices(select, { from, to }, valuesPerSlice)
  let sorting: Promise<DuckDBResult> | undefined
  try {
    for (const [i, slice] of slices.entries()) {
      const result = await (sorting ?? sortSlice(select, slice))
      const next = slices[i + 1]
      sorting = next && sortSlice(select, next)
      // An error of this slice is thrown when the slice is read.
      sorting?.catch(() => undefined)
      yield* assembleReadings(result, index)
    }
  } finally {
    // The reader may have stopped early.
    connection.interrupt()
    await Promise.allSettled([sorting])
  }
}

function sortSlice(select: SelectValues, slice: TimeRange): Promise<DuckDBResult> {
  // As doubles: a bigint for each value would cost more than the rest of the scan. Times are exact up to 2^53.
  return select('series, ts::DOUBLE, value', 'ORDER BY ts', slice)
}

/** Assemble readings from rows (series, ts, value) in order of time. */
async function* assembleReadings(result: DuckDBResult, index: SeriesIndex): AsyncIterable<Reading[]> {
  let batch: Reading[] = []
  const heapBallast: ArrayBuffer[] = []
  let assembler = new ReadingAssembler(Number.NEGATIVE_INFINITY)
  for await (const chunk of result) {
    heapBallast.push(allocateHeapBallast())
    const [ids = [], times = [], values = []] = chunk.getColumns()
    for (let row = 0; row < chunk.rowCount; row++) {
      const ts = times[row] as number
      if (ts !== assembler.ts) {
        assembler.drainInto(batch)
        assembler = new ReadingAssembler(ts)
      }
      const series = index.byId(ids[row] as number)
      if (series) assembler.add(series.device, series.metric, values[row] as number)
    }
    if (batch.length < readingsPerBatch) continue
    yield batch
    batch = []
  }
  assembler.drainInto(batch)
  if (batch.length > 0) yield batch
}

/**
 * Make V8 account for a chunk, which is outside of V8's heap and freed by a full collection that V8 has no reason to
 * start: a long scan would take gigabytes. A buffer of the same size triggers the collection; nothing is written to it,
 * so it takes no physical memory itself.
 */
function allocateHeapBallast(): ArrayBuffer {
  return new ArrayBuffer(bytesPerChunk)
}
