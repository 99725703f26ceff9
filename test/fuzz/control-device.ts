import { connectAsync } from 'mqtt'
import { topics } from '../../contract/topics.ts'
import { dayMs } from '../../lib/time.ts'

const id = 'steady'
const names = topics('pm/v1')
/** A day apart from what fuzzing sends. */
const firstTs = Date.UTC(2025, 0, 1)
const ackTimeoutMs = 30_000

export interface ControlDevice {
  acknowledged(): number
  /** In words what a well-behaved device suffered; undefined when nothing. */
  stop(): Promise<string | undefined>
}

/** Publishes one reading after the other with QoS 1 and expects nothing but that each is acknowledged. */
export async function startControlDevice(mqttPort: number): Promise<ControlDevice> {
  const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { clientId: id, reconnectPeriod: 0 })
  let failure: string | undefined
  let acknowledged = 0
  let stopping = false
  client.on('close', () => {
    if (!stopping) failure ??= `its connection was closed after ${acknowledged} readings`
  })
  client.on('error', (error) => {
    failure ??= `${error.message} after ${acknowledged} readings`
  })
  await client.publishAsync(names.state(id), '{"state":"online","kind":"phone"}', { qos: 1, retain: true })
  const publishing = (async () => {
    while (!stopping && failure === undefined) {
      const reading = { ts: firstTs + acknowledged, values: { battery_health_pct: 80 } }
      const timer = setTimeout(() => {
        failure ??= `reading ${acknowledged} was not acknowledged within ${ackTimeoutMs / 1_000} s`
        client.stream.destroy()
      }, ackTimeoutMs)
      try {
        await client.publishAsync(names.telemetry(id), JSON.stringify(reading), { qos: 1 })
        acknowledged += 1
      } catch (error) {
        failure ??= String(error)
      } finally {
        clearTimeout(timer)
      }
    }
  })()
  return {
    acknowledged: () => acknowledged,
    async stop() {
      stopping = true
      await publishing
      await client.endAsync()
      return failure
    },
  }
}

/** How many readings of it are stored. */
export async function countStoredReadings(httpUrl: string): Promise<number> {
  const to = firstTs + dayMs
  const response = await fetch(`${httpUrl}/api/readings?device=${id}&from=${firstTs}&to=${to}`)
  return (await response.text()).split('\n').filter((line) => line !== '').length
}
