import type { SeriesRig } from '../../testing/series-rig.ts'
import { type InfluxSeriesOptions, openInfluxSeries } from '../influx-series.ts'

let databases = 0

/** A store in a database of its own. */
export async function openInfluxRig(
  more: Partial<InfluxSeriesOptions> & { url: string },
): Promise<SeriesRig & { bucket: string }> {
  const bucket = `series-${databases++}`
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
