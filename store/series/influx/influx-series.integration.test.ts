import { afterAll, beforeAll, describe } from 'vitest'
import { findExecutable } from '../../../test/support/executables.ts'
import { type Influx, startInflux } from '../../../test/support/influx.ts'
import { describeSeriesConformance } from '../series.conformance.ts'
import { type FakeInfluxApi, startFakeInfluxApi } from './testing/fake-influx-api.ts'
import { openInfluxFixture } from './testing/influx-fixture.ts'

const executable = findExecutable('influxd') ?? ''

describe.skipIf(executable === '')('a real InfluxDB 1', () => {
  let influx: Influx
  let stand2: FakeInfluxApi
  beforeAll(async () => {
    influx = await startInflux(executable)
    stand2 = await startFakeInfluxApi({ version: 2, backendUrl: influx.url, token: 'secret' })
  })
  afterAll(async () => {
    await stand2.stop()
    await influx.stop()
  })

  describeSeriesConformance('InfluxDB', () => openInfluxFixture({ url: influx.url }))
  describeSeriesConformance('InfluxDB behind the API of version 2, scanned in small parts,', () =>
    openInfluxFixture({ url: stand2.url, token: 'secret', org: 'home', valuesPerSlice: 100 }),
  )
})
