import type { Reading } from '../../../contract/reading.ts'
import type { SeriesScan, SeriesStore } from '../series.ts'

/** An empty store in a place of its own. */
export interface SeriesRig {
  series: SeriesStore
  /** Closes it and opens what it left behind. */
  reopen(): Promise<SeriesStore>
  destroy(): Promise<void>
}

export const always = { from: 0, to: 4_000_000_000_000 }

export async function scanned(series: SeriesStore, scan: SeriesScan = always): Promise<Reading[]> {
  const all: Reading[] = []
  for await (const batch of series.scan(scan)) all.push(...batch)
  return all
}
