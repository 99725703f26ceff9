import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadSettings } from '../../app/settings/load.ts'
import { startForewarn } from '../../app/wiring/start-forewarn.ts'
import { type DemoFleet, runDemo } from '../../demo/demo.ts'
import { findExecutable } from '../support/executables.ts'
import { startInflux } from '../support/influx.ts'
import { startMosquitto } from '../support/mosquitto.ts'
import { startPostgres } from '../support/postgres.ts'
import { startRedis } from '../support/redis.ts'

const mosquitto = findExecutable('mosquitto')
const redis = findExecutable('redis-server')
const postgres = findExecutable('postgres')
const influxd = findExecutable('influxd')
const size: DemoFleet = { devices: 16, days: 60, seed: 5, like: 'easy', until: Date.UTC(2026, 6, 1) }

/** One run of the whole on the parts that the environment names, in this process. */
async function play(env: Record<string, string>) {
  const dataDir = await mkdtemp(join(tmpdir(), 'forewarn-parts-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const free = { FOREWARN_DATA_DIR: dataDir, FOREWARN_HTTP_PORT: '0', FOREWARN_MQTT_PORT: '0' }
  const { settings } = loadSettings({ env: { ...free, ...env }, cwd: dataDir })
  const errors: unknown[] = []
  const onError = (error: unknown, where: string) => errors.push({ where, error })
  const forewarn = await startForewarn({ settings, version: 'test', now: Date.now, onError })
  try {
    const stop = new AbortController().signal
    const result = await runDemo(size, { forewarn, dataDir, signal: stop, onProgress: () => undefined })
    const answer = await fetch(`${forewarn.httpUrl}/readyz`)
    return { result, ready: answer.status, errors }
  } finally {
    await forewarn.stop()
  }
}

describe.skipIf(!mosquitto || !redis || !postgres || !influxd)(
  'on Mosquitto, PostgreSQL, InfluxDB, and Redis for journal and queues',
  () => {
    it('finds, opens and tells the same as on the embedded parts', { timeout: 240_000 }, async () => {
      const broker = await startMosquitto({ executable: mosquitto ?? '' })
      onTestFinished(() => broker.stop())
      const database = await startPostgres(postgres ?? '')
      onTestFinished(() => database.stop())
      const memory = await startRedis(redis ?? '', { appendfsync: 'always' })
      onTestFinished(() => memory.stop())
      const influx = await startInflux(influxd ?? '')
      onTestFinished(() => influx.stop())

      const production = await play({
        MQTT_URL: broker.url,
        DATABASE_URL: database.url,
        REDIS_URL: memory.url,
        JOURNAL: 'redis',
        INFLUX_URL: influx.url,
      })
      expect(production.errors).toEqual([])
      expect(production.ready).toBe(200)
      expect(production.result.noticesDelivered).toBeGreaterThan(0)
      expect(production.result.duplicateNotices).toBe(0)

      const embedded = await play({})
      expect(embedded.errors).toEqual([])
      // A notice of a finding that is over by the time it would be sent is withdrawn, which depends on the queue's pace.
      const { noticesDelivered: _delivered, ...produced } = production.result
      const { noticesDelivered, ...expected } = embedded.result
      expect(noticesDelivered).toBeGreaterThan(0)
      expect(produced).toEqual(expected)
    })
  },
)
