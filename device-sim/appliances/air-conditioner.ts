import { daysFrom, hourMs, isWeekend, minuteMs } from '../calendar.ts'
import { indoorC, outdoorC } from '../climate.ts'
import { type DeviceSpec, type Household, isAway } from '../household.ts'
import { Random } from '../random.ts'
import { cleanedFilter, type DustFilter, dustyFilter, filterDropPa } from '../wear/dust-filter.ts'
import { type Appliance, type Happening, replaceParts, rounded } from './appliance.ts'
import { PartSlot } from './part-slot.ts'
import * as parts from './parts.ts'

interface AirConditioner {
  household: Household
  /** Cools a room that would be warmer, heats one when it is colder outside. */
  coolAboveC: number
  heatBelowC: number
  filter: PartSlot<DustFilter>
  random: Random
}

const filterDesign = { cleanPa: 35, limitPa: 250, lifeHours: 900 }
const nominalFanRpm = 1200

/** An air conditioner: reports every second hour while it runs, and at noon of a day on which it does not. */
export function airConditioner(spec: DeviceSpec, stream: string): Appliance {
  const random = new Random(stream, 'habits')
  const unit: AirConditioner = {
    household: spec.household,
    coolAboveC: random.between(21.5, 24),
    heatBelowC: random.between(1, 9),
    filter: new PartSlot(parts.filter(filterDesign), stream),
    random: new Random(stream, 'days'),
  }
  return { slots: [unit.filter], live: (from) => liveUnit(unit, from) }
}

function* liveUnit(unit: AirConditioner, from: number): Generator<Happening> {
  for (const day of daysFrom(from)) {
    const morning = Math.round(day + unit.random.between(0, 50) * minuteMs)
    const hours = isAway(unit.household, day) ? [] : hoursOfDay(unit, day)
    const first = morning + (hours[0] ?? 12) * hourMs
    if (first <= from) continue
    yield* replaceParts(first, [unit.filter])
    if (hours.length === 0) yield idleReading(unit, first)
    else yield* runHours(unit, morning, hours)
    tend(unit)
  }
}

/** The hours of a day in which it runs: somebody is in, and the weather calls for it. */
function hoursOfDay({ household, coolAboveC, heatBelowC }: AirConditioner, day: number): number[] {
  const hours: number[] = []
  const wake = Math.floor(household.wakeHour)
  for (let hour = wake; hour < 23; hour++) {
    const atWork = hour > 8 && hour < 17 && !household.homeByDay && !isWeekend(day)
    const ts = day + hour * hourMs
    const wanted = indoorC(household.climate, ts) > coolAboveC || outdoorC(household.climate, ts) < heatBelowC
    if (!atWork && wanted) hours.push(hour)
  }
  return hours
}

function* runHours(unit: AirConditioner, morning: number, hours: readonly number[]): Generator<Happening> {
  const { household, filter, random } = unit
  for (const [index, hour] of hours.entries()) {
    const ts = morning + hour * hourMs
    const effort = Math.abs(outdoorC(household.climate, ts) - 22)
    const fanRpm = nominalFanRpm * Math.min(1.05, 0.82 + 0.02 * effort) * (1 + 0.01 * random.normal())
    const flow = fanRpm / nominalFanRpm
    filter.wear(ts, dustyFilter(filter.part, { hours: flow, dustiness: household.dustiness }, random))
    if (index % 2 === 1) continue
    const values = {
      filter_dp_pa: rounded(Math.max(0, filterDropPa(filter.part, flow) + 2 * random.normal()), 0.1),
      fan_rpm: Math.round(fanRpm),
      compressor_current_a: rounded(2.2 + 0.25 * effort + 0.1 * random.normal(), 0.01),
      room_temp_c: rounded(23 + 0.05 * effort + 0.5 * random.normal(), 0.1),
    }
    yield { type: 'reading', ts, values }
  }
}

function idleReading({ household, random }: AirConditioner, ts: number): Happening {
  const roomC = indoorC(household.climate, ts) + 0.5 * random.normal()
  return {
    type: 'reading',
    ts,
    values: { fan_rpm: 0, compressor_current_a: 0, room_temp_c: rounded(roomC, 0.1) },
  }
}

/** Tidy owners wash the filter every few weeks. */
function tend({ household, filter, random }: AirConditioner): void {
  if (household.tidy && random.chance(1 / 30)) {
    filter.part = cleanedFilter(filter.part, random.between(0.5, 0.85))
  }
}
