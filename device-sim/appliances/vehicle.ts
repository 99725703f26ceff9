import { dayMs, hourMs } from '../../lib/time.ts'
import { eachDayFrom, isWeekend } from '../calendar.ts'
import { outdoorTempC } from '../climate.ts'
import { type DeviceSpec, type Household, isTravelling } from '../household.ts'
import { Random } from '../random.ts'
import { ageLeadAcid, crankingVoltageV, type LeadAcidBattery, restingVoltageV } from '../wear/lead-acid.ts'
import { ageCell, type Cell, type CellUsage } from '../wear/li-ion-cell.ts'
import {
  type Appliance,
  type ApplianceEvent,
  type MetricValues,
  performDueRepairs,
  quantize,
} from './appliance.ts'
import { isDuring, planIncident } from './incident.ts'
import { PartSlot } from './part-slot.ts'
import * as parts from './parts.ts'

interface Vehicle {
  household: Household
  kmPerDay: number
  capacityKwh: number
  /** How its traction battery is stored, except for temperature and driving. */
  storageConditions: { volts: number; depthOfDischarge: number }
  starter: PartSlot<LeadAcidBattery>
  traction: PartSlot<Cell>
  odometerKm: number
  random: Random
  /** Name of its random stream. */
  stream: string
}

/** Design capacity by model, kWh. */
const designCapacitiesKwh: Record<string, number> = { 'EV-1': 52, 'EV-2': 77 }
const kwhPerKm = 0.18

/** Create an electric vehicle. It reports each morning, with the starting load only on days when it is driven. */
export function vehicle(spec: DeviceSpec, stream: string): Appliance {
  const random = new Random(stream, 'habits')
  const kmPerDay = 25 + 30 * random.gamma(3)
  const capacityKwh = designCapacitiesKwh[spec.model] ?? 60
  const keeping = { volts: random.between(3.75, 3.95), depthOfDischarge: random.between(0.3, 0.7) }
  const cycles = (kmPerDay * kwhPerKm) / capacityKwh
  const usual: CellUsage = { ...keeping, days: 1, cycles, tempC: spec.household.climate.annualMeanTempC + 6 }
  const car: Vehicle = {
    household: spec.household,
    kmPerDay,
    capacityKwh,
    storageConditions: keeping,
    starter: new PartSlot(parts.starterBattery, stream),
    traction: new PartSlot(parts.tractionBattery(usual), stream),
    odometerKm: random.between(5_000, 150_000),
    random: new Random(stream, 'days'),
    stream,
  }
  return { slots: [car.starter, car.traction], simulate: (from) => simulateVehicle(car, from) }
}

function* simulateVehicle(car: Vehicle, from: number): Generator<ApplianceEvent> {
  const { household, starter, traction, random, stream } = car
  // Without a network, so nothing is sent.
  const garage = planIncident(stream, { purpose: 'garage', from, days: [9, 16] })
  let last = from
  for (const day of eachDayFrom(from)) {
    const ts = Math.round(day + (household.wakeHour + random.between(0.5, 1.5)) * hourMs)
    const days = (ts - last) / dayMs
    if (days <= 0) continue
    const driven = !isTravelling(household, day) && random.chance(isWeekend(day) ? 0.7 : 0.88)
    const km = driven ? car.kmPerDay * random.gamma(3) : 0
    const outsideC = outdoorTempC(household.climate, ts)
    yield* performDueRepairs(ts, [starter, traction])
    starter.wear(ts, (part, wear) => ageLeadAcid(part, { days, tempC: outsideC, driven }, wear))
    const use = {
      ...car.storageConditions,
      days,
      cycles: (km * kwhPerKm) / car.capacityKwh,
      tempC: outsideC + 6,
    }
    traction.wear(ts, (cell) => ageCell(cell, use))
    last = ts
    car.odometerKm += km
    if (!isDuring(garage, ts)) yield { type: 'reading', ts, values: measure(car, { outsideC, driven }) }
  }
}

function measure(car: Vehicle, { outsideC, driven }: { outsideC: number; driven: boolean }): MetricValues {
  const { starter, traction, capacityKwh, odometerKm, random } = car
  const charge = driven ? random.between(0.9, 1) : random.between(0.75, 0.95)
  const healthPct = traction.trueValue() + 0.5 * random.normal()
  const startV = crankingVoltageV(starter.part, outsideC) - 0.3 * (1 - charge) + 0.05 * random.normal()
  return {
    ...(driven && { battery_12v_cranking_v: quantize(startV, 0.01) }),
    battery_12v_rest_v: quantize(restingVoltageV(starter.part, charge) + 0.02 * random.normal(), 0.01),
    traction_soh_pct: quantize(healthPct, 0.1),
    charge_full_kwh: quantize((capacityKwh * (traction.trueValue() + random.normal())) / 100, 0.1),
    traction_capacity_kwh: capacityKwh,
    odometer_km: Math.round(odometerKm),
    ambient_temp_c: quantize(outsideC + 0.5 * random.normal(), 0.5),
  }
}
