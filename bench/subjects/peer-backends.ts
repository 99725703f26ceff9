import { setTimeout as sleep } from 'node:timers/promises'
import { connectAsync } from 'mqtt'
import { findExecutable } from '../../test/support/executables.ts'
import { type Influx, startInflux } from '../../test/support/influx.ts'
import { type Mosquitto, startMosquitto } from '../../test/support/mosquitto.ts'
import { devicePrefix } from '../load/load-connection.ts'
import { vacuumMetrics } from '../load/robot-vacuum.ts'
import { NotInstalledError, type StoredCount } from './subject.ts'

/** What peers store into: Debian's Mosquitto and InfluxDB. */
export interface PeerBackends {
  mosquitto: Mosquitto
  influx: Influx
  mqttPort: number
  pids: readonly number[]
  /** Count what InfluxDB has, and end both. */
  stop(): Promise<StoredCount>
}

/** The broker takes what comes, however much waits for its subscriber, and drops nothing. */
const mosquittoConfig = ['max_queued_messages 0', 'max_inflight_messages 1000', 'set_tcp_nodelay true']

const probeIntervalMs = 200
const settleMs = 500

/** @throws NotInstalledError */
export async function startPeerBackends(): Promise<PeerBackends> {
  const [mosquittoPath, influxPath] = [findExecutable('mosquitto'), findExecutable('influxd')]
  if (mosquittoPath === undefined) throw new NotInstalledError('mosquitto')
  if (influxPath === undefined) throw new NotInstalledError('influxd')
  const influx = await startInflux(influxPath)
  const mosquitto = await startMosquitto({ executable: mosquittoPath, config: mosquittoConfig })
  await query(influx.url, 'CREATE DATABASE bench')
  return {
    influx,
    mosquitto,
    mqttPort: Number(new URL(mosquitto.url).port),
    pids: [influx.pid() ?? 0, mosquitto.pid() ?? 0],
    async stop() {
      const readings = await countReadings(influx.url)
      await mosquitto.stop()
      await influx.stop()
      return { readings, where: 'the points in InfluxDB, by a query' }
    },
  }
}

/**
 * Publish readings of another device until one has passed: before its first subscription a broker drops messages.
 * @param written returns the number of readings written so far; rejects while the subject does not answer
 * @returns that number, to count from
 */
export async function waitUntilWriting(mqttUrl: string, written: () => Promise<number>): Promise<number> {
  const client = await connectAsync(mqttUrl, { clientId: 'probe' })
  for (let n = 0; (await written().catch(() => 0)) === 0; n++) {
    await client.publishAsync('pm/v1/devices/probe/telemetry', JSON.stringify({ ts: n, values: { n } }), {
      qos: 1,
    })
    await sleep(probeIntervalMs)
  }
  await client.endAsync()
  await sleep(settleMs)
  return written()
}

async function countReadings(url: string): Promise<number> {
  const counts = vacuumMetrics.map((metric) => `count(${metric})`).join(', ')
  const result = await query(
    url,
    `SELECT ${counts} FROM telemetry WHERE device =~ /^${devicePrefix}/`,
    'bench',
  )
  const [, ...values] = result.results?.[0]?.series?.[0]?.values?.[0] ?? [0, 0]
  return Math.min(...values)
}

interface QueryResult {
  results?: { series?: { values?: number[][] }[] }[]
}

async function query(url: string, q: string, db = ''): Promise<QueryResult> {
  const response = await fetch(`${url}/query?db=${db}`, { method: 'POST', body: new URLSearchParams({ q }) })
  if (!response.ok) throw new Error(`InfluxDB answered ${response.status} to ${q}: ${await response.text()}`)
  return (await response.json()) as QueryResult
}
