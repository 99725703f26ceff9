import { dayMs, hourMs } from '../../lib/time.ts'
import { daysFrom, isWeekend } from '../calendar.ts'
import { outdoorC } from '../climate.ts'
import { type DeviceSpec, type Household, isAway } from '../household.ts'
import { Random } from '../random.ts'
import { agedLeadAcid, crankingV, type LeadAcid, restV } from '../wear/lead-acid.ts'
import { agedCell, type Cell, type CellUse } from '../wear/li-ion-cell.ts'
import { type Appliance, type Happening, remedyParts, rounded, type Values } from './appliance.ts'
import { PartSlot } from './part-slot.ts'
import * as parts from './parts.ts'

interface Vehicle {
  household: Household
  kmPerDay: number
  capacityKwh: number
  /** How its traction battery is kept, but for the temperature and the driving. */
  keeping: { volts: number; depth: number }
  starter: PartSlot<LeadAcid>
  traction: PartSlot<Cell>
  odometerKm: number
  random: Random
}

/** kWh, by model. */
const capacities: Record<string, number> = { 'EV-1': 52, 'EV-2': 77 }
const kwhPerKm = 0.18

/** An electric vehicle: reports each morning, with the starting load only when it is driven. */
export function vehicle(spec: DeviceSpec, stream: string): Appliance {
  const random = new Random(stream, 'habits')
  const kmPerDay = 25 + 30 * random.gamma(3)
  const capacityKwh = capacities[spec.model] ?? 60
  const keeping = { volts: random.between(3.75, 3.95), depth: random.between(0.3, 0.7) }
  const cycles = (kmPerDay * kwhPerKm) / capacityKwh
  const usual: CellUse = { ...keeping, days: 1, cycles, tempC: spec.household.climate.yearMeanC + 6 }
  const car: Vehicle = {
    household: spec.household,
    kmPerDay,
    capacityKwh,
    keeping,
    starter: new PartSlot(parts.starterBattery, stream),
    traction: new PartSlot(parts.tractionBattery(usual), stream),
    odometerKm: random.between(5_000, 150_000),
    random: new Random(stream, 'days'),
  }
  return { slots: [car.starter, car.traction], live: (from) => liveVehicle(car, from) }
}

function* liveVehicle(car: Vehicle, from: number): Generator<Happening> {
  const { household, starter, traction, random } = car
  let last = from
  for (const day of daysFrom(from)) {
    const ts = Math.round(day + (household.wakeHour + random.between(0.5, 1.5)) * hourMs)
    const days = (ts - last) / dayMs
    if (days <= 0) continue
    const driven = !isAway(household, day) && random.chance(isWeekend(day) ? 0.7 : 0.88)
    const km = driven ? car.kmPerDay * random.gamma(3) : 0
    const outsideC = outdoorC(household.climate, ts)
    yield* remedyParts(ts, [starter, traction])
    starter.wear(ts, (part, wear) => agedLeadAcid(part, { days, tempC: outsideC, driven }, wear))
    const use = { ...car.keeping, days, cycles: (km * kwhPerKm) / car.capacityKwh, tempC: outsideC + 6 }
    traction.wear(ts, (cell) => agedCell(cell, use))
    last = ts
    car.odometerKm += km
    yield { type: 'reading', ts, values: readValues(car, { outsideC, driven }) }
  }
}

function readValues(car: Vehicle, { outsideC, driven }: { outsideC: number; driven: boolean }): Values {
  const { starter, traction, capacityKwh, odometerKm, random } = car
  const charge = driven ? random.between(0.9, 1) : random.between(0.75, 0.95)
  const healthPct = traction.truth() + 0.5 * random.normal()
  const startV = crankingV(starter.part, outsideC) - 0.3 * (1 - charge) + 0.05 * random.normal()
  return {
    ...(driven && { battery_12v_cranking_v: rounded(startV, 0.01) }),
    battery_12v_rest_v: rounded(restV(starter.part, charge) + 0.02 * random.normal(), 0.01),
    traction_soh_pct: rounded(healthPct, 0.1),
    charge_full_kwh: rounded((capacityKwh * (traction.truth() + random.normal())) / 100, 0.1),
    traction_capacity_kwh: capacityKwh,
    odometer_km: Math.round(odometerKm),
    ambient_temp_c: rounded(outsideC + 0.5 * random.normal(), 0.5),
  }
}
