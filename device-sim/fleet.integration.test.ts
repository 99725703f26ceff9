import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { dayMs } from '../lib/time.ts'
import { findExecutable } from '../test/support/executables.ts'
import { type Mosquitto, startMosquitto } from '../test/support/mosquitto.ts'
import { runFleet } from './fleet.ts'
import type { FleetOptions } from './fleet-options.ts'
import { FleetStateError } from './fleet-state.ts'
import { readGroundTruth } from './ground-truth-file.ts'
import { generateFleet } from './household.ts'
import type { WireReading } from './uplink.ts'

const executable = findExecutable('mosquitto')
const until = Date.UTC(2026, 8, 30)
/** By the clock of a device that lost power. */
const isUnset = (ts: number) => ts < Date.UTC(2021, 0, 1)

describe.skipIf(!executable)('a simulated fleet at a real Mosquitto', () => {
  let broker: Mosquitto
  let listener: MqttClient
  let folder: string
  let prefix: string
  let readings: { device: string; reading: WireReading }[]
  let run = 0

  beforeAll(async () => {
    broker = await startMosquitto({ executable: executable ?? '', config: ['max_queued_messages 0'] })
    folder = await mkdtemp(join(tmpdir(), 'forewarn-fleet-'))
  })
  afterAll(async () => {
    await broker.stop()
    await rm(folder, { recursive: true })
  })
  beforeEach(async () => {
    run += 1
    prefix = `test/${run}`
    readings = []
    listener = await connectAsync(broker.url, {
      clientId: `listener-${run}`,
      clean: false,
      reconnectPeriod: 50,
    })
    listener.on('message', (topic, payload) => {
      const device = topic.split('/').at(-2) ?? ''
      for (const reading of [JSON.parse(payload.toString())].flat()) readings.push({ device, reading })
    })
    await listener.subscribeAsync(`${prefix}/devices/+/telemetry`, { qos: 1 })
  })
  afterEach(() => listener.endAsync(true))

  function options(more: Partial<FleetOptions>): FleetOptions {
    return {
      url: broker.url,
      prefix,
      devices: 8,
      days: 20,
      seed: 7,
      now: Date.now,
      until,
      log: () => {},
      signal: new AbortController().signal,
      ...more,
    }
  }
  const names = () => readings.map(({ device, reading }) => `${device}/${reading.boot}/${reading.seq}`)

  it('sends everything once, in simulated time, and writes its ground truth to a file', async () => {
    const truthFile = join(folder, 'truth.json')
    const fractions: number[] = []
    const report = await runFleet(
      options({ truthFile, onProgress: ({ fraction }) => fractions.push(fraction) }),
    )
    await vi.waitFor(() => expect(readings).toHaveLength(report.readings))
    expect(report).toMatchObject({
      devices: 8,
      simulatedUntil: until,
      from: until - 20 * dayMs,
      reconnects: 0,
    })
    expect(report.acked).toBe(report.published)
    const times = readings.map(({ reading }) => reading.ts)
    expect(Math.max(...times)).toBeLessThanOrEqual(until)
    expect(Math.min(...times.filter((ts) => !isUnset(ts)))).toBeGreaterThanOrEqual(report.from)
    expect(fractions.at(-1)).toBe(1)

    const truth = await readGroundTruth(truthFile)
    const injected = truth.devices.reduce((sum, device) => sum + device.injected.duplicateReadings, 0)
    expect(readings.length - new Set(names()).size).toBe(injected)
  })

  it('keeps the devices together in simulated time', async () => {
    await runFleet(options({ devices: 12 }))
    let newest = 0
    for (const { reading } of readings.filter((entry) => !entry.reading.hist && !isUnset(entry.reading.ts))) {
      expect(newest - reading.ts).toBeLessThan(2 * dayMs)
      newest = Math.max(newest, reading.ts)
    }
  })

  it('announces each device, retained, and publishes `lost` when it is switched off', async () => {
    const states = new Map<string, unknown[]>()
    const watcher = await connectAsync(broker.url)
    watcher.on('message', (topic, payload) => {
      const device = topic.split('/').at(-2) ?? ''
      states.set(device, [...(states.get(device) ?? []), JSON.parse(payload.toString())])
    })
    await watcher.subscribeAsync(`${prefix}/devices/+/state`)
    await runFleet(options({ days: 1, devices: 2 }))
    await vi.waitFor(() => expect([...states.values()].flat()).toHaveLength(4))
    const [phone] = generateFleet(7, 1)
    const { id: _, household: __, ...description } = phone ?? {}
    expect(states.get('phone-u-001')).toEqual([{ state: 'online', ...description }, { state: 'lost' }])
    await watcher.endAsync()
  })

  it('acknowledges notices with receipts, and counts duplicates', async () => {
    const receipts: string[] = []
    const desk = await connectAsync(broker.url)
    desk.on('message', (topic, payload) => {
      receipts.push(`${topic.split('/').at(-2)} ${JSON.parse(payload.toString()).status}`)
    })
    await desk.subscribeAsync(`${prefix}/users/+/notices/+/receipt`)
    const notify = (payload: string) =>
      desk.publishAsync(`${prefix}/users/u-001/notices`, payload, { qos: 1 })
    const report = await runFleet(
      options({
        days: 1,
        waitUntilDrained: async () => {
          await notify('{"id":"n1"}')
          await notify('{"id":"n2"}')
          await notify('no notice')
          // The last one: they arrive in order, and the receipts of this one are waited for.
          await notify('{"id":"n2"}')
          await vi.waitFor(() => expect(receipts).toHaveLength(6))
        },
      }),
    )
    expect(report).toMatchObject({
      noticesReceived: 2,
      duplicateNotices: 1,
      malformedNotices: 1,
      receiptsSent: 6,
      deliveries: { n1: 1, n2: 2 },
    })
    expect(receipts.slice(0, 2)).toEqual(['n1 delivered', 'n1 read'])
    await desk.endAsync()
  })

  it('resumes where it was stopped', async () => {
    const stateFile = join(folder, 'state.json')
    const stopping = new AbortController()
    const onProgress = ({ fraction }: { fraction: number }) => {
      if (fraction >= 0.4) stopping.abort()
    }
    const first = await runFleet(options({ stateFile, onProgress, signal: stopping.signal }))
    expect(first.simulatedUntil).toBeLessThan(until)
    const second = await runFleet(options({ stateFile, days: 3 }))
    const whole = await runFleet(options({ prefix: `${prefix}/whole` }))
    expect(second.from).toBe(first.from)
    expect(first.acked + second.acked).toBe(whole.acked)
    await vi.waitFor(() => expect(readings.length).toBeGreaterThanOrEqual(whole.readings))
    await expect(runFleet(options({ stateFile, seed: 8 }))).rejects.toThrow(FleetStateError)
    expect(JSON.parse(await readFile(stateFile, 'utf8')).seed).toBe(7)
  })

  it('loses nothing when the broker is unavailable for a while', async () => {
    const lines: string[] = []
    let restarted: Promise<void> | undefined
    const onProgress = ({ fraction }: { fraction: number }) => {
      if (fraction >= 0.5) restarted ??= broker.restart()
    }
    const report = await runFleet(options({ days: 40, onProgress, log: (line) => lines.push(line) }))
    await restarted
    expect(report.acked).toBe(report.published)
    expect(report.reconnects).toBeGreaterThanOrEqual(8)
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/has no connection/)
    expect(lines[1]).toBe('all devices are connected again')

    await vi.waitFor(() => expect(readings.length).toBeGreaterThanOrEqual(report.readings), 5000)
    const arrived = new Set(names())
    const baseline = await runFleet(options({ days: 40, devices: 8 }))
    await vi.waitFor(
      () => expect(readings.length).toBeGreaterThanOrEqual(report.readings + baseline.readings),
      5000,
    )
    expect(new Set(names())).toEqual(arrived)
  })

  it('continues in real time with heartbeats, never ahead of the clock, until it is stopped', async () => {
    const stopping = new AbortController()
    const running = runFleet(
      options({ live: true, days: 2, until: Date.now(), heartbeatMs: 100, signal: stopping.signal }),
    )
    await vi.waitFor(() => {
      const beats = readings.filter(({ reading }) => reading.seq === undefined)
      expect(beats.length).toBeGreaterThan(20)
    }, 10_000)
    stopping.abort()
    const report = await running
    expect(report.acked).toBe(report.published)
    expect(readings.every(({ reading }) => reading.ts <= Date.now())).toBe(true)
  })

  it('stops even when no broker responds', async () => {
    const stopping = new AbortController()
    const log = () => stopping.abort()
    const report = await runFleet(options({ url: 'mqtt://127.0.0.1:1', log, signal: stopping.signal }))
    expect(report).toMatchObject({ published: 0, simulatedUntil: until - 20 * dayMs })
  })
})
