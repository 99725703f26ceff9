import { dayMs } from '../lib/time.ts'
import type { ApplianceEvent, MetricValues } from './appliances/appliance.ts'
import type { Random } from './random.ts'

/** An injected fault of the reading itself, not of its transport. */
export type InjectedReadingFault = 'stuck' | 'spike' | 'saturated' | 'clock_1970' | 'clock_2020'

/** What the sensors of a device report of an event. */
export type SensorOutput =
  | { type: 'reading'; ts: number; values: MetricValues; readingFaults: readonly InjectedReadingFault[] }
  | Exclude<ApplianceEvent, { type: 'reading' }>

/** Range of each analogue sensor; values that are counted or computed are not listed and do not get stuck. */
const sensorRanges: Record<string, readonly [number, number]> = {
  battery_temp_c: [-40, 90],
  battery_voltage_v: [0, 40],
  main_brush_rpm: [0, 5000],
  brush_current_a: [0, 20],
  filter_dp_pa: [0, 3000],
  drum_vibration_g: [0, 100],
  drum_noise_db: [0, 140],
  airflow_m3h: [0, 3000],
  compressor_current_a: [0, 20],
  outdoor_temp_c: [-60, 70],
  room_temp_c: [-30, 60],
  fridge_temp_c: [-10, 40],
  freezer_temp_c: [-40, 30],
  ambient_temp_c: [-10, 60],
  anode_current_ma: [0, 200],
  inlet_conductivity_us_cm: [0, 5000],
  water_temp_c: [0, 110],
  battery_12v_cranking_v: [0, 20],
  battery_12v_rest_v: [0, 20],
}

/** Rare for one device; a fleet of some dozens meets each fault within weeks. */
const sensorFaultRates = {
  meanDaysToSpell: 350,
  stuckDays: [2, 9],
  saturatedDays: [0.2, 2],
  /** Share of the fault periods in which it shows an end of its range instead of its last value. */
  saturated: 0.35,
  spike: 0.001,
} as const

interface SensorFaultPeriod {
  start: number
  end: number
  fault: 'stuck' | 'saturated'
  /** The sensor that fails, from the first reading in the period on, and the value it shows. */
  failed?: { metric: string; shown: number } | undefined
}

/**
 * Inject sensor faults: a sensor gets stuck at its last value or at an end of its range for some days, or shows a
 * single outlier.
 */
export function* injectSensorFaults(
  events: Iterable<ApplianceEvent>,
  random: Random,
): Generator<SensorOutput> {
  let spell: SensorFaultPeriod | undefined
  for (const event of events) {
    if (event.type !== 'reading') {
      yield event
      continue
    }
    const { ts } = event
    if (spell === undefined || ts >= spell.end) spell = scheduleSensorFault(ts, random)
    const values = { ...event.values }
    const readingFaults = [...applySensorFault(values, ts, { spell, random }), ...injectSpike(values, random)]
    yield { ...event, values, readingFaults }
  }
}

function scheduleSensorFault(from: number, random: Random): SensorFaultPeriod {
  const fault = random.chance(sensorFaultRates.saturated) ? 'saturated' : 'stuck'
  const start = from + random.exponential(sensorFaultRates.meanDaysToSpell) * dayMs
  const [least, most] = fault === 'stuck' ? sensorFaultRates.stuckDays : sensorFaultRates.saturatedDays
  const days = random.between(least, most)
  return { start, end: start + days * dayMs, fault }
}

function applySensorFault(
  values: MetricValues,
  ts: number,
  { spell, random }: { spell: SensorFaultPeriod; random: Random },
): InjectedReadingFault[] {
  if (ts < spell.start) return []
  spell.failed ??= startSensorFault(values, spell.fault, random)
  const { failed } = spell
  if (failed === undefined || values[failed.metric] === undefined) return []
  values[failed.metric] = failed.shown
  return [spell.fault]
}

function startSensorFault(
  values: MetricValues,
  fault: SensorFaultPeriod['fault'],
  random: Random,
): SensorFaultPeriod['failed'] {
  const metric = pickSensor(values, random)
  const value = values[metric ?? '']
  if (metric === undefined || value === undefined) return undefined
  return { metric, shown: fault === 'stuck' ? value : random.pick(sensorRange(metric)) }
}

function injectSpike(values: MetricValues, random: Random): InjectedReadingFault[] {
  if (!random.chance(sensorFaultRates.spike)) return []
  const metric = pickSensor(values, random)
  if (metric === undefined) return []
  const [least, most] = sensorRange(metric)
  const off = random.between(2, 5) * Math.max(Math.abs(values[metric] ?? 0), 0.02 * (most - least))
  const spike = random.chance(0.5) ? off : -off
  values[metric] = Number(Math.min(most, Math.max(least, spike)).toFixed(2))
  return ['spike']
}

function pickSensor(values: MetricValues, random: Random): string | undefined {
  const [first, ...others] = Object.keys(values).filter((metric) => metric in sensorRanges)
  return first === undefined ? undefined : random.pick([first, ...others])
}

function sensorRange(metric: string): [number, number] {
  const [least, most] = sensorRanges[metric] ?? [0, 0]
  return [least, most]
}
