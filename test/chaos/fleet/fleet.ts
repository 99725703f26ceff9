import { setTimeout as sleep } from 'node:timers/promises'
import type { Acknowledged } from '../compare.ts'
import { Device } from './device.ts'
import { type FleetSize, fleetScripts } from './messages.ts'
import { type Heard, Phone } from './phone.ts'

export interface FleetOptions {
  size: FleetSize
  /** Of the broker. */
  url: string
  /** How long it takes when nothing disturbs it, about, ms. */
  durationMs: number
  now: () => number
}

const everyMs = 200

/** All devices and the phones of their owners, from their first message on. */
export class Fleet {
  readonly #options: FleetOptions
  readonly #devices: readonly Device[]
  readonly #phones: readonly Phone[]
  readonly #pace: { betweenMs: number }
  readonly #publishing: Promise<unknown>

  constructor(options: FleetOptions) {
    const { size, url, durationMs, now } = options
    this.#options = options
    const scripts = fleetScripts(size)
    const owners = new Set(scripts.map(({ device }) => device.owner))
    this.#pace = { betweenMs: durationMs / Math.max(...scripts.map(({ messages }) => messages.length)) }
    const device = { url, seed: size.seed, pace: this.#pace, now }
    this.#devices = scripts.map((script) => new Device({ ...device, script }))
    this.#phones = [...owners].map((owner) => new Phone(url, owner))
    this.#publishing = Promise.all(this.#devices.map((each) => each.run()))
  }

  /** The part of all messages that is acknowledged. */
  get share(): number {
    const all = sum(this.#devices.map(({ script }) => script.messages.length))
    return sum(this.#devices.map(({ ackedAt }) => ackedAt.size)) / all
  }

  get heard(): Heard[] {
    return this.#phones.flatMap(({ heard }) => heard)
  }

  get reconnects(): number {
    return sum(this.#devices.map(({ reconnects }) => reconnects))
  }

  /** Sends the rest without pauses, until all is acknowledged or nothing moves for so long. */
  async finish(patienceMs: number): Promise<void> {
    const { now } = this.#options
    this.#pace.betweenMs = 0
    let [last, movedAt] = [-1, now()]
    while (this.share < 1 && now() - movedAt < patienceMs) {
      if (this.share !== last) [last, movedAt] = [this.share, now()]
      await sleep(everyMs)
    }
  }

  /** What the devices were told is safe. */
  acknowledged(): Acknowledged {
    const messages = this.#devices.flatMap(({ script, ackedAt }) =>
      script.messages
        .filter((_, place) => ackedAt.has(place))
        .map((message) => ({ device: script.device.id, message })),
    )
    const readings = messages.flatMap(({ device, message }) =>
      message.type === 'readings' ? message.readings.map(({ ts, values }) => ({ device, ts, values })) : [],
    )
    const wrong = messages.flatMap(({ device, message }) =>
      message.type === 'wrong' ? [{ device, reason: message.reason, payload: message.payload }] : [],
    )
    return { readings: unique(readings, ({ device, ts }) => `${device} ${ts}`), wrong }
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
