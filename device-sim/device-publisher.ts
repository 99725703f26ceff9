import type { Topics } from '../contract/topics.ts'
import { race } from '../lib/race.ts'
import type { MetricValues } from './appliances/appliance.ts'
import type { DeviceKind, DeviceSpec } from './household.ts'
import type { PublishResult } from './mqtt/device-client.ts'
import type { UplinkMessage } from './uplink.ts'

/** Return the values that an idle device still has from its last reading; undefined when it had none of them. */
function idleValues(kind: DeviceKind, last: MetricValues): MetricValues | undefined {
  if (kind === 'washing_machine') return { drum_rpm: 0, drum_load_kg: 0 }
  const known = Object.entries(last).filter(([metric]) => idleMetrics[kind].includes(metric))
  return known.length > 0 ? Object.fromEntries(known) : undefined
}

const idleMetrics: Record<Exclude<DeviceKind, 'washing_machine'>, readonly string[]> = {
  phone: ['battery_health_pct', 'battery_cycles', 'battery_temp_c'],
  robot_vacuum: ['battery_health_pct', 'runtime_h'],
  air_conditioner: ['room_temp_c'],
  refrigerator: ['door_open_s'],
  water_heater: ['runtime_h'],
  vehicle: ['odometer_km'],
}

export interface DevicePublisherOptions {
  spec: DeviceSpec
  messages: Iterator<UplinkMessage>
  /** Number of leading messages that were acknowledged in an earlier run. */
  startOffset: number
  topics: Topics
  publish(topic: string, payload: string): Promise<PublishResult>
  /** Announce another firmware. */
  announce(firmware: string): Promise<PublishResult>
}

/** Maximum unacknowledged messages of one device. */
const maxInFlight = 16

/** Sends the messages of a device when their simulated time has come. */
export class DevicePublisher {
  /** Messages and heartbeats sent, and how many of them were acknowledged. */
  published = 0
  acked = 0
  readings = 0
  events = 0
  heartbeats = 0
  readonly #options: DevicePublisherOptions
  /** Unacknowledged messages by their index in the simulation. */
  readonly #inFlight = new Map<number, Promise<void>>()
  #index = 0
  #next: UplinkMessage | undefined
  #resting: MetricValues | undefined
  #halted = false

  constructor(options: DevicePublisherOptions) {
    this.#options = options
    this.#next = this.#pull()
    while (this.#next !== undefined && this.#index < options.startOffset) this.#step(this.#next)
  }

  /** Number of leading messages that are acknowledged: a later run resumes after them. */
  get acknowledgedOffset(): number {
    const oldest = this.#inFlight.keys().next()
    return oldest.done ? this.#index : oldest.value
  }

  /** Send everything due by `to`. Resolves when all of it is acknowledged, or the connection is closed. */
  async advance(to: number): Promise<void> {
    while (!this.#halted && this.#next !== undefined && this.#next.at <= to) {
      if (this.#inFlight.size >= maxInFlight) {
        await race(this.#inFlight.values())
        continue
      }
      const message = this.#next
      this.#inFlight.set(this.#index, this.#send(message, this.#index))
      this.#step(message)
    }
    await Promise.all(this.#inFlight.values())
  }

  /** Publish the idle values again, unless the device is offline now. */
  async heartbeat(ts: number): Promise<void> {
    if (this.#halted || this.#resting === undefined || this.#isOffline(ts)) return
    this.heartbeats += 1
    // Without seq: a heartbeat is not part of the simulation, and its time distinguishes it from other readings.
    const payload = { ts, values: this.#resting }
    await this.#publish(this.#options.topics.telemetry(this.#options.spec.id), payload)
  }

  /** Stop sending. */
  halt(): void {
    this.#halted = true
  }

  async #send(message: UplinkMessage, index: number): Promise<void> {
    const { spec, topics } = this.#options
    let delivery: PublishResult
    if (message.type === 'announcement') {
      this.published += 1
      delivery = await this.#options.announce(message.firmware)
      if (delivery === 'acked') this.acked += 1
    } else if (message.type === 'event') {
      this.events += 1
      const { ts, component } = message
      delivery = await this.#publish(topics.event(spec.id), { ts, event: 'part_replaced', component })
    } else {
      this.readings += message.readings.length
      const payload = message.transportFault === 'backlog' ? message.readings : message.readings[0]
      delivery = await this.#publish(topics.telemetry(spec.id), payload)
    }
    if (delivery === 'acked') this.#inFlight.delete(index)
    else this.halt()
  }

  async #publish(topic: string, payload: unknown): Promise<PublishResult> {
    this.published += 1
    const delivery = await this.#options.publish(topic, JSON.stringify(payload))
    if (delivery === 'acked') this.acked += 1
    return delivery
  }

  /** Is the device offline: the next message is a backlog, and its content has happened already? */
  #isOffline(ts: number): boolean {
    const next = this.#next
    return (
      next?.type === 'telemetry' && next.transportFault === 'backlog' && (next.readings[0]?.ts ?? ts) < ts
    )
  }

  #step(message: UplinkMessage): void {
    if (message.type === 'telemetry') {
      const values = message.readings.at(-1)?.values ?? {}
      this.#resting = idleValues(this.#options.spec.kind, values) ?? this.#resting
    }
    this.#index += 1
    this.#next = this.#pull()
  }

  #pull(): UplinkMessage | undefined {
    const { done, value } = this.#options.messages.next()
    return done ? undefined : value
  }
}
