import { hourMs, minuteMs } from '../../lib/time.ts'
import { eachDayFrom, isWeekend } from '../calendar.ts'
import { indoorTempC, outdoorTempC } from '../climate.ts'
import { type DeviceSpec, type Household, isTravelling } from '../household.ts'
import { Random } from '../random.ts'
import { type Condenser, foulCondenser, foulingFactor, washCondenser } from '../wear/condenser.ts'
import { cleanFilter, type DustFilter, filterPressureDropPa, loadFilter } from '../wear/dust-filter.ts'
import { type Appliance, type ApplianceEvent, performDueRepairs, quantize } from './appliance.ts'
import { PartSlot } from './part-slot.ts'
import * as parts from './parts.ts'

interface AirConditioner {
  household: Household
  /** Cools when the room would be warmer than this, °C. */
  coolAboveC: number
  heatBelowC: number
  filter: PartSlot<DustFilter>
  condenser: PartSlot<Condenser>
  runtimeH: number
  random: Random
}

const filterDesign = { cleanPa: 35, limitPa: 250, stallPa: 500, lifeHours: 900 }
const nominalFanRpm = 1200
const nominalM3h = 650

/** Create an air conditioner. It reports every second hour while it runs, and at noon of a day on which it does not. */
export function airConditioner(spec: DeviceSpec, stream: string): Appliance {
  const random = new Random(stream, 'habits')
  const unit: AirConditioner = {
    household: spec.household,
    coolAboveC: random.between(21.5, 24),
    heatBelowC: random.between(1, 9),
    filter: new PartSlot(parts.filter(filterDesign), stream),
    condenser: new PartSlot(parts.condenser, stream),
    runtimeH: random.between(100, 4000),
    random: new Random(stream, 'days'),
  }
  return { slots: [unit.filter, unit.condenser], simulate: (from) => simulateAirConditioner(unit, from) }
}

function* simulateAirConditioner(unit: AirConditioner, from: number): Generator<ApplianceEvent> {
  for (const day of eachDayFrom(from)) {
    const morning = Math.round(day + unit.random.between(0, 50) * minuteMs)
    const hours = isTravelling(unit.household, day) ? [] : runningHours(unit, day)
    const first = morning + (hours[0] ?? 12) * hourMs
    if (first <= from) continue
    yield* performDueRepairs(first, [unit.filter, unit.condenser])
    if (hours.length === 0) yield idleReading(unit, first)
    else yield* runHours(unit, morning, hours)
    performOwnerMaintenance(unit, first)
  }
}

/** Return the hours of a day in which it runs: somebody is at home, and the weather requires it. */
function runningHours({ household, coolAboveC, heatBelowC }: AirConditioner, day: number): number[] {
  const hours: number[] = []
  const wake = Math.floor(household.wakeHour)
  for (let hour = wake; hour < 23; hour++) {
    const atWork = hour > 8 && hour < 17 && !household.homeByDay && !isWeekend(day)
    const ts = day + hour * hourMs
    const wanted =
      indoorTempC(household.climate, ts) > coolAboveC || outdoorTempC(household.climate, ts) < heatBelowC
    if (!atWork && wanted) hours.push(hour)
  }
  return hours
}

function* runHours(
  unit: AirConditioner,
  morning: number,
  hours: readonly number[],
): Generator<ApplianceEvent> {
  const { household, filter, condenser, random } = unit
  for (const [index, hour] of hours.entries()) {
    const ts = morning + hour * hourMs
    const outsideC = outdoorTempC(household.climate, ts)
    const effort = Math.abs(outsideC - 22)
    const fanRpm = nominalFanRpm * Math.min(1.05, 0.82 + 0.02 * effort) * (1 + 0.01 * random.normal())
    const flow = fanRpm / nominalFanRpm
    const dust = { hours: flow, dustiness: household.dustiness }
    filter.wear(ts, (part, wear) => loadFilter(part, dust, wear))
    condenser.wear(ts, (part, wear) => foulCondenser(part, household.dustiness, wear))
    unit.runtimeH += 1
    if (index % 2 === 1) continue
    const currentA = cleanCurrentA(effort) * foulingFactor(condenser.part) + 0.1 * random.normal()
    const values = {
      filter_dp_pa: quantize(Math.max(0, filterPressureDropPa(filter.part, flow) + 2 * random.normal()), 0.1),
      airflow_m3h: Math.round(airflowM3h(filter.part, flow) * (1 + 0.02 * random.normal())),
      fan_rpm: Math.round(fanRpm),
      compressor_current_a: quantize(Math.max(0, currentA), 0.01),
      outdoor_temp_c: quantize(outsideC + 0.5 * random.normal(), 0.1),
      runtime_h: unit.runtimeH,
      room_temp_c: quantize(23 + 0.05 * effort + 0.5 * random.normal(), 0.1),
    }
    yield { type: 'reading', ts, values }
  }
}

function idleReading({ household, random }: AirConditioner, ts: number): ApplianceEvent {
  const roomC = indoorTempC(household.climate, ts) + 0.5 * random.normal()
  return {
    type: 'reading',
    ts,
    values: { fan_rpm: 0, compressor_current_a: 0, room_temp_c: quantize(roomC, 0.1) },
  }
}

/** Return the current with a clean condenser, A; `effort` is the difference to 22 °C outside. */
function cleanCurrentA(effort: number): number {
  return 2.2 + 0.25 * effort
}

/** Return the airflow, m³/h. A full filter takes about 30 % of it: the pressure of the fan falls with the flow. */
function airflowM3h(filter: DustFilter, flow: number): number {
  return nominalM3h * flow * (1 - 0.3 * Math.min(1.5, filterPressureDropPa(filter, 1) / filterDesign.limitPa))
}

/** Apply the owner's maintenance: tidy owners wash the filter every few weeks, and the outdoor unit about once a year. */
function performOwnerMaintenance({ household, filter, condenser, random }: AirConditioner, at: number): void {
  if (!household.tidy) return
  if (random.chance(1 / 30)) {
    const share = random.between(0.5, 0.85)
    filter.clean(at, (part) => cleanFilter(part, share))
  }
  if (random.chance(1 / 365)) condenser.clean(at, washCondenser)
}
