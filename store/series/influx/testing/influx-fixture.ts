import type { SeriesFixture } from '../../testing/series-fixture.ts'
import { type InfluxSeriesOptions, openInfluxSeries } from '../influx-series.ts'

let databaseCount = 0

/** A store in a separate database. */
export async function openInfluxFixture(
  more: Partial<InfluxSeriesOptions> & { url: string },
): Promise<SeriesFixture & { bucket: string }> {
  const bucket = `series-${databaseCount++}`
  const options = { bucket, now: Date.now, ...more }
  let series = await openInfluxSeries(options)
  return {
    bucket,
    series,
    async reopen() {
      await series.close()
      series = await openInfluxSeries(options)
      return series
    },
    destroy: () => series.close(),
  }
}
