import { hourMs } from '../../lib/time.ts'
import type { RuleInput } from '../engine/engine.ts'
import type { LoadedRule } from '../files/load-rules.ts'
import type { RuleTest } from './schema.ts'
import type { TestSeries } from './series.ts'

/** Times in tests are offsets from here. */
export const testStart = Date.UTC(2026, 0, 1)
const testDevice = 'device-under-test'

export interface ScriptOptions {
  /** Whether the rule waits for the passing of time: then it passes by the hour. */
  ticks: boolean
  /** Of the rule's kind: so long the last readings wait. */
  latenessMs: number
}

interface Delivery {
  arrivesMs: number
  /** Of what arrives at the same moment, the lower goes first. */
  turn: number
  input: RuleInput
}

/** All that a test tells the engine, in order of arrival. */
export function scriptOf(
  { rule }: LoadedRule,
  test: RuleTest,
  { ticks, latenessMs }: ScriptOptions,
): RuleInput[] {
  const deliveries: Delivery[] = [
    ...test.events.map(({ atMs }) => replacement(rule.component, atMs)),
    ...readingsOf(test.series).flatMap((reading) => Array(test.repeat).fill(live(reading))),
    ...test.uploads.flatMap(({ arrives, hist, series }) =>
      readingsOf(series).map((reading) => uploaded(reading, { arrives, hist })),
    ),
  ]
  const endMs = Math.max(
    0,
    ...deliveries.map(({ arrivesMs }) => arrivesMs),
    ...test.expect.map(({ at }) => at.toMs),
  )
  if (ticks) deliveries.push(...hours(endMs + Math.ceil(latenessMs / hourMs) * hourMs))
  deliveries.sort((a, b) => a.arrivesMs - b.arrivesMs || a.turn - b.turn)
  const device = { ...test.device, id: testDevice, kind: rule.kind }
  const announcement: RuleInput = { type: 'device', device }
  return [announcement, ...deliveries.map(({ input }) => input)]
}

interface TestReading {
  atMs: number
  values: Record<string, number>
}

/** Values of several metrics at the same moment are one reading. */
function readingsOf(series: Readonly<Record<string, TestSeries>>): TestReading[] {
  const readings = new Map<number, Record<string, number>>()
  for (const [metric, { fromMs, everyMs, values }] of Object.entries(series)) {
    for (const [index, value] of values.entries()) {
      const atMs = fromMs + index * everyMs
      if (value !== undefined) readings.set(atMs, { ...readings.get(atMs), [metric]: value })
    }
  }
  return [...readings].sort(([a], [b]) => a - b).map(([atMs, values]) => ({ atMs, values }))
}

function live({ atMs, values }: TestReading): Delivery {
  const reading = { device: testDevice, ts: testStart + atMs, values }
  return { arrivesMs: atMs, turn: 1, input: { type: 'reading', reading } }
}

function uploaded(
  { atMs, values }: TestReading,
  { arrives, hist }: { arrives: number; hist: boolean },
): Delivery {
  const reading = { device: testDevice, ts: testStart + atMs, values, ...(hist ? { hist } : {}) }
  return { arrivesMs: arrives, turn: 2, input: { type: 'reading', reading, receivedAt: testStart + arrives } }
}

function replacement(component: string, atMs: number): Delivery {
  const ts = testStart + atMs
  return {
    arrivesMs: atMs,
    turn: 0,
    input: { type: 'part_replaced', device: testDevice, component, ts },
  }
}

function hours(endMs: number): Delivery[] {
  return Array.from({ length: Math.floor(endMs / hourMs) + 1 }, (_, index) => ({
    arrivesMs: index * hourMs,
    turn: 3,
    input: { type: 'tick', at: testStart + index * hourMs },
  }))
}
