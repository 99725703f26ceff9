import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { expect, it, onTestFinished } from 'vitest'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import { openDuckDbSeries } from '../../store/series/duckdb/duckdb-series.ts'
import { freePort } from '../support/ports.ts'
import { eventually, Program } from '../support/program.ts'

const devices = 10
const readingsEach = 1_500
const inFlight = 20
const kills = 4

/** Publishes readings one after another, some at once, until all are acknowledged, over whatever happens. */
class Device {
  readonly acked = new Set<number>()
  readonly #id: string
  readonly #client: MqttClient
  readonly #firstTs = Date.now() - readingsEach

  constructor(id: string, client: MqttClient) {
    this.#id = id
    this.#client = client
  }

  async flood(): Promise<void> {
    const topic = `pm/v1/devices/${this.#id}`
    const announcement = JSON.stringify({ state: 'online', kind: 'phone', owner: 'u-1' })
    await this.#client.publishAsync(`${topic}/state`, announcement, { qos: 1, retain: true })
    let seq = 0
    const sender = async () => {
      while (seq < readingsEach) {
        const number = seq++
        const ts = this.#firstTs + number
        const reading = { ts, boot: 1, seq: number, values: { battery_cycles: number } }
        await this.#client.publishAsync(`${topic}/telemetry`, JSON.stringify(reading), { qos: 1 })
        this.acked.add(ts)
      }
    }
    await Promise.all(Array.from({ length: inFlight }, sender))
  }
}

/** Entries of the journal that are not in the series yet; undefined while the program does not answer. */
async function seriesLag(program: Program): Promise<number | undefined> {
  const [url] = /http:\/\/\S+:\d+/.exec(program.stderr) ?? []
  if (url === undefined) return undefined
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return Number(/consumer_lag_entries\{consumer="series"\} (\d+)/.exec(metrics)?.[1])
}

it(`keeps every acknowledged reading exactly once over ${kills} kills in a flood`, {
  timeout: 120_000,
}, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'forewarn-flood-'))
  const port = await freePort()
  const env = { FOREWARN_DATA_DIR: dataDir, FOREWARN_MQTT_PORT: String(port), FOREWARN_HTTP_PORT: '0' }
  let program = new Program(['up'], env)
  const clients: MqttClient[] = []
  onTestFinished(async () => {
    await Promise.all(clients.map((client) => client.endAsync(true)))
    await program.terminate('SIGKILL')
    await rm(dataDir, { recursive: true, force: true })
  })
  await eventually(async () => program.stderr.includes('devices publish to') || undefined)

  const fleet = await Promise.all(
    Array.from({ length: devices }, async (_, index) => {
      const clientId = `phone-${index}`
      const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { clientId, reconnectPeriod: 100 })
      // What a killed broker does to a connection is what this test is about.
      client.on('error', () => undefined)
      clients.push(client)
      return new Device(clientId, client)
    }),
  )
  const ackedSoFar = () => fleet.reduce((sum, { acked }) => sum + acked.size, 0)
  const flooding = Promise.all(fleet.map((device) => device.flood()))

  for (let kill = 1; kill <= kills; kill++) {
    const moment = Math.floor((devices * readingsEach * kill) / (kills + 2))
    await eventually(async () => ackedSoFar() >= moment || undefined)
    await program.terminate('SIGKILL')
    program = new Program(['up'], env)
  }
  await flooding
  await eventually(async () => (await seriesLag(program)) === 0 || undefined)
  const { code } = await program.terminate('SIGTERM')
  expect(code).toBe(0)

  const journal = await openLmdbJournal({
    dir: join(dataDir, 'journal'),
    maxBytes: 2 ** 30,
    keepEntries: 100_000,
  })
  const tally = await journal.tally()
  const stored = new Map<string, number[]>()
  for await (const { entries } of journal.scan('telemetry', 0)) {
    for (const entry of entries) {
      if (entry.type !== 'reading') continue
      const { device, ts } = entry.reading
      const times = stored.get(device) ?? []
      times.push(ts)
      stored.set(device, times)
    }
  }
  await journal.close()
  const sent = devices * readingsEach
  for (const [index, { acked }] of fleet.entries()) {
    expect([...(stored.get(`phone-${index}`) ?? [])].sort()).toEqual([...acked].sort())
  }
  expect(tally.stored).toBe(sent)
  expect(tally.received).toBe(sent + (tally.duplicate ?? 0))

  const series = await openDuckDbSeries({ path: join(dataDir, 'series.duckdb') })
  const scanned = new Map<string, number>()
  for await (const readings of series.scan({ from: 0, to: Number.MAX_SAFE_INTEGER })) {
    for (const { device } of readings) scanned.set(device, (scanned.get(device) ?? 0) + 1)
  }
  expect(await series.count()).toBe(sent)
  await series.close()
  expect([...scanned.values()]).toEqual(Array.from({ length: devices }, () => readingsEach))
})
