import { expect, it } from 'vitest'
import { dayMs } from '../../lib/time.ts'
import { openDuckDbSeries } from '../../store/series/duckdb/duckdb-series.ts'
import { startRetention } from './retention.ts'

it('deletes of each level what is older than it is to be kept', async () => {
  const series = await openDuckDbSeries({ path: ':memory:' })
  const reading = (day: number) => ({ device: 'd', ts: day * dayMs, values: { m: 1 } })
  await series.write([reading(1), reading(2), reading(3)], 3)
  const query = { device: 'd', metric: 'm', from: 0, to: 4 * dayMs }
  const left = async () => {
    const [values, hours, days] = [10_000, 96, 4].map((points) => series.query({ ...query, points }))
    return Promise.all([values, hours, days].map(async (points) => (await points)?.length))
  }
  const errors: unknown[] = []
  const options = { series, now: () => 3.5 * dayMs, onError: (error: unknown) => errors.push(error) }

  await startRetention({ ...options, retentionMs: { values: null, hours: null, days: null } }).stop()
  expect(await left()).toEqual([3, 3, 3])
  await startRetention({
    ...options,
    retentionMs: { values: dayMs / 2, hours: 1.5 * dayMs, days: null },
  }).stop()
  expect(await left()).toEqual([1, 2, 3])
  expect(errors).toEqual([])
  await series.close()
})
