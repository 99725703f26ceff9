import type { Happening, Values } from './appliances/appliance.ts'
import { dayMs } from './calendar.ts'
import { Random } from './random.ts'
import type { InjectedFaults } from './truth.ts'

/** A reading as it goes over the wire. */
export interface SentReading {
  ts: number
  values: Values
  boot: number
  seq: number
  hist?: true
}

/** One MQTT message of a device. `at` is the simulated time of sending; messages come in its order. */
export type Uplink =
  | { at: number; type: 'telemetry'; readings: readonly SentReading[]; fault: Fault }
  | { at: number; type: 'event'; ts: number; component: string }

/** What goes wrong with a message on its way: a backlog comes days late and in one piece, `late` after a newer one. */
type Fault = 'none' | 'backlog' | 'duplicate' | 'late'

/** Small, but a fleet of some dozens meets every trouble within weeks. */
const rates = {
  meanDaysToOffline: 160,
  offlineDays: [0.7, 5],
  duplicate: 0.008,
  late: 0.006,
  meanDaysToReboot: 40,
} as const
const maxBacklogReadings = 500

/**
 * Turns what happens to a device into the messages that it sends, with the trouble that real uplinks have: now and
 * then a device is offline for days and uploads its backlog marked `hist`, sends a message twice, or late.
 */
export function* uplinks(happenings: Iterable<Happening>, stream: string): Generator<Uplink> {
  const random = new Random(stream, 'uplink')
  yield* delayed(offline(numbered(happenings, random), random), random)
}

/** Adds one message to the counts of injected faults. */
export function countFault(counts: InjectedFaults, uplink: Uplink): void {
  if (uplink.type === 'event') return
  const readings = uplink.readings.length
  if (uplink.fault === 'backlog') counts.backlogReadings += readings
  if (uplink.fault === 'duplicate') counts.duplicateReadings += readings
  if (uplink.fault === 'late') counts.lateReadings += readings
}

export function noFaults(): InjectedFaults {
  return { backlogReadings: 0, duplicateReadings: 0, lateReadings: 0 }
}

/** Gives each reading its boot and sequence number; devices restart every few weeks. */
function* numbered(happenings: Iterable<Happening>, random: Random): Generator<Uplink> {
  let boot = random.integer(1, 9)
  let seq = 0
  let rebootAt: number | undefined
  for (const happening of happenings) {
    const { ts } = happening
    rebootAt ??= ts + random.exponential(rates.meanDaysToReboot) * dayMs
    if (ts > rebootAt) {
      boot += 1
      seq = 0
      rebootAt = undefined
    }
    if (happening.type === 'part_replaced') {
      yield { at: ts, type: 'event', ts, component: happening.component }
      continue
    }
    const reading = { ts, values: happening.values, boot, seq }
    seq += 1
    yield { at: ts, type: 'telemetry', readings: [reading], fault: 'none' }
  }
}

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
  for (const message of kept) {
    if (message.type === 'telemetry') {
      readings.push(...message.readings.map((reading) => ({ ...reading, hist: true as const })))
    }
    if (readings.length > 0 && (message.type === 'event' || readings.length >= maxBacklogReadings)) {
      yield { at, type: 'telemetry', readings, fault: 'backlog' }
      readings = []
    }
    if (message.type === 'event') yield { ...message, at }
  }
  if (readings.length > 0) yield { at, type: 'telemetry', readings, fault: 'backlog' }
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
