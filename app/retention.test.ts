import { expect, it } from 'vitest'
import { openDuckDbSeries } from '../store/series/duckdb.ts'
import { startRetention } from './retention.ts'

it('deletes what is older than it is to be kept, and nothing where all is kept', async () => {
  const series = await openDuckDbSeries({ path: ':memory:' })
  const reading = (ts: number) => ({ device: 'd', ts, values: { m: 1 } })
  await series.write([reading(1_000), reading(2_000), reading(3_000)], 3)
  const errors: unknown[] = []
  const options = { series, now: () => 3_500, onError: (error: unknown) => errors.push(error) }

  await startRetention({ ...options, keepMs: null }).stop()
  expect(await series.count()).toBe(3)
  await startRetention({ ...options, keepMs: 1_500 }).stop()
  expect(await series.count()).toBe(2)
  expect(errors).toEqual([])
  await series.close()
})
