import fc from 'fast-check'
import type { Device } from '../../contract/device.ts'
import type { EventEntry, ReadingEntry } from '../../contract/entry.ts'
import type { Reading } from '../../contract/reading.ts'
import { Random } from '../../device-sim/random.ts'
import { dayMs } from '../../lib/time.ts'
import { shippedKinds, start } from './rules.ts'
import { type WearRange, wearRanges } from './wear-ranges.ts'

/** Behaviour of a device during a test. */
export interface DeviceScenario {
  kind: string
  seed: number
  days: number
  readingsPerDay: number
  /** Wear of its parts at the end; 1 is worn out. */
  wornFraction: number
  /** Share of values that are outliers, saturated or missing. */
  faultRate: number
  /** Day on which its first component is replaced. */
  replacedOnDay: number | null
  /** Days without a reading, from day 20 on. */
  silentDays: number
  /** Whether the readings of days 30 to 35 are uploaded on day 36. */
  hasBacklog: boolean
  /** Whether its clock loses the date on days 40 to 42. */
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

/** Journal entry of a device. */
export type ScenarioEntry = ReadingEntry | EventEntry

export interface ScenarioRun {
  device: Device
  entries: ScenarioEntry[]
}

/** Generate the journal entries of a device, in order of receipt. */
export function runScenario(id: string, plan: DeviceScenario): ScenarioRun {
  const { kind, seed, days, readingsPerDay, silentDays } = plan
  const random = new Random(seed)
  const device: Device = { id, kind, model: 'M-1', firmware: '1.0', inUseSince: start - 200 * dayMs }
  const times = Array.from(
    { length: days * readingsPerDay },
    (_, n) => start + Math.round(((n + random.between(0, 0.5)) * dayMs) / readingsPerDay),
  ).filter((ts) => ts < start + 20 * dayMs || ts > start + (20 + silentDays) * dayMs)
  const readings = times.map((ts, seq): ReadingEntry => {
    const values = simulateValues(plan, { share: (ts - start) / (days * dayMs), random })
    return toReadingEntry({ device: id, ts, values, boot: 1, seq }, plan)
  })
  return {
    device,
    entries: [...readings, ...toReplacementEntries(device, plan)].sort((a, b) => a.receivedAt - b.receivedAt),
  }
}

/** Create the entry of a reading: its receipt time, and its event time by the device's clock. */
function toReadingEntry(reading: Reading, { hasBacklog, losesClock }: DeviceScenario): ReadingEntry {
  const { ts } = reading
  const day = (ts - start) / dayMs
  if (hasBacklog && day >= 30 && day < 36) {
    return { type: 'reading', receivedAt: start + 36 * dayMs, reading: { ...reading, hist: true } }
  }
  const hasDate = !losesClock || day < 40 || day >= 43
  return {
    type: 'reading',
    receivedAt: ts,
    reading: hasDate ? reading : { ...reading, ts: ts - 4000 * dayMs },
  }
}

function toReplacementEntries({ id, kind }: Device, { replacedOnDay }: DeviceScenario): EventEntry[] {
  const component = shippedKinds.get(kind)?.components[0]
  if (replacedOnDay === null || component === undefined) return []
  const ts = start + replacedOnDay * dayMs + 1
  return [{ type: 'event', receivedAt: ts, device: id, ts, event: 'part_replaced', component }]
}

function simulateValues(
  { kind, wornFraction, faultRate }: DeviceScenario,
  now: { share: number; random: Random },
): Record<string, number> {
  const metrics = shippedKinds.get(kind)?.metrics
  const values: Record<string, number> = {}
  for (const [metric, wear] of Object.entries(wearRanges[kind] ?? {})) {
    const value = simulateValue(wear, { ...now, wornFraction, faultRate })
    const [least, most] = metrics?.get(metric)?.range ?? [0, 0]
    if (value !== undefined) values[metric] = Math.min(most, Math.max(least, value))
  }
  return values
}

/** Simulate one value. @returns undefined for a missing one */
function simulateValue(
  { fresh, worn, noise }: WearRange,
  {
    share,
    wornFraction,
    faultRate,
    random,
  }: { share: number; wornFraction: number; faultRate: number; random: Random },
): number | undefined {
  if (random.chance(faultRate / 2)) return undefined
  const value = fresh + (worn - fresh) * share * wornFraction + noise * random.normal()
  return random.chance(faultRate) ? value * random.between(0, 20) : Number(value.toFixed(2))
}
