import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { findExecutable } from '../../test/support/executables.ts'
import { type Mosquitto, startMosquitto } from '../../test/support/mosquitto.ts'
import { ReplayMapError } from './map-file.ts'
import { runReplay } from './replay.ts'

const executable = findExecutable('mosquitto')
const map = `
kind: phone
unit: { column: unit }
model: { column: model }
owner: { column: unit, prefix: u- }
time: { column: date }
metrics: { battery_health_pct: health }
`

describe.skipIf(!executable)('a replay at a real Mosquitto', () => {
  let broker: Mosquitto
  let listener: MqttClient
  let folder: string
  const heard: [string, unknown][] = []

  beforeAll(async () => {
    broker = await startMosquitto({ executable: executable ?? '' })
    folder = await mkdtemp(join(tmpdir(), 'forewarn-replay-'))
    listener = await connectAsync(broker.url)
    listener.on('message', (topic, payload) => heard.push([topic, JSON.parse(payload.toString())]))
    await listener.subscribeAsync('test/devices/#', { qos: 1 })
  })
  afterAll(async () => {
    await listener.endAsync(true)
    await broker.stop()
    await rm(folder, { recursive: true })
  })

  async function files(contents: Record<string, string>): Promise<string[]> {
    const paths = Object.entries({ 'map.yaml': map, ...contents }).map(
      ([name, text]) => [join(folder, name), text] as const,
    )
    for (const [path, text] of paths) await writeFile(path, text)
    return paths.map(([path]) => path)
  }
  const options = (paths: string[]) => ({
    map: paths[0] ?? '',
    files: paths.slice(1),
    url: broker.url,
    prefix: 'test',
    now: () => Date.UTC(2026, 10, 1),
    log: () => {},
    signal: new AbortController().signal,
  })

  it('announces each unit, publishes in order of time, and reports unreadable rows', async () => {
    const paths = await files({
      'a.csv': 'unit,model,date,health\na,X,2026-01-01,90\na,X,2026-03-01,88\na,X,soon,87\na,X\n',
      'b.csv': '\ufeffunit,model,date,health\nb,Y,2026-02-01,95\nb,Y,2026-02-02,"95\n',
    })
    const report = await runReplay(options(paths))
    expect(report).toMatchObject({
      units: 2,
      rows: 6,
      unreadableRows: 3,
      readings: 3,
      published: 3,
      acked: 3,
    })
    expect(report.unreadable).toMatchObject([
      { file: paths[1], line: 4, reason: expect.stringContaining('"soon" is not an ISO 8601 time') },
      { file: paths[1], line: 5, reason: 'it has 2 cells, the header 4' },
      { file: paths[2], line: 3 },
    ])
    await vi.waitFor(() => expect(heard).toHaveLength(7))
    expect(heard.filter(([topic]) => topic.endsWith('/telemetry'))).toEqual([
      ['test/devices/a/telemetry', { ts: Date.UTC(2026, 0, 1), values: { battery_health_pct: 90 } }],
      ['test/devices/b/telemetry', { ts: Date.UTC(2026, 1, 1), values: { battery_health_pct: 95 } }],
      ['test/devices/a/telemetry', { ts: Date.UTC(2026, 2, 1), values: { battery_health_pct: 88 } }],
    ])
    const states = heard.filter(([topic]) => topic === 'test/devices/a/state').map(([, state]) => state)
    expect(states).toEqual([{ state: 'online', kind: 'phone', model: 'X', owner: 'u-a' }, { state: 'lost' }])
  })

  it('keeps to a speed, and stops on request', async () => {
    const paths = await files({ 'a.csv': 'unit,model,date,health\na,X,2026-01-01,90\na,X,2026-03-01,88\n' })
    const stopping = new AbortController()
    const report = await runReplay({
      ...options(paths),
      speed: 3600,
      onProgress: () => stopping.abort(),
      signal: stopping.signal,
    })
    expect(report).toMatchObject({ readings: 2, published: 1, acked: 1 })
  })

  it('rejects a recording that lacks a column, and one that does not exist', async () => {
    const paths = await files({ 'a.csv': 'unit,model,day,health\na,X,2026-01-01,90\n' })
    await expect(runReplay(options(paths))).rejects.toThrow(ReplayMapError)
    await expect(runReplay(options([paths[0] ?? '', join(folder, 'none.csv')]))).rejects.toThrow(/ENOENT/)
  })
})
