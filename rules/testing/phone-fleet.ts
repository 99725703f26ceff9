import type { TelemetryEntry } from '../../contract/entry.ts'
import type { Finding } from '../../contract/finding.ts'
import { dayMs } from '../../lib/time.ts'
import type { DeviceState, Engine, RuleInput } from '../engine/engine.ts'
import { start } from './rules.ts'

const halfDays = 80

export const phoneFleet = Array.from({ length: 5 }, (_, n) => ({ id: `phone-${n}`, kind: 'phone' }))

/**
 * Return the journal entries of some phones: wear and heat, late readings, one phone that is silent for a while, one with
 * a new battery, and entries that rules do not use.
 */
export function phoneFleetEntries(): TelemetryEntry[] {
  return [
    ...phoneFleet.map((device): TelemetryEntry => ({ type: 'device', receivedAt: start, device })),
    ...Array.from({ length: halfDays }, (_, half) => halfDayEntries(half)).flat(),
  ]
}

function halfDayEntries(half: number): TelemetryEntry[] {
  const at = start + (half * dayMs) / 2
  return [
    ...phoneFleet.flatMap(({ id }, n) => phoneEntries(id, n, { half, at })),
    { type: 'presence', receivedAt: at, device: 'phone-0', state: 'online' },
    { type: 'tick', at },
  ]
}

function phoneEntries(
  device: string,
  n: number,
  { half, at }: { half: number; at: number },
): TelemetryEntry[] {
  const isSilent = n === 1 && half > 20 && half < 40
  if (isSilent) return []
  const values = { battery_health_pct: 90 - 0.15 * half - n, battery_temp_c: half % 30 > 20 ? 50 : 25 }
  const reading = (ts: number): TelemetryEntry => ({
    type: 'reading',
    receivedAt: at,
    reading: { device, ts, values },
  })
  const entries = [reading(at)]
  if (half % 7 === n) entries.push(reading(at - dayMs))
  if (half === 60 && n === 2) {
    entries.push({
      type: 'event',
      receivedAt: at,
      device,
      // After the reading of the old battery: at the same time, a history cannot tell which was first.
      ts: at + 1,
      event: 'part_replaced',
      component: 'battery',
    })
  }
  return entries
}

/** Run an engine over entries, one by one, and return its findings. */
export function runEngine(engine: Engine, entries: readonly TelemetryEntry[]): Finding[] {
  const states = new Map<string, DeviceState | undefined>(phoneFleet.map(({ id }) => [id, undefined]))
  return entries.flatMap(toRuleInputs).flatMap(({ device, input }) => {
    const step = engine.step(states.get(device), input)
    states.set(device, step.state)
    return step.findings
  })
}

function toRuleInputs(entry: TelemetryEntry): { device: string; input: RuleInput }[] {
  switch (entry.type) {
    case 'device':
      return [{ device: entry.device.id, input: entry }]
    case 'reading':
      return [{ device: entry.reading.device, input: entry }]
    case 'event': {
      const { device, ts } = entry
      return [{ device, input: { type: 'part_replaced', device, component: 'battery', ts } }]
    }
    case 'tick':
      return phoneFleet.map(({ id }) => ({ device: id, input: entry }))
    default:
      return []
  }
}
