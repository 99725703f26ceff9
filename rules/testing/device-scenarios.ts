import fc from 'fast-check'
import type { Device } from '../../contract/device.ts'
import type { EventEntry, ReadingEntry } from '../../contract/entry.ts'
import type { Reading } from '../../contract/reading.ts'
import { Random } from '../../device-sim/random.ts'
import { dayMs } from '../../lib/time.ts'
import { shippedKinds, start } from './rules.ts'
import { type WearRange, wearRanges } from './wear-ranges.ts'

/** What a device does in the course of a test. */
export interface DeviceScenario {
  kind: string
  seed: number
  days: number
  readingsPerDay: number
  /** Of its parts' lives, how much is over in the end. */
  wornFraction: number
  /** Share of the values that leap, stick to a rail or are missing. */
  faultRate: number
  /** Day on which its first component is replaced. */
  replacedOnDay: number | null
  /** Days without a reading, from the 20th on. */
  silentDays: number
  /** Uploads the readings of the days 30 to 35 on the 36th. */
  hasBacklog: boolean
  /** Loses the date on the days 40 to 42. */
  losesClock: boolean
}

export const deviceScenario: fc.Arbitrary<DeviceScenario> = fc.record({
  kind: fc.constantFrom(...Object.keys(wearRanges)),
  seed: fc.nat(1_000_000),
  days: fc.integer({ min: 25, max: 90 }),
  readingsPerDay: fc.constantFrom(1, 2, 4),
  wornFraction: fc.double({ min: 0.2, max: 1.3, noNaN: true }),
  faultRate: fc.constantFrom(0, 0.01, 0.1),
  replacedOnDay: fc.option(fc.integer({ min: 5, max: 70 })),
  silentDays: fc.constantFrom(0, 0, 3, 15),
  hasBacklog: fc.boolean(),
  losesClock: fc.boolean(),
})

/** All that the journal holds of a device, in the order in which it happened. */
export type ScenarioEntry = ReadingEntry | EventEntry

export interface ScenarioRun {
  device: Device
  entries: ScenarioEntry[]
}

export function runScenario(id: string, plan: DeviceScenario): ScenarioRun {
  const { kind, seed, days, readingsPerDay, silentDays: silent } = plan
  const random = new Random(seed)
  const device: Device = { id, kind, model: 'M-1', firmware: '1.0', inUseSince: start - 200 * dayMs }
  const times = Array.from(
    { length: days * readingsPerDay },
    (_, n) => start + Math.round(((n + random.between(0, 0.5)) * dayMs) / readingsPerDay),
  ).filter((ts) => ts < start + 20 * dayMs || ts > start + (20 + silent) * dayMs)
  const readings = times.map((ts, seq): ReadingEntry => {
    const values = simulateValues(plan, { share: (ts - start) / (days * dayMs), random })
    return toReadingEntry({ device: id, ts, values, boot: 1, seq }, plan)
  })
  return {
    device,
    entries: [...readings, ...toReplacementEntries(device, plan)].sort((a, b) => a.receivedAt - b.receivedAt),
  }
}

/** What arrives of a reading, and when. */
function toReadingEntry(
  reading: Reading,
  { hasBacklog: backlog, losesClock: lostClock }: DeviceScenario,
): ReadingEntry {
  const { ts } = reading
  const today = (ts - start) / dayMs
  if (backlog && today >= 30 && today < 36) {
    return { type: 'reading', receivedAt: start + 36 * dayMs, reading: { ...reading, hist: true } }
  }
  const hasDate = !lostClock || today < 40 || today >= 43
  return {
    type: 'reading',
    receivedAt: ts,
    reading: hasDate ? reading : { ...reading, ts: ts - 4000 * dayMs },
  }
}

function toReplacementEntries(
  { id, kind }: Device,
  { replacedOnDay: replaced }: DeviceScenario,
): EventEntry[] {
  const component = shippedKinds.get(kind)?.components[0]
  if (replaced === null || component === undefined) return []
  const ts = start + replaced * dayMs + 1
  return [{ type: 'event', receivedAt: ts, device: id, ts, event: 'part_replaced', component }]
}

function simulateValues(
  { kind, wornFraction: worn, faultRate: faulty }: DeviceScenario,
  now: { share: number; random: Random },
): Record<string, number> {
  const metrics = shippedKinds.get(kind)?.metrics
  const values: Record<string, number> = {}
  for (const [metric, course] of Object.entries(wearRanges[kind] ?? {})) {
    const value = simulateValue(course, { ...now, worn, faulty })
    const [least, most] = metrics?.get(metric)?.range ?? [0, 0]
    if (value !== undefined) values[metric] = Math.min(most, Math.max(least, value))
  }
  return values
}

/** @returns undefined for a value that is missing */
function simulateValue(
  { fresh, worn: end, noise }: WearRange,
  { share, worn, faulty, random }: { share: number; worn: number; faulty: number; random: Random },
): number | undefined {
  if (random.chance(faulty / 2)) return undefined
  const value = fresh + (end - fresh) * share * worn + noise * random.normal()
  return random.chance(faulty) ? value * random.between(0, 20) : Number(value.toFixed(2))
}
