import { setMaxListeners } from 'node:events'
import { type Topics, topics } from '../../contract/topics.ts'
import { DevicePublisher } from '../../device-sim/device-publisher.ts'
import { type DeviceSpec, generateFleet } from '../../device-sim/household.ts'
import { DeviceClient } from '../../device-sim/mqtt/device-client.ts'
import { PhoneInbox } from '../../device-sim/mqtt/phone-inbox.ts'
import type { UplinkMessage } from '../../device-sim/uplink.ts'
import { abortableSleep } from '../../lib/abortable-sleep.ts'
import { dayMs } from '../../lib/time.ts'
import {
  estimateReadingsPerDay,
  faultFreeMessages,
  faultyMessages,
  type SimulationOptions,
} from './messages.ts'

export interface LoadOptions {
  url: string
  devices: number
  /** Readings a second of all devices together. */
  rate: number
  /**
   * `years`: devices say simulated times, and what goes wrong with simulated uplinks goes wrong: state, findings and
   * tickets become those of years. `now`: they say the time of the clock, and everything once and in order: what an
   * outage keeps back is no older than the outage, and each reading can be looked for.
   */
  timestampMode: 'years' | 'now'
  /** How long it will send at most, ms: simulated time begins so far back that it never comes to the present. */
  maxDurationMs: number
  /** How often a connection breaks, ms, one device after the other; never when absent. */
  dropIntervalMs?: number
}

export interface LoadCounts {
  /** Readings sent, each counted once. */
  readings: number
  /** Readings of the device that sent the fewest. */
  fewestReadings: number
  /** Messages acknowledged: readings, backlogs and events. */
  acked: number
  /** How long the slowest device waits for an acknowledgement, ms. */
  ackDelayMs: number
  notices: number
  /** Deliveries of a notice beyond its first. */
  duplicateNotices: number
}

/** The rate and the time that are asked for take more simulated years than there are. */
class LoadError extends Error {
  override readonly name = 'LoadError'
}

interface LoadMember {
  spec: DeviceSpec
  device: DevicePublisher
  client: DeviceClient
  /** Everything before this simulated time is acknowledged. */
  acknowledgedUntil: number
}

const seed = 11
const stepMs = 100
const maxParallelConnects = 50
const marginMs = 600_000
/** Before this the program takes no reading. */
const oldestAcceptedTs = Date.UTC(2001, 0, 1)

/**
 * A simulated fleet at a fixed rate. Simulated time runs in step with the clock, much faster than it, whatever becomes
 * of the acknowledgements: what a device could not send it sends afterwards, in its order. So the rate holds over
 * outages, and nothing is kept for them but each device's place in its own script.
 */
export class LoadFleet {
  readonly #options: LoadOptions
  readonly #specs: readonly DeviceSpec[]
  readonly #script: SimulationOptions
  /** Simulated ms for each ms of the clock. */
  readonly #speed: number
  readonly #topics: Topics = topics('pm/v1')
  readonly #members: LoadMember[] = []
  readonly #inboxes: PhoneInbox[] = []
  readonly #finishing = new AbortController()
  #startedAt = 0
  #sending: Promise<unknown> = Promise.resolve()

  /** @throws LoadError */
  constructor(options: LoadOptions) {
    const { devices, rate, maxDurationMs } = options
    this.#options = options
    this.#specs = generateFleet(seed, devices)
    const density = estimateReadingsPerDay(this.#specs, { seed, from: Date.UTC(2020, 0, 1) })
    this.#speed = (rate / density) * (dayMs / 1_000)
    const from = Date.now() - this.#speed * (maxDurationMs + marginMs)
    if (from < oldestAcceptedTs) {
      throw new LoadError(`${devices} devices are too few for ${rate} readings/s for so long`)
    }
    this.#script = { seed, from }
    // Each device listens to it.
    setMaxListeners(0, this.#finishing.signal)
  }

  /** Connects all devices; what they have to send meanwhile comes when the last is known. */
  async start(): Promise<void> {
    this.#startedAt = Date.now()
    for (let first = 0; first < this.#specs.length; first += maxParallelConnects) {
      const joining = this.#specs.slice(first, first + maxParallelConnects).map((spec) => this.#join(spec))
      await Promise.all(joining.map(({ client }) => client.ready))
    }
    this.#sending = Promise.all([...this.#members.map((member) => this.#send(member)), this.#dropInTurn()])
    // Reported to the caller that awaits `finish`.
    this.#sending.catch(() => undefined)
  }

  counts(): LoadCounts {
    const sum = (count: (device: DevicePublisher) => number) =>
      this.#members.reduce((total, { device }) => total + count(device), 0)
    const slowest = Math.min(...this.#members.map(({ acknowledgedUntil }) => acknowledgedUntil))
    const deliveries = this.#inboxes.flatMap(({ deliveries }) => [...deliveries.values()])
    return {
      readings: sum(({ readings }) => readings),
      fewestReadings: Math.min(...this.#members.map(({ device }) => device.readings)),
      acked: sum(({ acked }) => acked),
      ackDelayMs: Math.max(0, (this.#simulated() - slowest) / this.#speed),
      notices: deliveries.length,
      duplicateNotices: deliveries.reduce((total, times) => total + times - 1, 0),
    }
  }

  /** Sends nothing more; resolves when all that was sent is acknowledged. The phones go on listening. */
  async finish(): Promise<void> {
    this.#finishing.abort()
    await this.#sending
  }

  /** Of each device the times of the readings that were acknowledged, ms, with the number of their values. */
  acknowledged(): Map<string, Map<number, number>> {
    return new Map(
      this.#members.map(({ spec, device }) => [
        spec.id,
        this.#acknowledgedOf(spec, device.acknowledgedOffset),
      ]),
    )
  }

  /** Drops all connections. */
  async close(): Promise<void> {
    this.#finishing.abort()
    await Promise.all(this.#members.map(({ client }) => client.close()))
  }

  #join(spec: DeviceSpec): LoadMember {
    const { household: _, ...description } = spec
    const inbox = spec.kind === 'phone' ? new PhoneInbox(spec.owner, this.#topics) : undefined
    const client: DeviceClient = new DeviceClient({
      url: this.#options.url,
      topics: this.#topics,
      device: description,
      connectionListener: { onConnected: () => undefined, onDisconnected: () => undefined },
      ...(inbox && {
        inbox: {
          topic: inbox.topic,
          receive: (payload) => inbox.receive(payload, (topic, receipt) => client.publish(topic, receipt)),
        },
      }),
    })
    if (inbox) this.#inboxes.push(inbox)
    const device = new DevicePublisher({
      spec,
      messages: this.#messagesOf(spec),
      startOffset: 0,
      topics: this.#topics,
      publish: (topic, payload) => client.publish(topic, payload),
      announce: (firmware) => client.announceFirmware(firmware),
    })
    const member = { spec, device, client, acknowledgedUntil: this.#script.from }
    this.#members.push(member)
    return member
  }

  #messagesOf(spec: DeviceSpec): Generator<UplinkMessage> {
    if (this.#options.timestampMode === 'years') return faultyMessages(spec, this.#script)
    const { from } = this.#script
    return faultFreeMessages(
      spec,
      this.#script,
      (simulated) => this.#startedAt + (simulated - from) / this.#speed,
    )
  }

  #simulated(): number {
    return this.#script.from + (Date.now() - this.#startedAt) * this.#speed
  }

  async #send(member: LoadMember): Promise<void> {
    const { signal } = this.#finishing
    while (!signal.aborted) {
      const to = this.#simulated()
      await member.device.advance(to)
      member.acknowledgedUntil = to
      await abortableSleep(stepMs, signal)
    }
  }

  async #dropInTurn(): Promise<void> {
    const { dropIntervalMs } = this.#options
    const { signal } = this.#finishing
    if (dropIntervalMs === undefined) return
    for (let turn = 0; !signal.aborted; turn++) {
      await abortableSleep(dropIntervalMs, signal)
      this.#members[turn % this.#members.length]?.client.dropConnection()
    }
  }

  #acknowledgedOf(spec: DeviceSpec, done: number): Map<number, number> {
    const times = new Map<number, number>()
    const messages = this.#messagesOf(spec)
    for (let count = 0; count < done; count++) {
      const { value: message } = messages.next()
      if (message?.type !== 'telemetry') continue
      for (const { ts, values } of message.readings) times.set(ts, Object.keys(values).length)
    }
    return times
  }
}
