import { messageOf } from '../../lib/errors.ts'
import { connectInflux, type InfluxOptions } from '../../store/series/influx/server.ts'
import { findMissing } from '../../store/series/influx/setup.ts'
import { type Check, ok, unusable, warn } from './check.ts'

const NAME = 'influxdb'
const PATIENCE_MS = 5_000

/** Whether InfluxDB answers, lets us in, and has what Forewarn needs or would make. */
export async function checkInflux(options: InfluxOptions): Promise<Check> {
  try {
    const server = await connectInflux({ ...options, timeoutMs: PATIENCE_MS })
    try {
      const missing = await findMissing(server)
      const answers = `${server.where} answers, InfluxDB ${server.version}`
      if (missing === undefined) return ok(NAME, `${answers}, ${server.bucket} is there`)
      const { what, command } = missing
      return warn(
        NAME,
        `${answers}, but ${what} is not there yet; the first start makes it`,
        `start Forewarn, or: ${command}`,
      )
    } finally {
      server.close()
    }
  } catch (error) {
    const mend = 'start InfluxDB, or correct INFLUX_URL, INFLUX_TOKEN, INFLUX_ORG and INFLUX_BUCKET'
    return unusable(error, NAME, { detail: messageOf(error), mend })
  }
}
