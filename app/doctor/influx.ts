import { errorMessage } from '../../lib/error-message.ts'
import { connectInflux, type InfluxOptions } from '../../store/series/influx/client.ts'
import { findMissingResource } from '../../store/series/influx/provision.ts'
import { connectionFailure, type DoctorCheck, ok, warn } from './check.ts'

const NAME = 'influxdb'
const TIMEOUT_MS = 5_000

/** Check that InfluxDB is available, accepts the token, and has what Forewarn needs or can create it. */
export async function checkInflux(options: InfluxOptions): Promise<DoctorCheck> {
  try {
    const server = await connectInflux({ ...options, timeoutMs: TIMEOUT_MS })
    try {
      const missing = await findMissingResource(server)
      const answers = `${server.address} answers, InfluxDB ${server.version}`
      if (missing === undefined) return ok(NAME, `${answers}, ${server.bucket} is there`)
      const { description, command } = missing
      return warn(
        NAME,
        `${answers}, but ${description} is not there yet; the first start makes it`,
        `start Forewarn, or: ${command}`,
      )
    } finally {
      server.close()
    }
  } catch (error) {
    const remedy = 'start InfluxDB, or correct INFLUX_URL, INFLUX_TOKEN, INFLUX_ORG and INFLUX_BUCKET'
    return connectionFailure(error, NAME, { detail: errorMessage(error), remedy })
  }
}
