import { afterAll, beforeAll, describe } from 'vitest'
import { type Influx, startInflux } from '../../../test/support/influx.ts'
import { findPart } from '../../../test/support/parts.ts'
import { describeSeries } from '../series.conformance.ts'
import { type InfluxApi, startInfluxApi } from './testing/api.ts'
import { openInfluxRig } from './testing/rig.ts'

const executable = findPart('influxd') ?? ''

describe.skipIf(executable === '')('a real InfluxDB 1', () => {
  let influx: Influx
  let stand2: InfluxApi
  beforeAll(async () => {
    influx = await startInflux(executable)
    stand2 = await startInfluxApi({ version: 2, behind: influx.url, token: 'secret' })
  })
  afterAll(async () => {
    await stand2.stop()
    await influx.stop()
  })

  describeSeries('InfluxDB', () => openInfluxRig({ url: influx.url }))
  describeSeries('InfluxDB behind the API of version 2, scanned in small parts,', () =>
    openInfluxRig({ url: stand2.url, token: 'secret', org: 'home', valuesPerSlice: 100 }),
  )
})
