import type { InjectedFaults } from '../contract/truth.ts'
import { dayMs, minuteMs } from '../lib/time.ts'
import type { Happening, Values } from './appliances/appliance.ts'
import { Random } from './random.ts'
import { type Sensed, sensed, type Trouble } from './sensors.ts'

/** A reading as it goes over the wire. */
export interface SentReading {
  ts: number
  values: Values
  boot: number
  seq: number
  hist?: true
}

/** One MQTT message of a device. `at` is the simulated time of sending; messages come in its order. */
export type Uplink = Telemetry | { at: number; type: 'event'; ts: number; component: string }

interface Telemetry {
  at: number
  type: 'telemetry'
  readings: readonly SentReading[]
  fault: Fault
  /** Of the readings themselves. */
  troubles: readonly Trouble[]
}

/** What goes wrong with a message on its way: a backlog comes days late and in one piece, `late` after a newer one. */
type Fault = 'none' | 'backlog' | 'duplicate' | 'late'

/** Small, but a fleet of some dozens meets every trouble within weeks. */
const rates = {
  meanDaysToOffline: 160,
  offlineDays: [0.7, 5],
  duplicate: 0.008,
  late: 0.006,
  meanDaysToReboot: 40,
  /** Of the restarts: those after which the clock has to be set over the network first. */
  powerLoss: 0.15,
  clockSetReadings: [1, 4],
} as const
const maxBacklogReadings = 500

/**
 * Turns what happens to a device into the messages that it sends, with the trouble that real uplinks have: now and
 * then a device is offline for days and uploads its backlog marked `hist`, sends a message twice, or late, starts
 * without the right time, or has a sensor that fails.
 */
export function* uplinks(happenings: Iterable<Happening>, stream: string): Generator<Uplink> {
  const random = new Random(stream, 'uplink')
  const measured = sensed(happenings, new Random(stream, 'sensors'))
  yield* delayed(offline(numbered(measured, random), random), random)
}

/** Adds one message to the counts of injected faults. */
export function countFault(counts: InjectedFaults, uplink: Uplink): void {
  if (uplink.type === 'event') return
  const readings = uplink.readings.length
  if (uplink.fault === 'backlog') counts.backlogReadings += readings
  if (uplink.fault === 'duplicate') counts.duplicateReadings += readings
  if (uplink.fault === 'late') counts.lateReadings += readings
  for (const trouble of uplink.troubles) counts[counterOf[trouble]] += 1
}

const counterOf = {
  stuck: 'stuckReadings',
  spike: 'spikeReadings',
  saturated: 'saturatedReadings',
  clock_1970: 'clock1970Readings',
  clock_2020: 'clock2020Readings',
} as const satisfies Record<Trouble, keyof InjectedFaults>

/**
 * Gives each reading its boot and sequence number. Devices restart every few weeks; after a loss of power the clock
 * counts from 1970, or from the day of its firmware's birth, until the network has set it.
 */
function* numbered(happenings: Iterable<Sensed>, random: Random): Generator<Uplink> {
  const clock = random.pick(clocks)
  let boot = random.integer(1, 9)
  let seq = 0
  let rebootAt: number | undefined
  let unset = 0
  for (const happening of happenings) {
    const { ts } = happening
    rebootAt ??= ts + random.exponential(rates.meanDaysToReboot) * dayMs
    if (ts > rebootAt) {
      boot += 1
      seq = 0
      rebootAt = undefined
      unset = random.chance(rates.powerLoss) ? random.integer(...rates.clockSetReadings) : 0
    }
    if (happening.type === 'part_replaced') {
      yield { at: ts, type: 'event', ts, component: happening.component }
      continue
    }
    const { values, troubles } = happening
    const isUnset = seq < unset
    const shown = isUnset ? clock.zero + (seq + 1) * 5 * minuteMs : ts
    const readings = [{ ts: shown, values, boot, seq }]
    seq += 1
    const all = isUnset ? [...troubles, clock.trouble] : troubles
    yield { at: ts, type: 'telemetry', readings, fault: 'none', troubles: all }
  }
}

interface Clock {
  trouble: Trouble
  /** What it shows when it starts without power. */
  zero: number
}

const clocks: readonly [Clock, ...Clock[]] = [
  { trouble: 'clock_1970', zero: 0 },
  { trouble: 'clock_2020', zero: Date.UTC(2020, 0, 1) },
]

/** Keeps back what happens in spells without a connection, and uploads it when the spell ends. */
function* offline(messages: Iterable<Uplink>, random: Random): Generator<Uplink> {
  let spell: { start: number; end: number } | undefined
  let kept: Uplink[] = []
  for (const message of messages) {
    spell ??= nextSpell(message.at, random)
    if (message.at >= spell.end) {
      yield* backlog(kept, spell.end)
      kept = []
      spell = nextSpell(spell.end, random)
    }
    if (message.at < spell.start) yield message
    else kept.push(message)
  }
}

function nextSpell(from: number, random: Random): { start: number; end: number } {
  const start = from + random.exponential(rates.meanDaysToOffline) * dayMs
  return { start, end: Math.round(start + random.between(...rates.offlineDays) * dayMs) }
}

/** What was kept back, in its order: readings in arrays marked `hist`, events between them. */
function* backlog(kept: readonly Uplink[], at: number): Generator<Uplink> {
  let readings: SentReading[] = []
  let troubles: Trouble[] = []
  function* flush(): Generator<Uplink> {
    if (readings.length > 0) yield { at, type: 'telemetry', readings, fault: 'backlog', troubles }
    readings = []
    troubles = []
  }
  for (const message of kept) {
    if (message.type === 'telemetry') {
      readings.push(...message.readings.map((reading) => ({ ...reading, hist: true as const })))
      troubles.push(...message.troubles)
    }
    if (message.type === 'event' || readings.length >= maxBacklogReadings) yield* flush()
    if (message.type === 'event') yield { ...message, at }
  }
  yield* flush()
}

/** Sends some messages twice, and lets some wait until after the next one. */
function* delayed(messages: Iterable<Uplink>, random: Random): Generator<Uplink> {
  let waiting: Uplink | undefined
  for (const message of messages) {
    const plain = message.type === 'telemetry' && message.fault === 'none'
    if (plain && waiting === undefined && random.chance(rates.late)) {
      waiting = { ...message, fault: 'late' }
      continue
    }
    yield message
    if (waiting !== undefined) yield { ...waiting, at: message.at }
    waiting = undefined
    if (plain && random.chance(rates.duplicate)) yield { ...message, fault: 'duplicate' }
  }
}
