import { once } from 'node:events'
import { type Topics, topics } from '../contract/topics.ts'
import { abortableSleep } from '../lib/abortable-sleep.ts'
import { race } from '../lib/race.ts'
import { dayMs, hourMs } from '../lib/time.ts'
import { DevicePublisher } from './device-publisher.ts'
import { simulateDevice } from './device-simulation.ts'
import type { FleetOptions, FleetProgress, FleetReport } from './fleet-options.ts'
import { writeFleetState } from './fleet-state.ts'
import { HeartbeatScheduler } from './heartbeat-scheduler.ts'
import type { DeviceSpec } from './household.ts'
import { DeviceClient } from './mqtt/device-client.ts'
import { OutageLogger } from './mqtt/outage-logger.ts'
import { PhoneInbox } from './mqtt/phone-inbox.ts'

interface SimulationPeriod {
  from: number
  until: number
  /** Device → number of leading messages that are acknowledged already. */
  acknowledgedOffsets: Readonly<Record<string, number>>
}

interface FleetMember {
  id: string
  device: DevicePublisher
  client: DeviceClient
}

/** Maximum distance of any two devices in simulated time while they catch up. */
const catchUpWindowMs = dayMs
/** The same where somebody else lets the time pass: each wait for the slowest device takes milliseconds. */
const pacedWindowMs = 6 * hourMs
const liveTickMs = 250
const defaultHeartbeatMs = 10_000
const maxParallelConnects = 50
/** Time for messages in flight to be acknowledged after the simulator is stopped. */
const graceMs = 500
const saveIntervalMs = 1_000

/** One run of a simulated fleet, from its first connection to its last. */
export class FleetRun {
  readonly #options: FleetOptions
  readonly #period: SimulationPeriod
  readonly #topics: Topics
  readonly #outages: OutageLogger
  readonly #members: FleetMember[] = []
  readonly #inboxes: PhoneInbox[] = []
  readonly #aborted: Promise<unknown>
  #simulated: number
  #savedAt = 0

  constructor(options: FleetOptions, period: SimulationPeriod) {
    this.#options = options
    this.#period = period
    this.#simulated = period.from
    this.#aborted = once(options.signal, 'abort')
    this.#topics = topics(options.prefix)
    this.#outages = new OutageLogger(options.log)
  }

  async run(specs: readonly DeviceSpec[]): Promise<FleetReport> {
    const { signal, live, waitUntilDrained } = this.#options
    const halt = () => this.#halt()
    signal.addEventListener('abort', halt)
    try {
      await this.#connect(specs)
      await this.#catchUp()
      if (live) await this.#runLive()
      else if (!signal.aborted) await this.#drain(waitUntilDrained)
    } finally {
      signal.removeEventListener('abort', halt)
      await this.#save()
      await this.#close()
    }
    return this.#report()
  }

  async #connect(specs: readonly DeviceSpec[]): Promise<void> {
    for (let first = 0; first < specs.length && !this.#options.signal.aborted; first += maxParallelConnects) {
      const joining = specs.slice(first, first + maxParallelConnects).map((spec) => this.#addMember(spec))
      await Promise.all(joining.map(({ client }) => client.ready))
      this.#reportProgress('connecting')
    }
  }

  #addMember(spec: DeviceSpec): FleetMember {
    const { household: _, ...description } = spec
    const { seed, conditions } = this.#options
    const inbox = spec.kind === 'phone' ? new PhoneInbox(spec.owner, this.#topics) : undefined
    const client: DeviceClient = new DeviceClient({
      url: this.#options.url,
      topics: this.#topics,
      device: description,
      connectionListener: this.#outages,
      ...(inbox && {
        inbox: {
          topic: inbox.topic,
          receive: (payload) => inbox.receive(payload, (topic, receipt) => client.publish(topic, receipt)),
        },
      }),
    })
    if (inbox) this.#inboxes.push(inbox)
    const { messages } = simulateDevice(seed, spec, this.#period.from, conditions)
    const device = new DevicePublisher({
      spec,
      messages,
      startOffset: this.#period.acknowledgedOffsets[spec.id] ?? 0,
      topics: this.#topics,
      publish: (topic, payload) => client.publish(topic, payload),
      announce: (firmware) => client.announceFirmware(firmware),
    })
    const member = { id: spec.id, device, client }
    this.#members.push(member)
    return member
  }

  async #catchUp(): Promise<void> {
    const { until } = this.#period
    const { signal, passTime } = this.#options
    while (this.#simulated < until && !signal.aborted) {
      const to = Math.min(this.#windowEnd(), until)
      await this.#passTime(to)
      await this.#advance(to)
      if (passTime === undefined || to % dayMs === 0) this.#reportProgress('catching up')
    }
    await this.#passTime(this.#simulated)
  }

  /** Return the end of the next stretch of time that devices send without waiting for each other, ms. */
  #windowEnd(): number {
    if (this.#options.passTime === undefined) return this.#simulated + catchUpWindowMs
    return (Math.floor(this.#simulated / pacedWindowMs) + 1) * pacedWindowMs
  }

  async #passTime(next: number): Promise<void> {
    const { signal, passTime } = this.#options
    if (passTime !== undefined && !signal.aborted)
      await race([passTime(this.#simulated, next), this.#aborted])
  }

  async #runLive(): Promise<void> {
    const { now, signal, heartbeatMs = defaultHeartbeatMs } = this.#options
    const beats = new HeartbeatScheduler(this.#members.length, heartbeatMs, now())
    while (!signal.aborted) {
      await this.#advance(now())
      const due = beats.dueDevices(now()).flatMap((index) => this.#members[index] ?? [])
      await Promise.all(due.map(({ device }) => device.heartbeat(now())))
      this.#reportProgress('live')
      await abortableSleep(liveTickMs, signal)
    }
  }

  /** Send everything that the devices have until `to`, and save how far they are. */
  async #advance(to: number): Promise<void> {
    await Promise.all(this.#members.map(({ device }) => device.advance(to)))
    if (this.#options.signal.aborted) return
    this.#simulated = to
    if (this.#options.now() - this.#savedAt >= saveIntervalMs) await this.#save()
  }

  async #drain(drained: FleetOptions['waitUntilDrained']): Promise<void> {
    this.#reportProgress('draining')
    await race([drained?.(), this.#aborted])
    await Promise.all(this.#inboxes.map((inbox) => inbox.flushReceipts()))
  }

  #halt(): void {
    for (const { device } of this.#members) device.halt()
    setTimeout(() => this.#close(), graceMs).unref()
  }

  async #close(): Promise<void> {
    await Promise.all(this.#members.map(({ client }) => client.close()))
  }

  async #save(): Promise<void> {
    const { stateFile, seed, now } = this.#options
    if (stateFile === undefined) return
    this.#savedAt = now()
    // A smaller fleet than last time keeps the offsets of the other devices.
    const acknowledgedOffsets = { ...this.#period.acknowledgedOffsets }
    for (const { id, device } of this.#members) acknowledgedOffsets[id] = device.acknowledgedOffset
    await writeFleetState(stateFile, { version: 1, seed, from: this.#period.from, acknowledgedOffsets })
  }

  #reportProgress(phase: FleetProgress['phase']): void {
    const { from, until } = this.#period
    this.#options.onProgress?.({
      phase,
      simulatedUntil: this.#simulated,
      fraction: until > from ? Math.min(1, (this.#simulated - from) / (until - from)) : 1,
      readings: this.#sum((device) => device.readings + device.heartbeats),
      acked: this.#sum((device) => device.acked),
    })
  }

  #sum(count: (device: DevicePublisher) => number): number {
    return this.#members.reduce((total, { device }) => total + count(device), 0)
  }

  #report(): FleetReport {
    const deliveries = Object.fromEntries(this.#inboxes.flatMap((inbox) => [...inbox.deliveries]))
    const noticesReceived = Object.keys(deliveries).length
    const delivered = Object.values(deliveries).reduce((total, times) => total + times, 0)
    return {
      devices: this.#members.length,
      from: this.#period.from,
      simulatedUntil: this.#simulated,
      published: this.#sum((device) => device.published),
      acked: this.#sum((device) => device.acked),
      readings: this.#sum((device) => device.readings + device.heartbeats),
      events: this.#sum((device) => device.events),
      reconnects: this.#outages.reconnects,
      noticesReceived,
      duplicateNotices: delivered - noticesReceived,
      malformedNotices: this.#inboxes.reduce((total, inbox) => total + inbox.malformed, 0),
      receiptsSent: this.#inboxes.reduce((total, inbox) => total + inbox.receiptsSent, 0),
      deliveries,
    }
  }
}
