import { setTimeout as sleep } from 'node:timers/promises'
import type { AcknowledgedMessages } from '../compare.ts'
import { Device } from './device.ts'
import { type FleetSize, generateFleetTraffic } from './device-traffic.ts'
import { OwnerPhone, type ReceivedNotice } from './phone.ts'

export interface FleetOptions {
  size: FleetSize
  /** Of the broker. */
  url: string
  /** How long it takes when nothing disturbs it, about, ms. */
  durationMs: number
  /** Whether devices do not hurry at the end. */
  keepsPace: boolean
  now: () => number
}

const pollIntervalMs = 200

/** All devices and the phones of their owners, from their first message on. */
export class Fleet {
  readonly #options: FleetOptions
  readonly #devices: readonly Device[]
  readonly #phones: readonly OwnerPhone[]
  readonly #publishInterval: { intervalMs: number }
  readonly #publishing: Promise<unknown>

  constructor(options: FleetOptions) {
    const { size, url, durationMs, now } = options
    this.#options = options
    const scripts = generateFleetTraffic(size)
    const owners = new Set(scripts.map(({ device }) => device.owner))
    this.#publishInterval = {
      intervalMs: durationMs / Math.max(...scripts.map(({ messages }) => messages.length)),
    }
    const device = { url, seed: size.seed, publishInterval: this.#publishInterval, now }
    this.#devices = scripts.map((script) => new Device({ ...device, traffic: script }))
    this.#phones = [...owners].map((owner) => new OwnerPhone(url, owner))
    this.#publishing = Promise.all(this.#devices.map((each) => each.run()))
  }

  /** The part of all messages that is acknowledged. */
  get acknowledgedShare(): number {
    const all = sum(this.#devices.map(({ traffic }) => traffic.messages.length))
    return sum(this.#devices.map(({ ackedAt }) => ackedAt.size)) / all
  }

  get receivedNotices(): ReceivedNotice[] {
    return this.#phones.flatMap(({ receivedNotices }) => receivedNotices)
  }

  get reconnects(): number {
    return sum(this.#devices.map(({ reconnects }) => reconnects))
  }

  /** Sends the rest without pauses, until all is acknowledged or nothing moves for so long. */
  async finish(stallTimeoutMs: number): Promise<void> {
    const { now } = this.#options
    if (!this.#options.keepsPace) this.#publishInterval.intervalMs = 0
    let [last, movedAt] = [-1, now()]
    while (this.acknowledgedShare < 1 && now() - movedAt < stallTimeoutMs) {
      if (this.acknowledgedShare !== last) [last, movedAt] = [this.acknowledgedShare, now()]
      await sleep(pollIntervalMs)
    }
  }

  /** What the devices were told is safe. */
  acknowledged(): AcknowledgedMessages {
    const messages = this.#devices.flatMap(({ traffic, ackedAt }) =>
      traffic.messages
        .filter((_, place) => ackedAt.has(place))
        .map((message) => ({ device: traffic.device.id, message })),
    )
    const readings = messages.flatMap(({ device, message }) =>
      message.type === 'readings' ? message.readings.map(({ ts, values }) => ({ device, ts, values })) : [],
    )
    const wrong = messages.flatMap(({ device, message }) =>
      message.type === 'wrong' ? [{ device, reason: message.reason, payload: message.payload }] : [],
    )
    return { readings: unique(readings, ({ device, ts }) => `${device} ${ts}`), invalid: wrong }
  }

  async close(): Promise<void> {
    for (const device of this.#devices) device.stop()
    await Promise.all([this.#publishing, ...this.#phones.map((phone) => phone.close())])
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function unique<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()]
}
