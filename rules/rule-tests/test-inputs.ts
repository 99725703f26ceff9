import { hourMs } from '../../lib/time.ts'
import type { RuleInput } from '../engine/engine.ts'
import type { LoadedRule } from '../files/load-rules.ts'
import type { RuleTest } from './schema.ts'
import type { TestSeries } from './series.ts'

/** Origin of the times in tests, which are offsets, ms. */
export const testStart = Date.UTC(2026, 0, 1)
const testDevice = 'device-under-test'

export interface TestInputOptions {
  /** Whether the rule is time-driven: then there is a tick every hour. */
  ticks: boolean
  /** Allowed lateness of the rule's kind, ms: ticks go on for that long after the end, to release the last readings. */
  latenessMs: number
}

interface ScheduledInput {
  arrivalMs: number
  /** Order of inputs that arrive at the same time, lowest first. */
  tieBreak: number
  input: RuleInput
}

/** Build the engine inputs of a test, in order of arrival. */
export function buildTestInputs(
  { rule }: LoadedRule,
  test: RuleTest,
  { ticks, latenessMs }: TestInputOptions,
): RuleInput[] {
  const inputs: ScheduledInput[] = [
    ...test.events.map(({ atMs }) => scheduleReplacement(rule.component, atMs)),
    ...mergeSeries(test.series).flatMap((reading) => Array(test.repeat).fill(scheduleOnTime(reading))),
    ...test.uploads.flatMap(({ arrives, hist, series }) =>
      mergeSeries(series).map((reading) => scheduleUpload(reading, { arrives, hist })),
    ),
  ]
  const endMs = Math.max(
    0,
    ...inputs.map(({ arrivalMs }) => arrivalMs),
    ...test.expect.map(({ at }) => at.toMs),
  )
  if (ticks) inputs.push(...scheduleHourlyTicks(endMs + Math.ceil(latenessMs / hourMs) * hourMs))
  inputs.sort((a, b) => a.arrivalMs - b.arrivalMs || a.tieBreak - b.tieBreak)
  const device = { ...test.device, id: testDevice, kind: rule.kind }
  const registration: RuleInput = { type: 'device', device }
  return [registration, ...inputs.map(({ input }) => input)]
}

interface TestReading {
  atMs: number
  values: Record<string, number>
}

/** Merge the series of several metrics: values of the same time are one reading. */
function mergeSeries(series: Readonly<Record<string, TestSeries>>): TestReading[] {
  const readings = new Map<number, Record<string, number>>()
  for (const [metric, { fromMs, everyMs, values }] of Object.entries(series)) {
    for (const [index, value] of values.entries()) {
      const atMs = fromMs + index * everyMs
      if (value !== undefined) readings.set(atMs, { ...readings.get(atMs), [metric]: value })
    }
  }
  return [...readings].sort(([a], [b]) => a - b).map(([atMs, values]) => ({ atMs, values }))
}

function scheduleOnTime({ atMs, values }: TestReading): ScheduledInput {
  const reading = { device: testDevice, ts: testStart + atMs, values }
  return { arrivalMs: atMs, tieBreak: 1, input: { type: 'reading', reading } }
}

function scheduleUpload(
  { atMs, values }: TestReading,
  { arrives, hist }: { arrives: number; hist: boolean },
): ScheduledInput {
  const reading = { device: testDevice, ts: testStart + atMs, values, ...(hist ? { hist } : {}) }
  return {
    arrivalMs: arrives,
    tieBreak: 2,
    input: { type: 'reading', reading, receivedAt: testStart + arrives },
  }
}

function scheduleReplacement(component: string, atMs: number): ScheduledInput {
  const ts = testStart + atMs
  return {
    arrivalMs: atMs,
    tieBreak: 0,
    input: { type: 'part_replaced', device: testDevice, component, ts },
  }
}

function scheduleHourlyTicks(endMs: number): ScheduledInput[] {
  return Array.from({ length: Math.floor(endMs / hourMs) + 1 }, (_, index) => ({
    arrivalMs: index * hourMs,
    tieBreak: 3,
    input: { type: 'tick', at: testStart + index * hourMs },
  }))
}
