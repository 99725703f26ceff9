import { servedHistory } from '../../rules/backtest/served-history.ts'

/** Device → time of a reading, ms → number of its values. */
export type Readings = ReadonlyMap<string, ReadonlyMap<number, number>>

export interface Comparison {
  acknowledged: number
  /** Acknowledged readings that are not in the series, or not with all their values. */
  lost: number
  /** Those that are. */
  found: number
}

/** Looks for all that was acknowledged among what a running program has stored. */
export async function compareWithStored(acknowledged: Readings, httpUrl: string): Promise<Comparison> {
  const expected = [...acknowledged.values()].reduce((total, times) => total + times.size, 0)
  const history = await servedHistory(httpUrl)
  let found = 0
  for await (const readings of history.readings({ from: 0, to: Date.now() })) {
    for (const { device, ts, values } of readings) {
      const count = acknowledged.get(device)?.get(ts)
      if (count !== undefined && Object.keys(values).length >= count) found += 1
    }
  }
  return { acknowledged: expected, found, lost: expected - found }
}
