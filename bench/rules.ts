import { parseArgs } from 'node:util'
import { createMetrics } from '../health/metrics.ts'
import { createDetectorRegistry } from '../rules/detectors/registry.ts'
import { createEngine } from '../rules/engine/create-engine.ts'
import type { DeviceState, Engine } from '../rules/engine/engine.ts'
import type { Rule } from '../rules/files/rule.ts'
import { allRules } from '../rules/testing/all-rules.ts'
import { runScenario, type ScenarioRun } from '../rules/testing/device-scenarios.ts'
import { shippedKinds } from '../rules/testing/rules.ts'
import { encodeState } from '../store/journal/encoding.ts'

/** Measures the cost of a reading with 1, 10 and 30 rules, and the state of a device by detector. */
const { values: options } = parseArgs({ options: { devices: { type: 'string', default: '10' } } })
const devices = Number(options.devices)
const days = 365
const readingsPerDay = 4
const warmUps = 2
const timedRounds = 20

interface Measurement {
  usPerReading: number
  jsonBytes: number
  storedBytes: number
}

/** Simulate a year of some devices of a kind with wearing parts and faulty sensors. */
function simulateYear(kind: string): ScenarioRun[] {
  const plan = {
    kind,
    days,
    readingsPerDay,
    wornFraction: 1,
    faultRate: 0.01,
    replacedOnDay: null,
    silentDays: 0,
  }
  return Array.from({ length: devices }, (_, seed) =>
    runScenario(`${kind}-${seed}`, { ...plan, seed, hasBacklog: false, losesClock: false }),
  )
}

function stepThrough(engine: Engine, { device, entries }: ScenarioRun): DeviceState | undefined {
  let { state } = engine.step(undefined, { type: 'device', device })
  for (const entry of entries) if (entry.type === 'reading') state = engine.step(state, entry).state
  return state
}

function measure(lives: readonly ScenarioRun[], rules: readonly Rule[]): Measurement {
  const engine = createEngine({ kinds: shippedKinds, rules })
  for (let n = 0; n < warmUps; n++) for (const life of lives) stepThrough(engine, life)
  const cpu = process.cpuUsage()
  const states = lives.map((life) => stepThrough(engine, life))
  const { user, system } = process.cpuUsage(cpu)
  const readings = lives.reduce((sum, { entries }) => sum + entries.length, 0)
  const mean = (bytes: (state: unknown) => number) =>
    states.reduce((sum, state) => sum + bytes(state), 0) / states.length
  return {
    usPerReading: (user + system) / readings,
    jsonBytes: mean((state) => JSON.stringify(state).length),
    storedBytes: mean((state) => encodeState(state).length),
  }
}

/** Repeat the rules of a kind under other names until there are `count`. */
function repeatRules(kind: string, count: number): Rule[] {
  const own = allRules.filter((rule) => rule.kind === kind)
  return Array.from({ length: count }, (_, n) => {
    const rule = own[n % own.length]
    if (rule === undefined) throw new RangeError(`no rules for ${kind}`)
    return n < own.length ? rule : { ...rule, name: `${rule.name}_${n}` }
  })
}

function row(cells: (string | number)[]): void {
  const [first = '', ...others] = cells
  process.stdout.write(
    `${String(first).padEnd(36)}${others.map((cell) => String(cell).padStart(12)).join('')}\n`,
  )
}

function formatMeasurement(
  { usPerReading, jsonBytes, storedBytes }: Measurement,
  than: Measurement,
): (string | number)[] {
  const ratio = usPerReading / than.usPerReading
  return [usPerReading.toFixed(2), ratio.toFixed(1), Math.round(jsonBytes), Math.round(storedBytes)]
}

process.stdout.write(`${devices} devices of each kind, ${days} days of ${readingsPerDay} readings\n\n`)
row(['kind, rules', 'CPU µs each', 'ratio', 'JSON bytes', 'LMDB bytes'])
for (const kind of ['phone', 'robot_vacuum']) {
  const lives = simulateYear(kind)
  const none = measure(lives, [])
  row([`${kind}, 0`, ...formatMeasurement(none, none)])
  const one = measure(lives, repeatRules(kind, 1))
  for (const count of [1, 10, 30]) {
    row([
      `${kind}, ${count}`,
      ...formatMeasurement(count === 1 ? one : measure(lives, repeatRules(kind, count)), one),
    ])
  }
}

/**
 * What the timing of detectors (`forewarn_detector_seconds`) adds to a step. The two engines take turns, and the least of
 * each counts: what else runs on the machine only adds.
 */
function compareTimedDetectors(kind: string): void {
  const rules = repeatRules(kind, 30)
  const lives = simulateYear(kind)
  const { measurements, close } = createMetrics({ version: 'bench', startedAt: 0 })
  const plain = createEngine({ kinds: shippedKinds, rules })
  const timed = createEngine({ kinds: shippedKinds, rules, measurements })
  const least = new Map([plain, timed].map((engine) => [engine, Number.POSITIVE_INFINITY]))
  for (let round = 0; round < timedRounds; round++) {
    for (const [engine, best] of least) least.set(engine, Math.min(best, cpuPerReading(engine, lives)))
  }
  close()
  const [plainUs = 0, timedUs = 0] = least.values()
  row([`${kind}, 30 rules`, plainUs.toFixed(2), timedUs.toFixed(2), (timedUs / plainUs).toFixed(3)])
}

function cpuPerReading(engine: Engine, lives: readonly ScenarioRun[]): number {
  const cpu = process.cpuUsage()
  for (const life of lives) stepThrough(engine, life)
  const { user, system } = process.cpuUsage(cpu)
  return (user + system) / lives.reduce((sum, { entries }) => sum + entries.length, 0)
}

process.stdout.write('\n')
row(['detectors timed', 'no, CPU µs', 'yes, CPU µs', 'ratio'])
for (const kind of ['phone', 'robot_vacuum']) compareTimedDetectors(kind)

process.stdout.write('\n')
row(['detector, one rule', 'CPU µs each', 'ratio', 'JSON bytes', 'LMDB bytes'])
for (const name of createDetectorRegistry().names) {
  const rule = allRules.findLast(({ detect }) => detect.name === name)
  if (rule === undefined) continue
  const lives = simulateYear(rule.kind)
  row([`${name} (${rule.kind})`, ...formatMeasurement(measure(lives, [rule]), measure(lives, []))])
}
