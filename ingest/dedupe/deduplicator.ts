import type { EventEntry } from '../../contract/entry.ts'
import type { Reading } from '../../contract/reading.ts'
import { hashContent, hashWords } from './content-hash.ts'
import { ContentTable, type Familiarity, type HashedReading } from './content-table.ts'
import { MetricSets } from './metric-sets.ts'
import { createRecentKeys, type RecentKeysLimits } from './recent-keys.ts'

export interface DedupeLimits {
  /** Readings kept per device: at least half as many of the newest, which should be more than one message holds. */
  readingsPerDevice: number
  /** Readings of all devices; beyond that, devices that were not heard for long are evicted. */
  totalReadings: number
  events: RecentKeysLimits
}

export const defaultDedupeLimits: DedupeLimits = {
  readingsPerDevice: 3_072,
  totalReadings: 1_000_000,
  events: { keysPerDevice: 1_024, totalKeys: 200_000 },
}

/** Messages of a device whose readings are kept: half of them is more than one. With messages of 1,000, 2,048 slots are full. */
const messagesPerDevice = 3.072

/** Return the limits where a message may have so many readings: each device can send its last message again. */
export function dedupeLimitsFor(readingsPerMessage: number): DedupeLimits {
  return { ...defaultDedupeLimits, readingsPerDevice: Math.ceil(messagesPerDevice * readingsPerMessage) }
}

/**
 * Memory of stored readings, bounded per device. What was evicted counts as new: a reading stored twice does no
 * harm downstream, one that is dropped is lost.
 */
export interface Deduplicator {
  /**
   * Record a reading. `seen`: one with the same time, values, boot and sequence number was recorded; the order of the
   * metrics does not matter. `conflict`: another value of one of its metrics was recorded for its time. A reading without a
   * time of its own is recognised by boot and sequence number.
   */
  recordReading(reading: Reading): Familiarity
  /** Record an event, by (device, ts, event, component). */
  recordEvent(event: Pick<EventEntry, 'device' | 'ts' | 'event' | 'component'>): 'new' | 'seen'
  /** Forget a device, for when what was recorded could not be stored. */
  forget(device: string): void
}

/** Readings of one device in two generations: when the younger one is full, the older one is evicted. */
interface DeviceContents {
  younger: ContentTable
  older: ContentTable | undefined
  /** Used since the last eviction passed by. */
  isRecent: boolean
}

export function createDeduplicator(limits: DedupeLimits = defaultDedupeLimits): Deduplicator {
  return new ContentDeduplicator(limits)
}

class ContentDeduplicator implements Deduplicator {
  readonly #limits: DedupeLimits
  readonly #devices = new Map<string, DeviceContents>()
  readonly #metricSets = new MetricSets()
  readonly #events: ReturnType<typeof createRecentKeys>
  #total = 0

  constructor(limits: DedupeLimits) {
    this.#limits = limits
    this.#events = createRecentKeys(limits.events)
  }

  recordReading(reading: Reading): Familiarity {
    const hashed = hashReading(reading)
    const contents = this.#contentsOf(reading.device)
    contents.isRecent = true
    const answer = this.#find(contents, hashed)
    if (answer === 'seen') return answer
    this.#metricSets.add(hashed.names, reading.values)
    this.#add(contents, hashed)
    return isKnownByCounters(reading) ? 'new' : answer
  }

  recordEvent({ device, ts, event, component }: Parameters<Deduplicator['recordEvent']>[0]): 'new' | 'seen' {
    return this.#events.add(device, JSON.stringify([ts, event, component]))
  }

  forget(device: string): void {
    const contents = this.#devices.get(device)
    if (contents !== undefined) this.#total -= sizeOf(contents)
    this.#devices.delete(device)
    this.#events.forget(device)
  }

  #contentsOf(device: string): DeviceContents {
    const known = this.#devices.get(device)
    if (known !== undefined) return known
    const contents = { younger: new ContentTable(), older: undefined, isRecent: true }
    this.#devices.set(device, contents)
    return contents
  }

  #find({ younger, older }: DeviceContents, hashed: HashedReading): Familiarity {
    const answer = younger.find(hashed, this.#metricSets)
    if (answer === 'seen' || older === undefined) return answer
    const earlier = older.find(hashed, this.#metricSets)
    return earlier === 'new' ? answer : earlier
  }

  #add(contents: DeviceContents, hashed: HashedReading): void {
    if (contents.younger.size >= this.#limits.readingsPerDevice / 2) {
      this.#total -= contents.older?.size ?? 0
      contents.older = contents.younger
      contents.younger = new ContentTable()
    }
    contents.younger.add(hashed)
    this.#total += 1
    if (this.#total > this.#limits.totalReadings) this.#evictQuietDevices()
  }

  /** Second chance (Corbató 1968): a device used since the last pass goes to the end once more. */
  #evictQuietDevices(): void {
    for (const [device, contents] of this.#devices) {
      if (this.#total <= this.#limits.totalReadings) return
      this.#devices.delete(device)
      if (contents.isRecent) {
        contents.isRecent = false
        this.#devices.set(device, contents)
      } else this.#total -= sizeOf(contents)
    }
  }
}

function sizeOf({ younger, older }: DeviceContents): number {
  return younger.size + (older?.size ?? 0)
}

/** The time of receipt differs between two copies, so boot and sequence number stand in for it. */
function hashReading(reading: Reading): HashedReading {
  const { ts, boot, seq, values: metrics } = reading
  // Without spread syntax, which costs 2 µs here: this runs for each reading.
  const { content, values, names } = hashContent(reading)
  const time = isKnownByCounters(reading) ? hashWords(boot ?? 0, seq ?? 0) : ts
  return { content, values, names, time: time >>> 0, metrics }
}

function isKnownByCounters({ tsFrom, boot, seq }: Reading): boolean {
  return tsFrom === 'receipt' && boot !== undefined && seq !== undefined
}
