import { hourMs, minuteMs } from '../../lib/time.ts'
import { daysFrom, isWeekend } from '../calendar.ts'
import { type DeviceSpec, type Household, isAway } from '../household.ts'
import { Random } from '../random.ts'
import { bearingG, type DrumBearing, nominalSpinRpm, spinNoiseDb, wornBearing } from '../wear/drum-bearing.ts'
import { clearedTrap, drainTimeS, type LintTrap, lintyTrap } from '../wear/lint-trap.ts'
import { type Appliance, type Happening, remedyParts, rounded, type Values } from './appliance.ts'
import { PartSlot } from './part-slot.ts'
import * as parts from './parts.ts'

interface Washer {
  household: Household
  loadsPerWeek: number
  drum: PartSlot<DrumBearing>
  trap: PartSlot<LintTrap>
  random: Random
}

/** When a spin is measured, minutes into a load, and how fast it turns then. */
const spins = [
  { minute: 38, rpm: 800 },
  { minute: 61, rpm: 800 },
  { minute: 84, rpm: 1200 },
  { minute: 87, rpm: 1200 },
  { minute: 90, rpm: 1200 },
] as const

/** A washing machine: reports the spins of each load, and how long its water took to drain. */
export function washingMachine(spec: DeviceSpec, stream: string): Appliance {
  const random = new Random(stream, 'habits')
  const washer: Washer = {
    household: spec.household,
    loadsPerWeek: 1.6 + 0.9 * spec.household.people * random.scatter(0.2),
    drum: new PartSlot(parts.drumBearing, stream),
    trap: new PartSlot(parts.lintTrap, stream),
    random: new Random(stream, 'days'),
  }
  return { slots: [washer.drum, washer.trap], live: (from) => liveWasher(washer, from) }
}

function* liveWasher(washer: Washer, from: number): Generator<Happening> {
  const { random, household, loadsPerWeek } = washer
  for (const day of daysFrom(from)) {
    // Two loads a day at most, and more at the weekend, or by day where somebody is at home.
    const wanted = (loadsPerWeek / 14) * (isWeekend(day) ? 1.5 : 0.8)
    const hours = isWeekend(day) || household.homeByDay ? [9, 14] : [6, 18.5]
    for (const hour of hours) {
      const start = Math.round(day + (hour + random.between(0, 2)) * hourMs)
      const washes = random.chance(wanted)
      if (start <= from || isAway(household, day) || !washes) continue
      yield* remedyParts(start, [washer.drum, washer.trap])
      yield* wash(washer, start)
    }
  }
}

function* wash({ household, drum, trap, random }: Washer, start: number): Generator<Happening> {
  const loadKg = Math.min(8, 1.5 + 3 * random.gamma(6))
  // Laundry never lies evenly; a clumped duvet shakes the machine whatever its bearing is like.
  const clumpG = random.chance(0.04) ? random.between(0.7, 2.2) : 0
  const imbalanceG = 0.1 * random.gamma(4) + clumpG
  for (const spin of spins) {
    const rpm = spin.rpm * (1 + 0.01 * random.normal())
    const shakeG = imbalanceG * (rpm / 1200) ** 2 * random.scatter(0.15)
    const vibrationG = Math.hypot(bearingG(drum.part, rpm), shakeG) * (1 + 0.03 * random.normal())
    const values = {
      ...(spin.rpm === nominalSpinRpm && noise(drum, imbalanceG, random)),
      drum_vibration_g: rounded(vibrationG, 0.001),
      drum_rpm: Math.round(rpm),
      drum_load_kg: rounded(loadKg, 0.1),
    }
    yield { type: 'reading', ts: start + spin.minute * minuteMs, values }
  }
  const end = start + 92 * minuteMs
  const drainS = drainTimeS(trap.part) * (0.94 + 0.015 * loadKg) * (1 + 0.03 * random.normal())
  yield { type: 'reading', ts: end, values: { drain_time_s: Math.round(drainS) } }
  drum.wear(end, wornBearing)
  trap.wear(end, lintyTrap)
  if (random.chance(household.tidy ? 0.02 : 0.002)) trap.tend(end, clearedTrap)
}

/** The bearing is heard over the laundry's rumble, which is low and dampened. */
function noise(drum: PartSlot<DrumBearing>, imbalanceG: number, random: Random): Values {
  const heardG = Math.hypot(bearingG(drum.part, nominalSpinRpm), 0.3 * imbalanceG)
  return { drum_noise_db: rounded(spinNoiseDb(heardG) + 0.8 * random.normal(), 0.1) }
}
