import type { Reading } from '../../../contract/reading.ts'
import type { SeriesScan, SeriesStore } from '../series.ts'

/** An empty store in a separate location. */
export interface SeriesFixture {
  series: SeriesStore
  /** Close the store and open it again on the same data. */
  reopen(): Promise<SeriesStore>
  destroy(): Promise<void>
}

export const fullRange = { from: 0, to: 4_000_000_000_000 }

export async function scanAll(series: SeriesStore, scan: SeriesScan = fullRange): Promise<Reading[]> {
  const all: Reading[] = []
  for await (const batch of series.scan(scan)) all.push(...batch)
  return all
}
