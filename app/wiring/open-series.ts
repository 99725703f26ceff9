import { join } from 'node:path'
import { openDuckDbSeries } from '../../store/series/duckdb/duckdb-series.ts'
import type { InfluxOptions } from '../../store/series/influx/client.ts'
import { openInfluxSeries } from '../../store/series/influx/influx-series.ts'
import type { SeriesStore } from '../../store/series/series.ts'
import type { Settings } from '../settings/schema.ts'

/**
 * Open the series by the settings: in InfluxDB, or in a file of the data folder. With roles, other processes write to the
 * InfluxDB, too.
 */
export function openSeries(settings: Settings, monotonicNow: () => number): Promise<SeriesStore> {
  const influx = influxOptionsFrom(settings)
  const isShared = settings.roles.length > 0
  if (influx !== undefined) return openInfluxSeries({ ...influx, now: monotonicNow, isShared })
  const { memory } = settings.series
  return openDuckDbSeries({ path: join(settings.dataDir, 'series.duckdb'), memoryBytes: memory })
}

/** Return the options of the InfluxDB in the settings, if any. */
export function influxOptionsFrom({ series }: Settings): InfluxOptions | undefined {
  const {
    influxUrl: url,
    influxToken: token,
    influxOrg: org,
    influxBucket: bucket,
    influxVersion: version,
  } = series
  if (url === undefined) return undefined
  return {
    url,
    bucket,
    ...(token !== undefined && { token }),
    ...(org !== undefined && { org }),
    ...(version !== undefined && { version }),
  }
}
