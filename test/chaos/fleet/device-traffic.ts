import { Random } from '../../../device-sim/random.ts'
import { dayMs } from '../../../lib/time.ts'
import { type DegradationModel, degradationModels } from './degradation-models.ts'

interface WireReading {
  ts: number
  values: Record<string, number>
  boot: number
  seq: number
}

/** One message of a device, by what has to become of it. */
export type Message =
  | { type: 'readings'; readings: readonly WireReading[]; payload: string }
  | { type: 'event'; payload: string }
  | { type: 'wrong'; reason: InvalidReason; payload: string }

export interface DeviceTraffic {
  device: { id: string; kind: string; model: string; firmware: string; owner: string }
  /** In the order of sending. */
  messages: readonly Message[]
}

export interface FleetSize {
  seed: number
  devices: number
  /** Of each device; what is sent twice counts once. */
  readings: number
}

type InvalidReason = 'not_json' | 'ts_in_seconds' | 'ts_future' | 'unknown_metric'
/** Long enough ago that no device is ahead of our clock, whenever this runs. */
const startTs = Date.UTC(2025, 0, 1)
const trafficDurationMs = 240 * dayMs
/** Degradation starts at different times: equal findings within an hour would be grouped into an incident. */
const scatterMs = 60 * dayMs
const farFuture = Date.UTC(2200, 0, 1)
const devicesPerOwner = 2

/**
 * What each device of a fleet sends: a function of the seed alone, and of no clock. Some of it comes twice, in the
 * wrong order, long after its time, in one message with others, from a clock that is wrong, or makes no sense.
 */
export function generateFleetTraffic(size: FleetSize): DeviceTraffic[] {
  return Array.from({ length: size.devices }, (_, index) => generateDeviceTraffic(index, size))
}

function generateDeviceTraffic(index: number, { seed, readings }: FleetSize): DeviceTraffic {
  const course = degradationModels[index % degradationModels.length] ?? degradationModels[0]
  const id = `${course.kind.replaceAll('_', '-')}-${index}`
  const owner = `u-${Math.floor(index / devicesPerOwner)}`
  const random = new Random(seed, id)
  const { kind, model } = course
  const life = simulateMessages(course, readings, random)
  return {
    device: { id, kind, model, firmware: '2.1.0', owner },
    messages: injectMessageFaults(life, random),
  }
}

/** The life of a device as it is, without what goes wrong on the way: readings, and parts replaced in between. */
function simulateMessages(course: DegradationModel, count: number, random: Random): Message[] {
  const begin = startTs + Math.floor(random.uniform() * scatterMs)
  const pace = new Map(course.parts.map((part) => [part, random.between(0.8, 1.6)]))
  const replaced = new Map(course.parts.map((part) => [part, 0]))
  const worn = random.pick<string>([course.parts[0] ?? '', ...course.parts])
  const replaceAt = random.chance(0.6) ? Math.floor(count * random.between(0.55, 0.75)) : count
  const messages: Message[] = []
  let [boot, seq] = [1, 0]
  for (let n = 0; n < count; n++) {
    const ts = begin + Math.floor((n * trafficDurationMs) / count)
    if (n === replaceAt) {
      replaced.set(worn, n)
      messages.push(eventMessage({ ts: ts - 1, event: 'part_replaced', component: worn }))
    }
    if (random.chance(0.01)) [boot, seq] = [boot + 1, 0]
    const wear = (part: string) => ((n - (replaced.get(part) ?? 0)) / count) * (pace.get(part) ?? 1)
    messages.push(readingsMessage([{ ts, values: course.measure(wear, random), boot, seq }]))
    seq += 1
  }
  return messages
}

/** The same as it arrives from a world that is not as it should be. */
function injectMessageFaults(life: readonly Message[], random: Random): Message[] {
  const messages = reorderMessages(batchReadings(life, random), random)
  return messages.flatMap((message, n) => {
    const both: Message[] = [message]
    if (random.chance(0.06)) both.push(messages[Math.max(0, n - random.integer(0, 5))] ?? message)
    if (random.chance(0.03)) both.push(invalidMessage(n, random))
    return both
  })
}

/** Some readings come together with those after them, as after a while without network. */
function batchReadings(messages: readonly Message[], random: Random): Message[] {
  const result: Message[] = []
  let goal = 0
  for (const message of messages) {
    const last = result.at(-1)
    if (message.type === 'readings' && last?.type === 'readings' && last.readings.length < goal) {
      result[result.length - 1] = readingsMessage([...last.readings, ...message.readings])
      continue
    }
    result.push(message)
    goal = random.chance(0.04) ? random.integer(2, 12) : 1
  }
  return result
}

/** Some messages are overtaken by the next one, few by many. */
function reorderMessages(messages: readonly Message[], random: Random): Message[] {
  const place = (n: number) => {
    if (random.chance(0.05)) return n + 1.5
    return random.chance(0.01) ? n + random.integer(3, 12) + 0.5 : n
  }
  return messages
    .map((message, n) => ({ message, place: place(n) }))
    .sort((a, b) => a.place - b.place)
    .map(({ message }) => message)
}

function readingsMessage(readings: readonly WireReading[]): Message {
  const payload = JSON.stringify(readings.length === 1 ? readings[0] : readings)
  return { type: 'readings', readings, payload }
}

function eventMessage(what: { ts: number; event: string; component: string }): Message {
  return { type: 'event', payload: JSON.stringify(what) }
}

/** A message for the quarantine, of a text of its own. */
function invalidMessage(n: number, random: Random): Message {
  const ts = startTs + n
  const values = { drum_rpm: 900 }
  const payloads: Record<InvalidReason, unknown> = {
    not_json: undefined,
    ts_in_seconds: { ts: Math.floor(ts / 1_000) + n, values },
    ts_future: { ts: farFuture + n, values },
    unknown_metric: { ts, values: { [`nonsense_${n}`]: n } },
  }
  const reason = random.pick<InvalidReason>(['not_json', 'ts_in_seconds', 'ts_future', 'unknown_metric'])
  return { type: 'wrong', reason, payload: JSON.stringify(payloads[reason]) ?? `{"ts": ${n}, ` }
}
