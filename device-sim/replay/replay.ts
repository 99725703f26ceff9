import { setTimeout as sleep } from 'node:timers/promises'
import { type Topics, topics } from '../../contract/topics.ts'
import { dayMs } from '../../lib/time.ts'
import { DeviceClient } from '../mqtt/device-client.ts'
import { OutageLogger } from '../mqtt/outage-logger.ts'
import { readMap } from './map-file.ts'
import type { RecordedReading } from './map-row.ts'
import { type Recording, readRecording, type UnreadableRow } from './recording.ts'

export interface ReplayOptions {
  /** CSV files. */
  files: readonly string[]
  /** The map file that describes their columns. */
  map: string
  url: string
  /** Topic prefix, such as `pm/v1`. */
  prefix: string
  now: () => number
  /** Recorded seconds per second; without it as fast as messages are acknowledged. */
  speed?: number
  log(line: string): void
  onProgress?(progress: ReplayProgress): void
  signal: AbortSignal
}

interface ReplayProgress {
  /** Time of the newest published reading, ms. */
  recorded: number
  acked: number
  readings: number
}

export interface ReplayReport {
  /** Devices that were announced. */
  units: number
  rows: number
  /** Rows left out by conditions of the map. */
  skippedRows: number
  unreadableRows: number
  /** The first hundred of them. */
  unreadable: UnreadableRow[]
  /** Readings in the remaining rows. */
  readings: number
  published: number
  acked: number
}

const maxParallelConnects = 50
const maxSliceReadings = 400
const maxReportedUnreadableRows = 100

/**
 * Publish recorded data as if the devices sent it: one client for each unit, QoS 1, in order of time over all units. It
 * sends no sequence numbers, so replaying the same recording twice sends duplicates by time.
 *
 * @throws ReplayMapError when the map is invalid or does not fit the files
 */
export async function runReplay(options: ReplayOptions): Promise<ReplayReport> {
  const { files, map, now } = options
  const mapFile = await readMap(map)
  const recording = await readRecording(files, mapFile, now())
  return new Replay(options, mapFile.map.kind, recording).run()
}

class Replay {
  readonly #options: ReplayOptions
  readonly #kind: string
  readonly #recording: Recording
  readonly #topics: Topics
  readonly #clients = new Map<string, DeviceClient>()
  #published = 0
  #acked = 0

  constructor(options: ReplayOptions, kind: string, recording: Recording) {
    this.#options = options
    this.#kind = kind
    this.#recording = recording
    this.#topics = topics(options.prefix)
  }

  async run(): Promise<ReplayReport> {
    const { signal } = this.#options
    const close = () => this.#close()
    signal.addEventListener('abort', close)
    try {
      await this.#connect()
      await this.#publishAll()
    } finally {
      signal.removeEventListener('abort', close)
      await this.#close()
    }
    return this.#report()
  }

  async #connect(): Promise<void> {
    const first = new Map(this.#recording.readings.toReversed().map((reading) => [reading.device, reading]))
    const units = [...first.values()].toReversed()
    const connectivity = new OutageLogger(this.#options.log)
    for (let start = 0; start < units.length && !this.#options.signal.aborted; start += maxParallelConnects) {
      const joining = units.slice(start, start + maxParallelConnects).map(({ device: id, model, owner }) => {
        const device = { id, kind: this.#kind, ...(model && { model }), ...(owner && { owner }) }
        const client = new DeviceClient({
          url: this.#options.url,
          topics: this.#topics,
          device,
          connectionListener: connectivity,
        })
        this.#clients.set(id, client)
        return client.ready
      })
      await Promise.all(joining)
    }
  }

  async #publishAll(): Promise<void> {
    const { readings } = this.#recording
    const { signal, now, speed, onProgress } = this.#options
    const startedAt = now()
    let done = 0
    while (done < readings.length && !signal.aborted) {
      const played = speed === undefined ? Infinity : (now() - startedAt) * speed
      const slice = this.#sliceFrom(done, (readings[0]?.ts ?? 0) + played)
      if (slice.length === 0) {
        await sleep(50)
        continue
      }
      await Promise.all(slice.map((reading) => this.#publish(reading)))
      done += slice.length
      onProgress?.({ recorded: slice.at(-1)?.ts ?? 0, acked: this.#acked, readings: readings.length })
    }
  }

  /** Return the readings to publish next: of one recorded day, so that the units stay together. */
  #sliceFrom(done: number, due: number): RecordedReading[] {
    const { readings } = this.#recording
    const end = Math.min(due, (readings[done]?.ts ?? 0) + dayMs - 1)
    return readings.slice(done, done + maxSliceReadings).filter(({ ts }) => ts <= end)
  }

  async #publish({ device, ts, values }: RecordedReading): Promise<void> {
    const client = this.#clients.get(device)
    if (client === undefined) return
    this.#published += 1
    const delivery = await client.publish(this.#topics.telemetry(device), JSON.stringify({ ts, values }))
    if (delivery === 'acked') this.#acked += 1
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()))
  }

  #report(): ReplayReport {
    const { rows, skippedRows, unreadable, readings } = this.#recording
    return {
      units: this.#clients.size,
      rows,
      skippedRows,
      unreadableRows: unreadable.length,
      unreadable: unreadable.slice(0, maxReportedUnreadableRows),
      readings: readings.length,
      published: this.#published,
      acked: this.#acked,
    }
  }
}
