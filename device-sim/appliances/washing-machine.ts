import { hourMs, minuteMs } from '../../lib/time.ts'
import { eachDayFrom, isWeekend } from '../calendar.ts'
import { type DeviceSpec, type Household, isTravelling } from '../household.ts'
import { Random } from '../random.ts'
import {
  bearingVibrationG,
  type DrumBearing,
  nominalSpinRpm,
  spinNoiseDb,
  wearBearing,
} from '../wear/drum-bearing.ts'
import { accumulateLint, clearTrap, drainTimeS, type LintTrap } from '../wear/lint-trap.ts'
import {
  type Appliance,
  type ApplianceEvent,
  type MetricValues,
  performDueRepairs,
  quantize,
} from './appliance.ts'
import { PartSlot } from './part-slot.ts'
import * as parts from './parts.ts'

interface Washer {
  household: Household
  loadsPerWeek: number
  drum: PartSlot<DrumBearing>
  trap: PartSlot<LintTrap>
  random: Random
}

/** Spins that are measured: minutes into a load, and speed. */
const spinPhases = [
  { minute: 38, rpm: 800 },
  { minute: 61, rpm: 800 },
  { minute: 84, rpm: 1200 },
  { minute: 87, rpm: 1200 },
  { minute: 90, rpm: 1200 },
] as const

/** Create a washing machine. It reports the spins of each load, and the time to drain. */
export function washingMachine(spec: DeviceSpec, stream: string): Appliance {
  const random = new Random(stream, 'habits')
  const washer: Washer = {
    household: spec.household,
    loadsPerWeek: 1.6 + 0.9 * spec.household.people * random.lognormal(0.2),
    drum: new PartSlot(parts.drumBearing, stream),
    trap: new PartSlot(parts.lintTrap, stream),
    random: new Random(stream, 'days'),
  }
  return { slots: [washer.drum, washer.trap], simulate: (from) => simulateWasher(washer, from) }
}

function* simulateWasher(washer: Washer, from: number): Generator<ApplianceEvent> {
  const { random, household, loadsPerWeek } = washer
  for (const day of eachDayFrom(from)) {
    // At most two loads a day; more at the weekend, or on weekdays when somebody is at home.
    const wanted = (loadsPerWeek / 14) * (isWeekend(day) ? 1.5 : 0.8)
    const hours = isWeekend(day) || household.homeByDay ? [9, 14] : [6, 18.5]
    for (const hour of hours) {
      const start = Math.round(day + (hour + random.between(0, 2)) * hourMs)
      const washes = random.chance(wanted)
      if (start <= from || isTravelling(household, day) || !washes) continue
      yield* performDueRepairs(start, [washer.drum, washer.trap])
      yield* simulateLoad(washer, start)
    }
  }
}

function* simulateLoad({ household, drum, trap, random }: Washer, start: number): Generator<ApplianceEvent> {
  const loadKg = Math.min(8, 1.5 + 3 * random.gamma(6))
  // Laundry is never distributed evenly; a clumped duvet shakes the machine, whatever the state of its bearing.
  const clumpG = random.chance(0.04) ? random.between(0.7, 2.2) : 0
  const imbalanceG = 0.1 * random.gamma(4) + clumpG
  for (const spin of spinPhases) {
    const rpm = spin.rpm * (1 + 0.01 * random.normal())
    const shakeG = imbalanceG * (rpm / 1200) ** 2 * random.lognormal(0.15)
    const vibrationG = Math.hypot(bearingVibrationG(drum.part, rpm), shakeG) * (1 + 0.03 * random.normal())
    const values = {
      ...(spin.rpm === nominalSpinRpm && measureNoise(drum, imbalanceG, random)),
      drum_vibration_g: quantize(vibrationG, 0.001),
      drum_rpm: Math.round(rpm),
      drum_load_kg: quantize(loadKg, 0.1),
    }
    yield { type: 'reading', ts: start + spin.minute * minuteMs, values }
  }
  const end = start + 92 * minuteMs
  const drainS = drainTimeS(trap.part) * (0.94 + 0.015 * loadKg) * (1 + 0.03 * random.normal())
  yield { type: 'reading', ts: end, values: { drain_time_s: Math.round(drainS) } }
  drum.wear(end, wearBearing)
  trap.wear(end, accumulateLint)
  if (random.chance(household.tidy ? 0.02 : 0.002)) trap.clean(end, clearTrap)
}

/** Return the sound levels. The bearing is audible over the laundry, whose noise is low and damped. */
function measureNoise(drum: PartSlot<DrumBearing>, imbalanceG: number, random: Random): MetricValues {
  const heardG = Math.hypot(bearingVibrationG(drum.part, nominalSpinRpm), 0.3 * imbalanceG)
  return { drum_noise_db: quantize(spinNoiseDb(heardG) + 0.8 * random.normal(), 0.1) }
}
