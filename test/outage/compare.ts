import { servedHistory } from '../../evaluation/backtest/served-history.ts'

/** Device → time of a reading, ms → number of its values. */
export type Readings = ReadonlyMap<string, ReadonlyMap<number, number>>

export interface Comparison {
  acknowledged: number
  /** Acknowledged readings that are not in the series, or not with all their values. */
  lost: number
  /** Those that are. */
  found: number
  /** Some of the lost ones: the device, and the time of the reading. */
  missing: string[]
}

const mostNamed = 10

/** Looks for all that was acknowledged among what a running program has stored. */
export async function compareWithStored(acknowledged: Readings, httpUrl: string): Promise<Comparison> {
  const expected = [...acknowledged.values()].reduce((total, times) => total + times.size, 0)
  const history = await servedHistory(httpUrl)
  const left = new Map([...acknowledged].map(([device, times]) => [device, new Map(times)]))
  let found = 0
  for await (const readings of history.readings({ from: 0, to: Date.now() })) {
    for (const { device, ts, values } of readings) {
      const count = left.get(device)?.get(ts)
      if (count === undefined || Object.keys(values).length < count) continue
      left.get(device)?.delete(ts)
      found += 1
    }
  }
  const missing = [...left].flatMap(([device, times]) =>
    [...times.keys()].map((ts) => `${device} at ${new Date(ts).toISOString()}`),
  )
  return { acknowledged: expected, found, lost: missing.length, missing: missing.slice(0, mostNamed) }
}
