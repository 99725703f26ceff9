import type { InjectedFaults } from '../contract/ground-truth.ts'
import { dayMs, minuteMs } from '../lib/time.ts'
import type { ApplianceEvent, MetricValues } from './appliances/appliance.ts'
import { type FleetConditions, usualConditions } from './conditions/fleet-conditions.ts'
import { Random } from './random.ts'
import { type InjectedReadingFault, injectSensorFaults, type SensorOutput } from './sensor-faults.ts'

/** A reading as it is sent. */
export interface WireReading {
  ts: number
  values: MetricValues
  boot: number
  seq: number
  hist?: true
}

/** One MQTT message of a device. `at` is the simulated time of sending; messages are ordered by it. */
export type UplinkMessage =
  | TelemetryMessage
  | { at: number; type: 'event'; ts: number; component: string }
  /** The device announces itself again. */
  | { at: number; type: 'announcement'; firmware: string }

interface TelemetryMessage {
  at: number
  type: 'telemetry'
  readings: readonly WireReading[]
  transportFault: TransportFault
  /** Faults of the readings themselves. */
  readingFaults: readonly InjectedReadingFault[]
}

/** A fault of transport: a backlog comes days late in one piece, `late` arrives after a newer message. */
type TransportFault = 'none' | 'backlog' | 'duplicate' | 'late'

/** Small, but a fleet of some dozens meets every fault within weeks. */
const uplinkFaultRates = {
  meanDaysToOffline: 160,
  offlineDays: [0.7, 5],
  duplicate: 0.008,
  late: 0.006,
  meanDaysToReboot: 40,
  /** Share of the restarts after which the clock has to be set over the network first. */
  powerLoss: 0.15,
  clockSetReadings: [1, 4],
} as const
const maxBacklogReadings = 500

/**
 * Turn the events of a device into the messages that it sends, with the faults of real uplinks: from time to time
 * a device is offline for days and uploads its backlog marked `hist`, sends a message twice or late, starts
 * without the right time, or has a sensor that fails.
 */
export function* simulateUplink(
  events: Iterable<ApplianceEvent>,
  stream: string,
  { uplink }: FleetConditions = usualConditions,
): Generator<UplinkMessage> {
  const random = new Random(stream, 'uplink')
  const measured = injectSensorFaults(events, new Random(stream, 'sensors'))
  if (uplink === 'reliable') yield* numberReadings(measured, random, 0)
  else yield* delayAndDuplicate(bufferOffline(numberReadings(measured, random), random), random)
}

/** Add one message to the counts of injected faults. */
export function countInjectedFaults(counts: InjectedFaults, uplink: UplinkMessage): void {
  if (uplink.type !== 'telemetry') return
  const readings = uplink.readings.length
  if (uplink.transportFault === 'backlog') counts.backlogReadings += readings
  if (uplink.transportFault === 'duplicate') counts.duplicateReadings += readings
  if (uplink.transportFault === 'late') counts.lateReadings += readings
  for (const fault of uplink.readingFaults) counts[faultCounters[fault]] += 1
}

const faultCounters = {
  stuck: 'stuckReadings',
  spike: 'spikeReadings',
  saturated: 'saturatedReadings',
  clock_1970: 'clock1970Readings',
  clock_2020: 'clock2020Readings',
} as const satisfies Record<InjectedReadingFault, keyof InjectedFaults>

/**
 * Assign boot and sequence number to each reading. Devices restart every few weeks; after a loss of power the clock
 * starts at 1970, or at the build date of its firmware, until the network has set it.
 * @param powerLoss share of the restarts after one
 */
function* numberReadings(
  events: Iterable<SensorOutput>,
  random: Random,
  powerLoss: number = uplinkFaultRates.powerLoss,
): Generator<UplinkMessage> {
  const clock = random.pick(resetClocks)
  let boot = random.integer(1, 9)
  let seq = 0
  let rebootAt: number | undefined
  let unset = 0
  for (const event of events) {
    const { ts } = event
    rebootAt ??= ts + random.exponential(uplinkFaultRates.meanDaysToReboot) * dayMs
    if (ts > rebootAt) {
      boot += 1
      seq = 0
      rebootAt = undefined
      unset = random.chance(powerLoss) ? random.integer(...uplinkFaultRates.clockSetReadings) : 0
    }
    if (event.type === 'firmware') {
      yield { at: ts, type: 'announcement', firmware: event.firmware }
      continue
    }
    if (event.type === 'part_replaced') {
      yield { at: ts, type: 'event', ts, component: event.component }
      continue
    }
    const { values, readingFaults } = event
    const isUnset = seq < unset
    const shown = isUnset ? clock.initialTimeMs + (seq + 1) * 5 * minuteMs : ts
    const readings = [{ ts: shown, values, boot, seq }]
    seq += 1
    const all = isUnset ? [...readingFaults, clock.fault] : readingFaults
    yield { at: ts, type: 'telemetry', readings, transportFault: 'none', readingFaults: all }
  }
}

interface ResetClock {
  fault: InjectedReadingFault
  /** Time that it shows when it starts after a loss of power, ms. */
  initialTimeMs: number
}

const resetClocks: readonly [ResetClock, ...ResetClock[]] = [
  { fault: 'clock_1970', initialTimeMs: 0 },
  { fault: 'clock_2020', initialTimeMs: Date.UTC(2020, 0, 1) },
]

/** Keep messages back during periods without a connection, and upload them when the period ends. */
function* bufferOffline(messages: Iterable<UplinkMessage>, random: Random): Generator<UplinkMessage> {
  let spell: { start: number; end: number } | undefined
  let kept: UplinkMessage[] = []
  for (const message of messages) {
    spell ??= scheduleOutage(message.at, random)
    if (message.at >= spell.end) {
      yield* flushBacklog(kept, spell.end)
      kept = []
      spell = scheduleOutage(spell.end, random)
    }
    if (message.at < spell.start) yield message
    else kept.push(message)
  }
}

function scheduleOutage(from: number, random: Random): { start: number; end: number } {
  const start = from + random.exponential(uplinkFaultRates.meanDaysToOffline) * dayMs
  return { start, end: Math.round(start + random.between(...uplinkFaultRates.offlineDays) * dayMs) }
}

/** Yield the messages that were kept back, in order: readings in arrays marked `hist`, events between them. */
function* flushBacklog(kept: readonly UplinkMessage[], at: number): Generator<UplinkMessage> {
  let readings: WireReading[] = []
  let readingFaults: InjectedReadingFault[] = []
  function* flush(): Generator<UplinkMessage> {
    if (readings.length > 0)
      yield { at, type: 'telemetry', readings, transportFault: 'backlog', readingFaults }
    readings = []
    readingFaults = []
  }
  for (const message of kept) {
    if (message.type === 'telemetry') {
      readings.push(...message.readings.map((reading) => ({ ...reading, hist: true as const })))
      readingFaults.push(...message.readingFaults)
    }
    if (message.type !== 'telemetry' || readings.length >= maxBacklogReadings) yield* flush()
    if (message.type !== 'telemetry') yield { ...message, at }
  }
  yield* flush()
}

/** Send some messages twice, and delay some until after the next one. */
function* delayAndDuplicate(messages: Iterable<UplinkMessage>, random: Random): Generator<UplinkMessage> {
  let waiting: UplinkMessage | undefined
  for (const message of messages) {
    const plain = message.type === 'telemetry' && message.transportFault === 'none'
    if (plain && waiting === undefined && random.chance(uplinkFaultRates.late)) {
      waiting = { ...message, transportFault: 'late' }
      continue
    }
    yield message
    if (waiting !== undefined) yield { ...waiting, at: message.at }
    waiting = undefined
    if (plain && random.chance(uplinkFaultRates.duplicate)) yield { ...message, transportFault: 'duplicate' }
  }
}
