import { afterAll, beforeAll, describe } from 'vitest'
import { type Influx, startInflux } from '../../test/support/influx.ts'
import { findPart } from '../../test/support/parts.ts'
import { type InfluxSeriesOptions, openInfluxSeries } from './influx.ts'
import { describeSeries, type SeriesRig } from './series.conformance.ts'

const executable = findPart('influxd') ?? ''

describe.skipIf(executable === '')('InfluxDB 1', () => {
  let influx: Influx
  let databases = 0
  beforeAll(async () => {
    influx = await startInflux(executable)
  })
  afterAll(() => influx.stop())

  async function openRig(more: Partial<InfluxSeriesOptions> = {}): Promise<SeriesRig> {
    const options = { url: influx.url, bucket: `db${databases++}`, now: Date.now, ...more }
    let series = await openInfluxSeries(options)
    return {
      series,
      async reopen() {
        await series.close()
        series = await openInfluxSeries(options)
        return series
      },
      destroy: () => series.close(),
    }
  }

  describeSeries('InfluxDB', () => openRig())
  describeSeries('InfluxDB, scanned in small parts,', () => openRig({ valuesPerSlice: 100 }))
})
