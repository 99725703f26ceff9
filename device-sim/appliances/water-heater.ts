import { dayMs, hourMs, minuteMs } from '../../lib/time.ts'
import { eachDayFrom, seasonalFactor } from '../calendar.ts'
import { type DeviceSpec, type Household, isTravelling } from '../household.ts'
import { Random } from '../random.ts'
import { type Anode, anodeCurrentMa, corrodeAnode } from '../wear/anode.ts'
import {
  type Appliance,
  type ApplianceEvent,
  type MetricValues,
  performDueRepairs,
  quantize,
} from './appliance.ts'
import { type Incident, isDuring, planIncident } from './incident.ts'
import { PartSlot } from './part-slot.ts'
import * as parts from './parts.ts'

interface Heater {
  household: Household
  setpointC: number
  anode: PartSlot<Anode>
  /** From the break of one of the element's three rods to its repair. */
  brokenRod?: Incident | undefined
  runtimeH: number
  random: Random
}

const nominalW = 2000
const mainsV = 230
const litresPerPerson = 45
const whPerLitreAndDegree = 1.163

/** Create a water heater with a tank. It reports every night. */
export function waterHeater(spec: DeviceSpec, stream: string): Appliance {
  const random = new Random(stream, 'habits')
  const heater: Heater = {
    household: spec.household,
    setpointC: random.between(50, 65),
    anode: new PartSlot(parts.anode(spec.household.waterConductivityUsCm), stream),
    runtimeH: random.between(200, 5000),
    random: new Random(stream, 'days'),
  }
  const simulate = (from: number) => {
    const brokenRod = planIncident(stream, { purpose: 'broken rod', from, days: [10, 45] })
    return simulateHeater({ ...heater, brokenRod }, from)
  }
  return { slots: [heater.anode], simulate }
}

function* simulateHeater(heater: Heater, from: number): Generator<ApplianceEvent> {
  const { anode, random, setpointC } = heater
  let last = from
  for (const day of eachDayFrom(from)) {
    const ts = Math.round(day + (4 + random.between(0, 0.5)) * hourMs)
    const days = (ts - last) / dayMs
    if (days <= 0) continue
    yield* performDueRepairs(ts, [anode])
    if (heater.brokenRod !== undefined && heater.brokenRod.end > last && heater.brokenRod.end <= ts)
      yield { type: 'part_replaced', ts: ts - minuteMs, component: 'heating_element' }
    anode.wear(ts, (part, wear) => corrodeAnode(part, { days, waterC: setpointC }, wear))
    last = ts
    yield { type: 'reading', ts, values: measure(heater, ts) }
  }
}

/** Measure where the tank has cooled down least; the conductivity of the water varies with the season. */
function measure(heater: Heater, ts: number): MetricValues {
  const { household, setpointC, anode, random } = heater
  const conductivity =
    household.waterConductivityUsCm * (1 - 0.05 * seasonalFactor(ts)) * (1 + 0.02 * random.normal())
  const rods = isDuring(heater.brokenRod, ts) ? 2 / 3 : 1
  const powerW = rods * nominalW * ((mainsV * (1 + 0.012 * random.normal())) / mainsV) ** 2
  const litres = isTravelling(household, ts) ? 0 : litresPerPerson * household.people * random.gamma(8)
  const inletC = 11 + 4 * seasonalFactor(ts - 30 * dayMs)
  const standbyWh = 1000
  const hours = Math.min(24, (litres * whPerLitreAndDegree * (setpointC - inletC) + standbyWh) / powerW)
  heater.runtimeH += hours
  return {
    anode_current_ma: quantize(
      Math.max(0, anodeCurrentMa(anode.part, conductivity) + 0.04 * random.normal()),
      0.01,
    ),
    inlet_conductivity_us_cm: Math.round(conductivity * (1 + 0.01 * random.normal())),
    water_temp_c: quantize(setpointC + 1.5 * random.normal(), 0.1),
    heating_power_w: Math.round(powerW),
    heating_time_min: Math.round(60 * hours),
    runtime_h: quantize(heater.runtimeH, 0.1),
  }
}
